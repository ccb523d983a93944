/// How answers are given where a deployment learns label by label.
public enum OnlineAnswer: String, Codable, Sendable, CaseIterable {
    /// By the learner itself: each event loop holds a copy of its weights, at most 100 ms or 1,000 labels old.
    case live
    /// By versions that were made of it, which stand still.
    case versions
}

/// Why and when a live learner was stopped.
package struct LiveStop: Codable, Equatable, Sendable {
    /// UTC milliseconds.
    package var time: Int64
    /// In words: `worse than v7, odds 120000 to 1`.
    package var reason: String

    package init(time: Int64, reason: String) {
        self.time = time
        self.reason = reason
    }
}

/// From when on a base was learnt on from, and after which label.
package struct OnlineStart: Codable, Equatable, Sendable {
    /// The version.
    package var base: UInt32
    /// Labels that arrived after this one, by its sequence number.
    package var after: Int64
    /// When it began, UTC milliseconds.
    package var since: Int64

    package init(base: UInt32, after: Int64, since: Int64) {
        self.base = base
        self.after = after
        self.since = since
    }
}

/// How one of those that could answer does on the latest labels.
public struct OnlineSide: Codable, Sendable, Equatable {
    /// `live`, or a version: `v7`.
    public var name: String
    /// Mean log loss, or half the squared distance in standard deviations of the labels.
    public var loss: Double
    /// The share of right answers; nil for numbers.
    public var right: Double?
    /// Labels.
    public var n: Int

    /// Makes a side.
    public init(name: String, loss: Double, right: Double?, n: Int) {
        self.name = name
        self.loss = loss
        self.right = right
        self.n = n
    }
}

/// The losses of one side on its latest labels.
struct SideTally {
    /// Labels that count.
    static let labels = 1_000

    private var losses: [Double] = []
    private var rights: [Double] = []
    private var next = 0

    mutating func note(loss: Double, isRight: Bool) {
        if losses.count < Self.labels {
            losses.append(loss)
            rights.append(isRight ? 1 : 0)
        } else {
            losses[next] = loss
            rights[next] = isRight ? 1 : 0
            next = (next + 1) % Self.labels
        }
    }

    /// Nil before any label.
    func side(_ name: String, isProbability: Bool) -> OnlineSide? {
        guard !losses.isEmpty else { return nil }
        let n = Double(losses.count)
        return OnlineSide(
            name: name, loss: losses.reduce(0, +) / n, right: isProbability ? rights.reduce(0, +) / n : nil, n: losses.count)
    }
}

/// Those that could answer, beside each other on the same labels: the learner as it answered, what was made of it last, the champion at rest.
struct LiveWatch {
    let isProbability: Bool
    private(set) var guards: LiveGuards
    private var constant = RunningConstant()
    private var own = SideTally()
    private var champion = SideTally()
    private var latest = SideTally()
    private var championName: String?
    private var latestName: String?

    init(isProbability: Bool, stopped: String?) {
        self.isProbability = isProbability
        guards = LiveGuards(stopped: stopped)
    }

    /// One label, with what each one answers, or would.
    struct Answers {
        var own: Double
        var champion: Double
        var championName: String
        var latest: (answer: Double, name: String)?
    }

    /// Takes a label.
    ///
    /// - Parameter isJudged: whether the guards hear of it; of labels that are learnt once more they have heard.
    mutating func note(_ answers: Answers, target: Double, isJudged: Bool) {
        if championName != answers.championName {
            if championName != nil {
                guards.follow()
                champion = SideTally()
            }
            championName = answers.championName
        }
        let losses = (own: loss(answers.own, target), champion: loss(answers.champion, target))
        let resting = loss(constant.answer(isProbability: isProbability), target)
        constant.note(target)
        own.note(loss: losses.own, isRight: (answers.own >= 0.5) == (target > 0.5))
        champion.note(loss: losses.champion, isRight: (answers.champion >= 0.5) == (target > 0.5))
        if let latest = answers.latest {
            if latestName != latest.name { self.latest = SideTally() }
            latestName = latest.name
            self.latest.note(loss: loss(latest.answer, target), isRight: (latest.answer >= 0.5) == (target > 0.5))
        }
        if isJudged {
            guards.note(own: losses.own, champion: losses.champion, constant: resting, champion: answers.championName)
        }
    }

    private func loss(_ answer: Double, _ target: Double) -> Double {
        isProbability
            ? GuardLoss.probability(answer, target) : GuardLoss.number(answer, target, deviation: constant.deviation)
    }

    /// The sides, the learner first.
    var sides: [OnlineSide] {
        var sides = [own.side("live", isProbability: isProbability)]
        if let latestName, latestName != championName { sides.append(latest.side(latestName, isProbability: isProbability)) }
        if let championName { sides.append(champion.side(championName, isProbability: isProbability)) }
        return sides.compactMap(\.self)
    }
}
