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
        let only = waitFor { await self.core.claimable() }
        if case .nothing = only { return false }
        let claimed: JobRecord?
        do {
            claimed = try core.stores.control.write { transaction in
                if case .only(let id) = only {
                    return try transaction.claim(id, worker: self.worker, leaseUntil: now + JobLease.milliseconds, now: now)
                }
                return try transaction.claimNext(worker: self.worker, leaseUntil: now + JobLease.milliseconds, now: now)
            }
        } catch {
            core.logger.error("jobs: none claimed: \(error)")
            return false
        }
        guard let job = claimed else { return false }
        core.jobBoard.begin(job.id)
        core.jobBoard.pulse.begin()
        defer { core.jobBoard.pulse.end() }
        run(job)
        return true
    }

    private func run(_ job: JobRecord) {
        log(job.id, "began, attempt \(job.attempts)")
        let lease = JobLease(job: job, control: core.stores.control, clock: core.clock)
        let result: Result<TrainedVersion, TrainingEnd>
        switch waitFor({ await self.core.prepare(job) }) {
        case .failure(let end): result = .failure(end)
        case .success(let task):
            let hooks = hooks(job, lease)
            let search = core.resources.share(.search)
            let pipeline = TrainingPipeline(
                task: task, stores: core.stores, clock: core.clock, hooks: hooks,
                breatheSearching: { search.breathe(until: hooks.isCancelled) },
                searchCheckpoints: JobCheckpoint(job: job.id, workspace: core.workspace).search, log: { self.log(job.id, $0) })
            result = Result { () throws(TrainingEnd) in try pipeline.run() }
        }
        let end = lease.isLost ? .failure(.lost) : result
        _ = Self.giveBack?(0)
        waitFor { await self.core.finish(job, end) }
    }

    /// Gives memory that nobody uses any more back to the system (`malloc_trim`), where the C library can.
    ///
    /// A training takes as much as its data is large, once; what the library keeps of that would grow with each larger one. Looked up by its name,
    /// because not every C library has it.
    private static let giveBack: (@convention(c) (Int) -> Int32)? = dlsym(nil, "malloc_trim").map {
        unsafeBitCast($0, to: (@convention(c) (Int) -> Int32).self)
    }

    /// Training asks many times a second whether it was cancelled: a worker that still asks is alive, however long its step takes.
    private func hooks(_ job: JobRecord, _ lease: JobLease) -> TrainingHooks {
        let core = core
        let isCancelled: @Sendable () -> Bool = {
            core.jobBoard.pulse.beat()
            lease.renew(nil)
            return lease.isLost || core.jobBoard.isCancelling(job.id)
        }
        let share = core.resources.share(.training)
        return TrainingHooks(
            report: { progress in
                core.jobBoard.pulse.beat()
                core.jobBoard.report(job.id, progress)
                lease.renew(progress)
            },
            isCancelled: isCancelled,
            breathe: { share.breathe(until: isCancelled) },
            threads: core.workspace.configuration.resources.trainingThreads,
            checkpoints: JobCheckpoint(job: job.id, workspace: core.workspace).training,
            reportTrials: { core.jobBoard.report(job.id, $0) })
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
