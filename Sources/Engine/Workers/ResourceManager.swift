import Foundation
import Synchronization

/// Keeps work that makes way for serving within what it may take: one for all threads of the engine that work beside it.
package final class ResourceManager: Sendable {
    private let plan: ResourcePlan
    private let governor = Mutex(Governor())
    private let shares: [JobClass: ResourceShare]

    package init(plan: ResourcePlan, processors: Int? = nil) {
        let processors = processors ?? ProcessInfo.processInfo.activeProcessorCount
        self.plan = plan
        shares = Dictionary(
            uniqueKeysWithValues: JobClass.allCases.map { job in
                (job, ResourceShare(job, plan[job], threads: plan.threads(job), processors: processors))
            })
    }

    /// What a class of work is held to.
    package func share(_ job: JobClass) -> ResourceShare { shares[job] ?? ResourceShare(job, plan[job], threads: 1, processors: 1) }

    /// Takes the worst p99 of the last seconds against the budget, both in milliseconds.
    package func update(p99: Double, budget: Double) {
        let opening = governor.withLock { governor in
            governor.judge(p99: p99, budget: budget)
            return governor.opening
        }
        for share in shares.values { share.open(to: opening) }
    }

    /// How each class stands.
    package var status: [ResourceStatus] { JobClass.allCases.map { share($0).status } }
}

/// What one class of work is held to: its threads ask between the pieces of their work, and wait where they have had more than their share.
package final class ResourceShare: Sendable {
    /// One wait, microseconds: a cancel, a lifted freeze and an idle serving are noticed so soon.
    private static let napMicroseconds = 20_000.0

    private struct State {
        var budgets: [UInt64: CPUBudget] = [:]
        /// Processor time of threads that are gone, nanoseconds.
        var formerly = 0.0
        var opening = 1.0
        var heldBy: String?
        var yielded = 0.0
        var bounded = 0.0
    }

    /// Threads of a class that are remembered: each has a budget of its own.
    private static let threadsKept = 8

    private let job: JobClass
    private let bounds: ResourceBounds
    private let threads: Int
    private let processors: Int
    private let state = Mutex(State())

    init(_ job: JobClass, _ bounds: ResourceBounds, threads: Int, processors: Int) {
        self.job = job
        self.bounds = bounds
        self.threads = threads
        self.processors = processors
    }

    /// What serving leaves it of its own.
    func open(to opening: Double) { state.withLock { $0.opening = opening } }

    /// Lets its work stand still, or go on: nil.
    package func hold(_ reason: String?) { state.withLock { $0.heldBy = reason } }

    /// Called between pieces of work: waits while the calling thread has had more than its share, or somebody froze it.
    ///
    /// - Parameter isCancelled: asked between naps, which ends the wait.
    package func breathe(until isCancelled: () -> Bool = { false }) {
        while let pause = pause() {
            let began = Self.now()
            usleep(UInt32(pause / 1_000))
            count(Double(Self.now() &- began))
            if isCancelled() { return }
        }
    }

    /// How long to wait before asking again, nanoseconds; nil: go on.
    private func pause() -> Double? {
        let reading = CPUBudget.Reading(thread: UInt64(pthread_self()), worked: Self.clock(CLOCK_THREAD_CPUTIME_ID), time: Self.now())
        return state.withLock { state -> Double? in
            let cores = cores(state.opening)
            if state.budgets[reading.thread] == nil, state.budgets.count >= Self.threadsKept {
                state.formerly += state.budgets.values.reduce(0) { $0 + $1.worked }
                state.budgets = [:]
            }
            let wanted = state.budgets[reading.thread, default: CPUBudget()].take(reading, threads: threads, cores: cores)
            if state.heldBy != nil { return Self.napMicroseconds * 1_000 }
            return wanted > 0 ? min(wanted, Self.napMicroseconds * 1_000) : nil
        }
    }

    /// Counts a wait, for serving or for its own share; one that somebody's freeze asks for is neither.
    private func count(_ nanoseconds: Double) {
        state.withLock { state in
            if state.heldBy != nil { return }
            if state.opening < 1 { state.yielded += nanoseconds } else { state.bounded += nanoseconds }
        }
    }

    private func cores(_ opening: Double) -> Double {
        Governor.cores(share: bounds.cpu, processors: processors, threads: threads, opening: opening)
    }

    package var status: ResourceStatus {
        state.withLock { state in
            var status = ResourceStatus(job, bounds, cores: cores(state.opening), opening: state.opening)
            status.workedMilliseconds = Int64((state.formerly + state.budgets.values.reduce(0) { $0 + $1.worked }) / 1e6)
            status.yieldedMilliseconds = Int64(state.yielded / 1e6)
            status.boundedMilliseconds = Int64(state.bounded / 1e6)
            status.heldBy = state.heldBy
            return status
        }
    }

    private static func now() -> UInt64 { clock(CLOCK_MONOTONIC) }

    /// A clock of the kernel's, nanoseconds.
    private static func clock(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
