import Dispatch
import Foundation
import Learning
import Logging
import Monitoring
import Store
import Synchronization
import Tabular

/// Runs queued jobs on the training thread: claim, gather, train, gate, hand the result to the engine.
final class JobRunner: Sendable {
    /// A claim lasts this long unless renewed, milliseconds.
    static let leaseMilliseconds: Int64 = 30_000
    /// Least time between two writes of progress to the store, milliseconds.
    static let progressMilliseconds: Int64 = 2_000

    private let core: EngineCore
    private let worker: String

    init(core: EngineCore) {
        self.core = core
        worker = "engine \(ProcessInfo.processInfo.processIdentifier)"
    }

    /// Does one job, if there is one.
    ///
    /// Blocks the training thread; returns whether there was one.
    func runOne() -> Bool {
        let now = core.clock.milliseconds()
        let only = waitFor { await self.core.solitaryJob() }
        if case .nothing = only { return false }
        let claimed: JobRecord?
        do {
            claimed = try core.stores.control.write { transaction in
                if case .only(let id) = only {
                    return try transaction.claim(id, worker: self.worker, leaseUntil: now + Self.leaseMilliseconds, now: now)
                }
                return try transaction.claimNext(worker: self.worker, leaseUntil: now + Self.leaseMilliseconds, now: now)
            }
        } catch {
            core.logger.error("jobs: none claimed: \(error)")
            return false
        }
        guard let job = claimed else { return false }
        core.jobBoard.begin(job.id)
        run(job)
        return true
    }

    private func run(_ job: JobRecord) {
        log(job.id, "began, attempt \(job.attempts)")
        let result: Result<TrainedVersion, TrainingEnd>
        switch waitFor({ await self.core.prepare(job) }) {
        case .failure(let end): result = .failure(end)
        case .success(let task):
            let pipeline = TrainingPipeline(
                task: task, labels: core.stores.labels, telemetry: core.stores.telemetry, clock: core.clock, hooks: hooks(job),
                log: { self.log(job.id, $0) })
            result = Result { () throws(TrainingEnd) in try pipeline.run() }
        }
        waitFor { await self.core.finish(job, result) }
    }

    private func hooks(_ job: JobRecord) -> TrainingHooks {
        let core = core
        let lastWrite = Atomic(core.clock.milliseconds())
        return TrainingHooks(
            report: { progress in
                core.jobBoard.report(job.id, progress)
                let now = core.clock.milliseconds()
                guard now - lastWrite.load(ordering: .relaxed) >= Self.progressMilliseconds else { return }
                lastWrite.store(now, ordering: .relaxed)
                // A lease that cannot be renewed has been lost: the fence refuses the result, so going on would only waste the machine.
                let held = try? core.stores.control.write { transaction in
                    try transaction.renew(job.id, fence: job.fence, leaseUntil: now + Self.leaseMilliseconds)
                        && transaction.progress(job.id, fence: job.fence, fraction: progress.fraction, text: JobStatus.text(progress))
                }
                if held == false { _ = core.jobBoard.cancel(job.id) }
            },
            isCancelled: { core.jobBoard.isCancelling(job.id) },
            breathe: { core.pressure.breathe() },
            threads: core.workspace.configuration.trainingThreads)
    }

    private func log(_ id: Int64, _ line: String) {
        let now = core.clock.milliseconds()
        do { try core.stores.control.write { try $0.appendLog(id, time: now, line: line) } } catch {
            core.logger.error("job \(id): log line not stored: \(error)")
        }
        core.logger.info("job \(id): \(line)")
    }
}

/// Which job a runner may take.
enum JobChoice: Sendable {
    /// Any.
    case any
    /// This one.
    case only(Int64)
    /// None.
    case nothing
}

/// Blocks the calling thread, which must be none of the cooperative pool's, until the work is done.
package func waitFor<T: Sendable>(_ body: @escaping @Sendable () async -> T) -> T {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<T?>(nil)
    Task {
        let value = await body()
        result.withLock { $0 = value }
        done.signal()
    }
    while true {
        done.wait()
        if let value = result.withLock({ $0 }) { return value }
    }
}
