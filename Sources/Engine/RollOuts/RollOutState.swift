/// A version as rolling out sees it: what decides who answers, and nothing else.
package struct RollOutVersion: Sendable, Equatable {
    /// 7 for `v7`.
    package var number: UInt32
    /// What became of it.
    package var state: VersionState
    /// Whether every gate passed.
    package var isBlessed: Bool
    /// The gate that refused it, with what it said.
    package var refusal: String?
    /// Whether a person keeps it, whatever the retention says.
    package var isPinned = false
    /// When it answered.
    package var served: [ServiceInterval] = []

    /// Makes a version.
    package init(
        number: UInt32, state: VersionState, isBlessed: Bool, refusal: String? = nil, isPinned: Bool = false, served: [ServiceInterval] = []
    ) {
        self.number = number
        self.state = state
        self.isBlessed = isBlessed
        self.refusal = refusal
        self.isPinned = isPinned
        self.served = served
    }

    /// Its rules' facts.
    var facts: VersionFacts {
        VersionFacts(number: number, state: state, isBlessed: isBlessed, refusal: refusal, isPinned: isPinned, hasServed: !served.isEmpty)
    }
}

/// Who answers in a deployment, what a roll back returns to, and what became of every version: the state of the roll-out machine.
///
/// A plain value. It is made of what the engine stores, and what the machine makes of it is what the engine stores next.
package struct RollOutState: Sendable, Equatable {
    /// The deployment.
    package var deployment: String
    /// Whether it answers: `empty`, `live` or `paused`, as stored.
    package var state = DeploymentState.empty
    /// The version that answers.
    package var champion: UInt32?
    /// What a roll back returns to.
    package var lastKnownGood: UInt32?
    /// Ascending by number.
    package var versions: [RollOutVersion] = []
    /// The number of the next version: above every number that a version of this name ever had.
    package var nextNumber: UInt32 = 1
    /// Whether the champion's model does not load, so that it is nothing to return to.
    package var isChampionBroken = false
    /// The version whose weights online learning goes on from.
    package var learningBase: UInt32?
    /// Versions with a part of the traffic beside the champion, in the order in which they came.
    package var challengers: [Challenger] = []
    /// What requests get while it is paused; nil: 503.
    package var pausedAnswer: PausedAnswer?
    /// When policies made a version the champion in the last day, UTC milliseconds.
    package var promotions: [Int64] = []

    /// Makes the state of a deployment without versions.
    package init(deployment: String) { self.deployment = deployment }

    /// The position of a version.
    ///
    /// Complexity: O(log n).
    func index(of number: UInt32) -> Int? {
        var low = 0
        var high = versions.count
        while low < high {
            let middle = (low + high) / 2
            if versions[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low < versions.count && versions[low].number == number ? low : nil
    }

    /// The version of that number.
    package func version(_ number: UInt32) -> RollOutVersion? { index(of: number).map { versions[$0] } }

    /// The former champion that served last and was not rolled back: what a roll back returns to.
    var newestFormer: UInt32? {
        versions.filter { $0.state == .retired || $0.state == .lastKnownGood }
            .max { ($0.served.last?.until ?? 0, $0.number) < ($1.served.last?.until ?? 0, $1.number) }?.number
    }

    /// The version that answered at a time, UTC milliseconds.
    func champion(at time: Int64) -> RollOutVersion? {
        versions.first { version in version.served.contains { $0.from <= time && time < $0.until ?? .max } }
    }

    /// The first moment that lies after every change of the champion so far.
    ///
    /// The clock may be set back; the order in which versions answered may not.
    func moment(_ now: Int64) -> Int64 {
        versions.reduce(now) { latest, version in
            version.served.reduce(latest) { max($0, ($1.until ?? $1.from).addingClamped(1)) }
        }
    }
}

extension Int64 {
    /// The sum, or the nearest number there is.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? (other > 0 ? .max : .min) : sum
    }
}

extension RollOutState {
    /// What does not hold and must: empty when all is well.
    ///
    /// Called after every step in tests. Complexity: O(n log n).
    package func checkInvariants() -> [String] {
        var flaws: [String] = []
        func must(_ holds: Bool, _ what: @autoclosure () -> String) { if !holds { flaws.append(what()) } }
        let numbers = versions.map(\.number)
        must(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 }, "the versions ascend")
        must((numbers.last ?? 0) < nextNumber, "the next number is new")
        let champions = versions.filter { $0.state == .champion }.map(\.number)
        must(champions == [champion].compactMap(\.self), "the only champion is v\(champion ?? 0): \(champions)")
        let good = versions.filter { $0.state == .lastKnownGood }.map(\.number)
        must(good == [lastKnownGood].compactMap(\.self), "the only last-known-good is v\(lastKnownGood ?? 0): \(good)")
        must(lastKnownGood == newestFormer, "last-known-good is what served last and was not withdrawn")
        must((state == .empty) == (champion == nil), "it is empty exactly without a champion")
        must(pausedAnswer == nil || state == .paused, "only what is paused answers with a fallback")
        must(pausedAnswer?.version.map { version($0)?.state != .archived } ?? true, "what answers while it is paused is not archived")
        must(challengers.count(where: \.answers) <= 1, "one challenger answers at most")
        must(challengers.isEmpty || champion != nil, "who challenges challenges a champion")
        must(Set(challengers.map(\.version)).count == challengers.count, "a version has one part of the traffic")
        for challenger in challengers {
            must(challenger.version != champion, "the champion has no part beside itself")
            must(version(challenger.version)?.isBlessed == true, "a challenger has passed its gates")
            must(version(challenger.version)?.state != .archived, "a challenger is not archived")
        }
        for version in versions { flaws += check(version) }
        let intervals = versions.flatMap(\.served).sorted { $0.from < $1.from }
        must(
            zip(intervals, intervals.dropFirst()).allSatisfy { ($0.until ?? .max) <= $1.from }, "one version answers at a time")
        return flaws
    }

    private func check(_ version: RollOutVersion) -> [String] {
        var flaws: [String] = []
        func must(_ holds: Bool, _ what: String) { if !holds { flaws.append("v\(version.number) (\(version.state)): \(what)") } }
        let isOpen = version.served.last.map { $0.until == nil } ?? false
        must(isOpen == (version.number == champion), "it answers exactly as the champion")
        must(version.served.dropLast().allSatisfy { $0.until != nil }, "its former services have ended")
        switch version.state {
        case .refused: must(!version.isBlessed && version.served.isEmpty, "what a gate refused never answers")
        case .candidate: must(version.isBlessed && version.served.isEmpty, "a candidate is blessed and has not answered")
        case .champion, .lastKnownGood, .retired, .withdrawn:
            must(version.isBlessed && !version.served.isEmpty, "it was blessed and has answered")
        case .archived: must(!version.isPinned && version.number != learningBase, "nobody needs it")
        }
        return flaws
    }
}
