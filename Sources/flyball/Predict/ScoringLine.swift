import Dispatch
import Foundation
import Tabular

/// Threads that take a file's blocks one after the other, score them at the same time, and hand the answers on in the blocks' order.
///
/// No more blocks are under way than there are threads. A thread waits only for blocks that running threads hold, so that any number of
/// threads comes to the end. Invariant behind `@unchecked Sendable`: `blocks`, `taken` and `isAtEnd` are touched under `reading`; `writer` and
/// all other variables under `turn`; nobody holds both; a worker belongs to the thread of its number.
final class ScoringLine: @unchecked Sendable {
    private let workers: [BlockScoring]

    private let blocks: CSVBlocks
    private let reading = NSLock()
    private var taken = 0
    private var isAtEnd = false

    private let writer: ([UInt8]) throws -> Void
    private let turn = NSCondition()
    private var written = 0
    private var rows = 0
    private var failure: (any Error)?

    /// One worker a thread.
    init(_ blocks: CSVBlocks, workers: [BlockScoring], writer: @escaping ([UInt8]) throws -> Void) {
        self.blocks = blocks
        self.workers = workers
        self.writer = writer
    }

    /// Scores the whole file, once only; returns the number of rows.
    ///
    /// Blocks the caller, which helps.
    ///
    /// - Throws: the failure that comes first in the file, after the answers to all rows before it are handed on; or what the writer throws.
    func run() throws -> Int {
        DispatchQueue.concurrentPerform(iterations: workers.count) { work($0) }
        turn.lock()
        defer { turn.unlock() }
        if let failure { throw failure }
        return rows
    }

    /// One thread's part: until the file ends, or a block or the writer fails.
    private func work(_ number: Int) {
        var worker = workers[number]
        while let (place, filled) = take(worker.block) {
            let scored = Result {
                try worker.score()
                try filled.get()
            }
            guard handOn(worker, at: place, scored) else { return }
        }
    }

    /// Fills the block with the next records; the block's place among all, nil behind the last.
    private func take(_ block: CSVBlock) -> (place: Int, filled: Result<Void, TabularFailure>)? {
        reading.lock()
        defer { reading.unlock() }
        guard !isAtEnd else { return nil }
        let place = taken
        taken += 1
        do throws(TabularFailure) {
            isAtEnd = try !blocks.fill(block)
            return isAtEnd ? nil : (place, .success(()))
        } catch {
            isAtEnd = true
            return (place, .failure(error))
        }
    }

    /// Waits for the block's turn; false when an earlier block, this one or the writer has failed.
    private func handOn(_ worker: BlockScoring, at place: Int, _ scored: Result<Void, any Error>) -> Bool {
        turn.lock()
        defer {
            turn.broadcast()
            turn.unlock()
        }
        while written < place, failure == nil { turn.wait() }
        guard failure == nil else { return false }
        do {
            if !worker.text.isEmpty { try writer(worker.text) }
            rows += worker.rows
            try scored.get()
            written += 1
            return true
        } catch {
            failure = error
            return false
        }
    }
}
