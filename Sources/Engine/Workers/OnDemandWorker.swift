import Learning
import Synchronization

/// Figures out what somebody asks for, one thing after the other, on a thread that everything else goes before.
///
/// Nobody waits for it: whoever asks hears that it is being figured out, and asks again. What is not asked for any more gives way to what is.
final class OnDemandWorker<Key: Hashable & Sendable, Order: Sendable, Found: Sendable>: Sendable {
    /// What is known.
    enum Answer: Sendable {
        case computing
        case ready(Found)
        case failed(String)
    }

    /// How long an answer holds.
    struct Keeping: Sendable {
        /// Asked for later, it is figured out once more.
        var fresh: Duration
        /// Until then it is given all the same meanwhile.
        var stale: Duration
    }

    /// Nice value of the thread: trainings go before it.
    private static var niceness: Int32 { 19 }
    /// Answers that are kept.
    private static var answerLimit: Int { 64 }
    /// Orders that wait at most; the one that was asked for the longest time ago goes first.
    private static var waitingLimit: Int { 8 }

    private struct Known {
        var answer: Answer
        var used: Int
        var found: ContinuousClock.Instant
    }

    private struct State {
        /// The one that was asked for last is last.
        var waiting: [(key: Key, order: Order)] = []
        var running: Key?
        var answers: [Key: Known] = [:]
        var asked = 0
        var thread: TrainingThread?
    }

    private let name: String
    private let keeping: Keeping?
    private let share: ResourceShare
    private let work: @Sendable (Order, TrainingHooks) -> Answer
    private let state = Mutex(State())
    private let isStopped = Atomic(false)

    /// - Parameters:
    ///   - name: of the thread.
    ///   - keeping: nil: an answer holds for ever.
    init(
        name: String, share: ResourceShare, keeping: Keeping? = nil, work: @escaping @Sendable (Order, TrainingHooks) -> Answer
    ) {
        self.name = name
        self.keeping = keeping
        self.share = share
        self.work = work
    }

    /// What is known by now; what is not will be figured out.
    ///
    /// A failure is told once: asked again, it is tried again.
    func answer<Failure: Error>(_ key: Key, order: () throws(Failure) -> Order) throws(Failure) -> Answer {
        if let known = known(key) { return known }
        let order = try order()
        state.withLock { state in
            state.waiting.removeAll { $0.key == key }
            state.waiting.append((key, order))
            if state.waiting.count > Self.waitingLimit { state.waiting.removeFirst() }
            if state.thread == nil {
                state.thread = TrainingThread(name: name, niceness: Self.niceness) { [weak self] in self?.runOne() ?? false }
            }
            state.thread?.poke()
        }
        return state.withLock { state in stale(state.answers[key]) } ?? .computing
    }

    /// Nil where the work is to be done.
    private func known(_ key: Key) -> Answer? {
        state.withLock { state in
            state.asked += 1
            if let known = state.answers[key], keeping.map({ ContinuousClock.now - known.found < $0.fresh }) ?? true {
                state.answers[key]?.used = state.asked
                if case .failed = known.answer { state.answers[key] = nil }
                return known.answer
            }
            guard state.running != key, !isStopped.load(ordering: .acquiring) else { return stale(state.answers[key]) ?? .computing }
            return nil
        }
    }

    private func stale(_ known: Known?) -> Answer? {
        guard let known, let keeping, ContinuousClock.now - known.found < keeping.stale, case .ready = known.answer else { return nil }
        return known.answer
    }

    /// Ends the thread after its current step.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        state.withLock { $0.thread }?.stop()
    }

    /// Does what was asked for last; returns whether there was anything.
    private func runOne() -> Bool {
        let next = state.withLock { state -> (key: Key, order: Order)? in
            let next = state.waiting.popLast()
            state.running = next?.key
            return next
        }
        guard let next else { return false }
        let isCancelled: @Sendable () -> Bool = { self.isStopped.load(ordering: .acquiring) }
        let hooks = TrainingHooks(isCancelled: isCancelled, breathe: { self.share.breathe(until: isCancelled) })
        let answer = work(next.order, hooks)
        state.withLock { state in
            state.running = nil
            state.answers[next.key] = Known(answer: answer, used: state.asked, found: .now)
            if state.answers.count > Self.answerLimit, let oldest = state.answers.min(by: { $0.value.used < $1.value.used })?.key {
                state.answers[oldest] = nil
            }
        }
        return true
    }
}
