import Dispatch
package import Store

/// An engine that does nothing by itself, moved step by step: what a simulation repeats bit for bit from its seed.
extension Engine {
    /// Waits until everything is done that earlier steps have set going: blocks on their way to the log, warm versions, judged labels.
    ///
    /// Only for an engine that neither ticks nor runs jobs by itself, and that nobody else asks for anything meanwhile.
    package func settled() async {
        let services = core.services
        repeat {
            await services.errands.ended()
            await services.writer.flush()
            await onQueue(services.maintenance) {}
            // Its own queue has done what was asked before.
            await core.pulse()
        } while services.errands.open > 0
    }

    /// Runs the next job to its end, on a thread of its own, as the training thread would; whether there was one.
    package func runJob() async -> Bool {
        let core = core
        return await onQueue(Self.stepping) { JobRunner(core: core).runOne() }
    }

    /// Claims the next job for a worker that is never heard of again; its number.
    package func loseJob() throws(StoreFailure) -> Int64? {
        let now = clock.milliseconds()
        return try core.stores.control.write {
            try $0.claimNext(worker: "a worker that is lost", leaseUntil: now + JobLease.milliseconds, now: now)?.id
        }
    }

    /// A training blocks its thread: one of the cooperative pool's, which are few, would not do.
    private static let stepping = DispatchQueue(label: "flyball.step")

    /// From now on writes to a store meet a fault, after some that do not; nil: none.
    package func inject(_ fault: DiskFault?, into store: StoreName, after writes: Int = 0) {
        switch store {
        case .control: core.stores.control.inject(fault, after: writes)
        case .labels: core.stores.labels.inject(fault, after: writes)
        case .telemetry: core.stores.telemetry.inject(fault, after: writes)
        }
    }

    /// The three stores of a workspace by name.
    package enum StoreName: String, CaseIterable, Sendable {
        case control
        case labels
        case telemetry
    }
}
