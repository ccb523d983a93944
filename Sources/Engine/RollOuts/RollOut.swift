/// The one way of a version: registered → gated → waits, promoted or refused → champion → last-known-good → retired or withdrawn → archived.
///
/// A pure state machine: a state and an event make the next state with its journal row and its effects, or a refusal. It reads nothing and
/// keeps nothing; the engine loads, commits, swaps and carries out what it says.
package enum RollOut {
    /// Lines of archived versions that a deployment keeps; of older ones the journal tells.
    package static let archivedLines = 100
    private static let dayMilliseconds: Int64 = 86_400_000

    /// What an event makes of a state.
    ///
    /// Complexity: O(versions).
    package static func step(_ state: RollOutState, _ event: RollOutEvent, _ ask: RollOutAsk) throws(ActionFailure) -> RollOutStep {
        if let refusal = refusal(of: event, in: state, ask) { throw refusal }
        var state = state
        state.promotions.removeAll { $0 <= ask.now - dayMilliseconds }
        switch event {
        case .register(let candidate): return try register(candidate, state, ask)
        case .promote(let number): return promote(number, state, ask)
        case .rollback(let wanted): return try rollback(to: wanted ?? state.lastKnownGood, state, ask)
        case .rollbackToTime(let time): return try rollback(to: state.champion(at: time)?.number, state, ask)
        case .challenge(let number, let plan): return challenge(number, plan, state, ask)
        case .share(let number, let wanted): return share(number, wanted, state, ask)
        case .abort(let number): return abort(number, state, ask)
        case .pause(let answer): return pause(answer, state)
        case .resume: return resume(state)
        case .archive(let number): return archive(number, state)
        case .pin(let number): return pin(number, true, state)
        case .unpin(let number): return pin(number, false, state)
        }
    }

    // MARK: Registering

    private static func register(
        _ candidate: CandidateFacts, _ state: RollOutState, _ ask: RollOutAsk
    ) throws(ActionFailure) -> RollOutStep {
        let number = state.nextNumber
        guard number < .max else { throw .refused(what: "\(state.deployment) has had \(number - 1) versions", advice: "use another name") }
        let name = "v\(number)" + (candidate.words.map { " " + $0 } ?? "")
        let former = state.champion
        var next = state
        next.nextNumber = number + 1
        next.versions.append(
            RollOutVersion(
                number: number, state: candidate.refusal == nil ? .candidate : .refused, isBlessed: candidate.refusal == nil,
                refusal: candidate.refusal))
        let verdict = verdict(candidate, state, ask)
        switch verdict {
        case .refused(let gate):
            return RollOutStep(next: next, summary: "\(name) refused by the gate \(gate)", version: number, verdict: verdict)
        case .waits(let reason):
            let summary = reason.map { "\(name) waits: \($0)" } ?? "\(name) passed its gates"
            return RollOutStep(next: next, summary: summary, version: number, verdict: verdict)
        case .promoted:
            crown(number, &next, ask)
            return RollOutStep(
                next: next, summary: answersInstead(name, former), version: number, answering: number, verdict: verdict,
                effects: [.follow(isContinued: true)])
        }
    }

    private static func verdict(_ candidate: CandidateFacts, _ state: RollOutState, _ ask: RollOutAsk) -> CandidateVerdict {
        if let refusal = candidate.refusal { return .refused(refusal) }
        if let doubt = candidate.doubt { return .waits(doubt) }
        guard candidate.answersAtOnce else { return .waits(nil) }
        return reasonToWait(candidate, state, ask).map { .waits($0) } ?? .promoted(former: state.champion)
    }

    /// Why a candidate that passed its gates does not answer at once.
    private static func reasonToWait(_ candidate: CandidateFacts, _ state: RollOutState, _ ask: RollOutAsk) -> String? {
        let asker = Asker(ask)
        if let freeze = asker.freeze(ask.freezes, of: state.deployment) { return "\(freeze.scope.words) is frozen by \(freeze.by)" }
        if let compared = candidate.comparedWith, compared != state.champion { return "it was compared with v\(compared)" }
        guard asker.isAutomatic else { return nil }
        if state.state != .live { return "\(state.deployment) is \(state.state.rawValue)" }
        if let challenger = state.challengers.answering { return "\(challenger.words) is under way" }
        if ask.automation != .auto { return "its policy is \(ask.automation.rawValue)" }
        return state.promotions.count < ask.promotionsPerDay
            ? nil : "\(ask.promotionsPerDay) automatic promotions today already"
    }

    // MARK: Who answers

    private static func promote(_ number: UInt32, _ state: RollOutState, _ ask: RollOutAsk) -> RollOutStep {
        var next = state
        crown(number, &next, ask)
        return RollOutStep(
            next: next, summary: answersInstead("v\(number)", state.champion),
            details: ["version": "v\(number)", "former": state.champion.map { "v\($0)" } ?? ""], version: number, answering: number,
            effects: [.learn(from: number, isQuiet: false), .follow(isContinued: false)])
    }

    private static func rollback(to target: UInt32?, _ state: RollOutState, _ ask: RollOutAsk) throws(ActionFailure) -> RollOutStep {
        guard let target, let departing = state.champion else { throw RollOutRules.nothingEarlier(state.deployment) }
        var next = state
        let time = state.moment(ask.now)
        end(departing, as: .withdrawn, &next, at: time)
        begin(target, &next, at: time)
        return RollOutStep(
            next: next, summary: "rolled back from v\(departing) to v\(target)",
            details: ["version": "v\(target)", "withdrawn": "v\(departing)"], version: target, answering: target,
            effects: [.learn(from: target, isQuiet: !ask.who.isAutomatic), .follow(isContinued: false)])
    }

    /// Makes a version the champion; the former one is what a roll back returns to, unless it does not load.
    private static func crown(_ number: UInt32, _ state: inout RollOutState, _ ask: RollOutAsk) {
        let time = state.moment(ask.now)
        // The first champion is what somebody ordered.
        if ask.who.isAutomatic, state.champion != nil { state.promotions.append(ask.now) }
        if let former = state.champion { end(former, as: state.isChampionBroken ? .withdrawn : .retired, &state, at: time) }
        begin(number, &state, at: time)
    }

    private static func begin(_ number: UInt32, _ state: inout RollOutState, at time: Int64) {
        state.champion = number
        state.isChampionBroken = false
        if state.state == .empty { state.state = .live }
        settleChallengers(&state)
        if let index = state.index(of: number) {
            state.versions[index].state = .champion
            state.versions[index].served.append(ServiceInterval(from: time, until: nil))
        }
        state.lastKnownGood = state.newestFormer
        for index in state.versions.indices {
            if state.versions[index].number == state.lastKnownGood {
                state.versions[index].state = .lastKnownGood
            } else if state.versions[index].state == .lastKnownGood {
                state.versions[index].state = .retired
            }
        }
    }

    private static func end(_ number: UInt32, as ended: VersionState, _ state: inout RollOutState, at time: Int64) {
        guard let index = state.index(of: number) else { return }
        state.versions[index].state = ended
        if let last = state.versions[index].served.indices.last, state.versions[index].served[last].until == nil {
            state.versions[index].served[last].until = time
        }
    }

    private static func answersInstead(_ name: String, _ former: UInt32?) -> String {
        former.map { "\(name) answers instead of v\($0)" } ?? "\(name) answers"
    }

    // MARK: Ending

    private static func archive(_ number: UInt32, _ state: RollOutState) -> RollOutStep {
        var next = state
        if let index = next.index(of: number) { next.versions[index].state = .archived }
        let lines = next.versions.filter { $0.state == .archived }
        let gone = Set(lines.dropLast(archivedLines).map(\.number))
        next.versions.removeAll { gone.contains($0.number) }
        return RollOutStep(
            next: next, summary: "archived v\(number): its model and its data go", details: ["version": "v\(number)"], version: number,
            effects: [.erase(number)])
    }

    private static func pin(_ number: UInt32, _ isPinned: Bool, _ state: RollOutState) -> RollOutStep {
        var next = state
        if let index = next.index(of: number) { next.versions[index].isPinned = isPinned }
        return RollOutStep(
            next: next, summary: isPinned ? "pinned v\(number): it is kept" : "unpinned v\(number)", details: ["version": "v\(number)"],
            version: number)
    }
}
