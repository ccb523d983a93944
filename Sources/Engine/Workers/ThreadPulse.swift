import Foundation
import Synchronization

/// The sign of life of a thread that works piece by piece: while it works, the next piece answers; while it waits for work, it answers at once.
package final class ThreadPulse: Sendable {
    private struct State {
        var isWorking = false
        var answers: [@Sendable () -> Void] = []
        /// Where Linux keeps the thread's processor time.
        var statistics: String?
    }

    private let state = Mutex(State())

    package init() {}

    /// The calling thread begins to work.
    package func begin() {
        // The link names the calling thread, wherever it is read.
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")).map { "/proc/\($0)/stat" }
        state.withLock { state in
            state.isWorking = true
            state.statistics = path
        }
    }

    /// A piece is done.
    package func beat() {
        let answers = state.withLock { state in
            defer { state.answers = [] }
            return state.answers
        }
        for answer in answers { answer() }
    }

    /// The work is done.
    package func end() {
        state.withLock { $0.isWorking = false }
        beat()
    }

    /// The pulse to be watched.
    package func pulse(_ name: String) -> Pulse {
        Pulse(name, worked: { self.worked }) { answer in
            let isIdle = self.state.withLock { state in
                if state.isWorking { state.answers.append(answer) }
                return !state.isWorking
            }
            if isIdle { answer() }
        }
    }

    /// Processor time of the thread that works, milliseconds; 0 while none does.
    private var worked: Int64 {
        guard let path = state.withLock({ $0.statistics }), let text = FileManager.default.contents(atPath: path) else { return 0 }
        // Behind the name, which may hold anything: fields 3 and on; 14 and 15 are ticks of a hundredth of a second in user and system mode.
        let fields = String(decoding: text, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Int64(fields[11]), let system = Int64(fields[12]) else { return 0 }
        return (user + system) * 10
    }
}
