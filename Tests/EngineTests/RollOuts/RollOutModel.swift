import Engine

/// Numbers that repeat from their seed: SplitMix64 (Steele, Lea, Flood 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Below a bound.
    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: next() >> 33) % bound }
}

/// A deployment in the hands of an engine that is a few lines long: it keeps what the machine says, loads what answers, forgets the rest.
struct RollOutModel {
    static let person = Operator(name: "ana", uid: 1000, role: .admin)
    static let policy = Operator.policy("every")

    var state = RollOutState(deployment: "d")
    var clock: Int64 = 1_000
    var freezes: [Freeze] = []
    /// Versions in memory.
    var loaded: Set<UInt32> = []
    /// When policies made a version the champion.
    var automatic: [Int64] = []
    /// Versions by whom they were last withdrawn, until a person promotes them again.
    var withdrawn: Set<UInt32> = []
    /// Every number that a version ever had.
    var numbers: Set<UInt32> = []

    static let perDay = 3

    func ask(_ who: Operator, reason: String? = "tried", automation: Automation = .auto) -> RollOutAsk {
        RollOutAsk(
            who: who, reason: reason, now: clock, freezes: freezes, automation: automation, promotionsPerDay: Self.perDay)
    }

    /// Applies an event; returns the step, or nil when the machine refuses it, which changes nothing.
    @discardableResult
    mutating func apply(_ event: RollOutEvent, by who: Operator = person, reason: String? = "tried") -> RollOutStep? {
        guard let step = try? RollOut.step(state, event, ask(who, reason: reason)) else { return nil }
        if let answering = step.answering {
            // What a policy made the champion, once there was one.
            if who.isAutomatic, state.champion != nil, !isRollback(event) { automatic.append(clock) }
            if isRollback(event), let departing = state.champion { withdrawn.insert(departing) }
            if state.isChampionBroken, let broken = state.champion { withdrawn.insert(broken) }
            withdrawn.remove(answering)
            loaded.insert(answering)
        }
        if case .register = event, let number = step.version { numbers.insert(number) }
        state = step.next
        if step.answering != nil { loaded.formIntersection([state.champion, state.lastKnownGood].compactMap(\.self)) }
        if let good = state.lastKnownGood { loaded.insert(good) }
        if let loading = step.loading { loaded.insert(loading) }
        return step
    }

    private func isRollback(_ event: RollOutEvent) -> Bool {
        switch event {
        case .rollback, .rollbackToTime: true
        case .register, .promote, .pause, .resume, .archive, .pin, .unpin, .challenge, .share, .abort: false
        }
    }

    /// What a fallback comes to.
    static func answer(_ fallback: Fallback, _ state: RollOutState) -> PausedAnswer? {
        switch fallback {
        case .unavailable: nil
        case .constant: PausedAnswer(fallback, scores: [0.25])
        case .lastKnownGood: state.lastKnownGood.map { PausedAnswer(fallback, version: $0) }
        }
    }

    /// An event as it might come, sensible or not.
    func event(_ random: inout SeededNumbers) -> RollOutEvent {
        let number = UInt32(random.below(Int(state.nextNumber) + 1))
        switch random.below(26) {
        case 0..<5: return .register(CandidateFacts(refusal: random.below(5) == 0 ? "metric: worse" : nil, answersAtOnce: false))
        case 5:
            let doubt = random.below(4) == 0 ? "against the champion: too few rows" : nil
            return .register(CandidateFacts(doubt: doubt, answersAtOnce: true, comparedWith: state.champion))
        case 6..<11: return .promote(number)
        case 11: return .rollback(nil)
        case 12: return .rollback(number)
        case 13: return .rollbackToTime(clock - Int64(random.below(2_000_000)))
        case 14:
            return .pause(Self.answer(random.below(3) == 0 ? .unavailable : random.below(2) == 0 ? .constant("a") : .lastKnownGood, state))
        case 15: return .resume
        case 16: return .archive(number)
        case 17: return .pin(number)
        case 18: return .unpin(number)
        case 19: return .archive(UInt32(random.below(3)))
        case 20, 21: return .challenge(number, ArmPlan(.canary, share: Double(random.below(3)) / 2))
        case 22: return .challenge(number, ArmPlan(.shadow, share: 1))
        case 23: return .share(number, Double(random.below(5)) / 4)
        case 24: return .abort(number)
        default: return .abort(nil)
        }
    }

    /// Time goes on, mostly; freezes come and go; a champion may turn out not to load.
    mutating func disturb(_ random: inout SeededNumbers) {
        clock += random.below(40) == 0 ? -Int64(random.below(100_000)) : Int64(random.below(30_000_000))
        if random.below(12) == 0 {
            let scopes = FreezeScope.allCases
            freezes =
                freezes.isEmpty ? [Freeze(deployment: "d", scope: scopes[random.below(scopes.count)], by: "ana", since: clock)] : []
        }
        state.isChampionBroken = state.champion != nil && random.below(25) == 0
        state.learningBase = random.below(6) == 0 ? state.champion : nil
    }
}
