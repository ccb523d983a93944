import Foundation

/// Threads that work for one training, and wait between its steps.
///
/// They are born on the training's thread, so that they have its low priority. Invariant behind `@unchecked Sendable` and
/// `nonisolated(unsafe)`: only `run` writes the work, before it wakes the threads and after all of them are done.
package final class WorkerTeam {
    private final class Desk: @unchecked Sendable {
        let start = Gate()
        let done = Gate()
        nonisolated(unsafe) var work: (@Sendable (Int) -> Void)?
    }

    /// Threads, the caller's included.
    package let count: Int
    private let desks: [Desk]
    /// Calls of `run` so far.
    private var turn = 0

    /// Starts `threads − 1` threads.
    package init(threads: Int) {
        count = max(1, threads)
        desks = (1..<max(1, threads)).map { _ in Desk() }
        for (index, desk) in desks.enumerated() {
            Thread.detachNewThread {
                var turn = 0
                while true {
                    turn += 1
                    desk.start.wait(for: turn)
                    guard let work = desk.work else { return }
                    work(index + 1)
                    desk.done.open()
                }
            }
        }
    }

    deinit { for desk in desks { desk.start.open() } }

    /// Calls `work` once with each number below `count`, each on a thread of its own, and returns when all are done.
    package func run(_ work: @escaping @Sendable (Int) -> Void) {
        for desk in desks {
            desk.work = work
            desk.start.open()
        }
        turn += 1
        work(0)
        for desk in desks {
            desk.done.wait(for: turn)
            desk.work = nil
        }
    }

    /// Divides `range` into one part a thread, when it is longer than `least`; the parts are in order.
    func divide(_ range: Range<Int>, least: Int, _ work: @escaping @Sendable (_ thread: Int, _ part: Range<Int>) -> Void) {
        guard count > 1, range.count > least else { return work(0, range) }
        let count = count
        run { thread in work(thread, Self.part(range, thread, of: count)) }
    }

    /// One of `count` parts of about the same size.
    static func part(_ range: Range<Int>, _ index: Int, of count: Int) -> Range<Int> {
        let start = range.lowerBound + range.count * index / count
        return start..<(range.lowerBound + range.count * (index + 1) / count)
    }
}
