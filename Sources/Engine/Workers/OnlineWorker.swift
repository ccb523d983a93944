import Foundation
import Learning
import Logging
import Store
import Synchronization
import Tabular

/// Runs every deployment's learner on one thread of its own, at low priority: learning never waits for a training, nor a training for it.
final class OnlineWorker: Sendable {
    private struct Order: Sendable {
        var plan: OnlinePlan
        var answer: CheckedContinuation<Result<OnlinePublication, ActionFailure>, Never>
    }
    private struct Orders {
        var waiting: [Order] = []
        var isClosed = false
        /// Whether all deployments are to be looked at, not only those that answer live.
        var isRound = true
    }
    /// Confined to the online thread: the only one that touches it.
    private final class Sessions: @unchecked Sendable {
        var byName: [String: OnlineSession] = [:]
        /// Labels learnt in the copy that was handed over last, and of which session.
        var handedOver: [String: (session: ObjectIdentifier, base: UInt32, learnt: Int)] = [:]
    }

    /// How long a live learner waits for a row that is between an event loop and the log, seconds.
    private static let wait = 0.01

    private let core: EngineCore
    private let orders = Mutex(Orders())
    private let sessions = Sessions()

    init(core: EngineCore) { self.core = core }

    /// From the next look on all deployments are looked at once.
    func askForRound() { orders.withLock { $0.isRound = true } }

    /// One look at the labels of all deployments, or of those that answer live; returns whether there is more to learn at once.
    ///
    /// Blocks the online thread.
    func runOne() -> Bool {
        answerOrders()
        let isRound = orders.withLock { orders in
            defer { orders.isRound = false }
            return orders.isRound
        }
        let plans = waitFor { await self.core.onlinePlans(live: !isRound) }
        if isRound {
            let names = Set(plans.map(\.deployment))
            sessions.byName = sessions.byName.filter { names.contains($0.key) }
            sessions.handedOver = sessions.handedOver.filter { names.contains($0.key) }
        }
        var (isBehind, isWaiting) = (false, false)
        let share = core.resources.share(.online)
        for plan in plans {
            share.breathe(until: { orders.withLock { $0.isClosed } })
            switch session(plan) {
            case .success(let session):
                let report = session.step(plan, now: core.clock.milliseconds())
                isBehind = isBehind || report.isBehind
                isWaiting = isWaiting || report.isWaiting && plan.live.isLive
                waitFor { await self.core.note(report, of: plan) }
                handOver(session, report, plan)
            case .failure(let failure):
                core.logger.error("online learning: \(failure)")
                let report = OnlineReport(after: plan.after ?? 0, halted: "\(failure)")
                waitFor { await self.core.note(report, of: plan) }
            }
            answerOrders()
        }
        if isBehind {
            // The others have their turn too.
            askForRound()
        } else if isWaiting {
            Thread.sleep(forTimeInterval: Self.wait)
        }
        return isBehind || isWaiting
    }

    /// Lets a copy of what was learnt answer, where the deployment answers live and the learner has caught up.
    private func handOver(_ session: OnlineSession, _ report: OnlineReport, _ plan: OnlinePlan) {
        guard plan.live.isLive, report.stopped == nil, report.halted == nil, !report.isBehind || !plan.live.isAwaited else { return }
        let present = (ObjectIdentifier(session), plan.base, report.learnt)
        if let last = sessions.handedOver[plan.deployment], last == present, !plan.live.isAwaited { return }
        let live = plan.champion.live(session.copy, learnt: UInt32(clamping: report.learnt))
        if waitFor({ await self.core.handOver(live, of: plan) }) { sessions.handedOver[plan.deployment] = present }
    }

    /// The learner of this epoch; one of an earlier epoch has nothing to say any more.
    private func session(_ plan: OnlinePlan) -> Result<OnlineSession, ActionFailure> {
        if let session = sessions.byName[plan.deployment], session.epoch == plan.epoch { return .success(session) }
        let (core, name) = (core, plan.deployment)
        return Result { () throws(ActionFailure) in
            let session = try OnlineSession(plan, stores: core.stores) { ids in
                waitFor { await core.underway(ids, of: name) }
            }
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
