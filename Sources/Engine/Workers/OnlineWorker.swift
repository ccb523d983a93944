import Logging
import Synchronization

/// Runs every deployment's learner on one thread of its own, at low priority: learning never waits for a training, nor a training for it.
final class OnlineWorker: Sendable {
    private struct Order: Sendable {
        var plan: OnlinePlan
        var answer: CheckedContinuation<Result<OnlinePublication, ActionFailure>, Never>
    }
    private struct Orders {
        var waiting: [Order] = []
        var isClosed = false
    }
    /// Confined to the online thread: the only one that touches it.
    private final class Sessions: @unchecked Sendable {
        var byName: [String: OnlineSession] = [:]
    }

    private let core: EngineCore
    private let orders = Mutex(Orders())
    private let sessions = Sessions()

    init(core: EngineCore) { self.core = core }

    /// One look at the labels of all deployments; returns whether there is more to learn at once.
    ///
    /// Blocks the online thread.
    func runOne() -> Bool {
        answerOrders()
        let plans = waitFor { await self.core.onlinePlans() }
        let names = Set(plans.map(\.deployment))
        sessions.byName = sessions.byName.filter { names.contains($0.key) }
        var isBehind = false
        for plan in plans {
            core.pressure.breathe()
            switch session(plan) {
            case .success(let session):
                let report = session.step(plan, now: core.clock.milliseconds())
                isBehind = isBehind || report.isBehind
                waitFor { await self.core.note(report, of: plan) }
            case .failure(let failure):
                core.logger.error("online learning: \(failure)")
                let report = OnlineReport(after: plan.after ?? 0, halted: "\(failure)")
                waitFor { await self.core.note(report, of: plan) }
            }
            answerOrders()
        }
        return isBehind
    }

    /// The learner of this epoch; one of an earlier epoch has nothing to say any more.
    private func session(_ plan: OnlinePlan) -> Result<OnlineSession, ActionFailure> {
        if let session = sessions.byName[plan.deployment], session.epoch == plan.epoch { return .success(session) }
        return Result { () throws(ActionFailure) in
            let session = try OnlineSession(plan, stores: core.stores)
            sessions.byName[plan.deployment] = session
            return session
        }
    }

    /// Makes what a deployment has learnt ready to be a version.
    ///
    /// Whoever calls this pokes the thread.
    func publication(_ plan: OnlinePlan, poke: () -> Void) async -> Result<OnlinePublication, ActionFailure> {
        await withCheckedContinuation { answer in
            let isTaken = orders.withLock { orders in
                if !orders.isClosed { orders.waiting.append(Order(plan: plan, answer: answer)) }
                return !orders.isClosed
            }
            if isTaken { poke() } else { answer.resume(returning: .failure(Self.stopping)) }
        }
    }

    private static let stopping = ActionFailure.unavailable("engine: it is stopping: start it again")

    private func answerOrders() {
        let waiting = orders.withLock { orders in
            defer { orders.waiting = [] }
            return orders.waiting
        }
        for order in waiting {
            order.answer.resume(
                returning: Result { () throws(ActionFailure) in
                    let session = try session(order.plan).get()
                    // Labels that came a moment ago belong to it too.
                    _ = session.step(order.plan, now: core.clock.milliseconds())
                    return try session.publication(order.plan)
                })
        }
    }

    /// Takes no more orders; those that wait are told.
    func close() {
        let waiting = orders.withLock { orders in
            defer { orders.waiting = [] }
            orders.isClosed = true
            return orders.waiting
        }
        for order in waiting { order.answer.resume(returning: .failure(Self.stopping)) }
    }
}
