import Learning
import Monitoring
import Tabular

/// What requests of a paused deployment get.
///
/// Written as a word: `503`, `constant`, `constant=VALUE`, `last-known-good`.
public enum Fallback: Sendable, Hashable, RawRepresentable, Codable {
    /// 503 with Retry-After.
    case unavailable
    /// The same scores for every row: of a class or a number that somebody names; nil: what was right on average of what the champion learnt from.
    case constant(String?)
    /// The answers of the version that a roll back would return to when it was paused.
    case lastKnownGood

    /// Reads a word; nil for one that is none.
    public init?(rawValue: String) {
        switch rawValue {
        case "503": self = .unavailable
        case "constant": self = .constant(nil)
        case "last-known-good": self = .lastKnownGood
        default:
            guard rawValue.hasPrefix(Self.valuePrefix), rawValue.utf8.count > Self.valuePrefix.utf8.count else { return nil }
            self = .constant(String(rawValue.dropFirst(Self.valuePrefix.count)))
        }
    }

    /// The word.
    public var rawValue: String {
        switch self {
        case .unavailable: "503"
        case .constant(nil): "constant"
        case .constant(let value?): Self.valuePrefix + value
        case .lastKnownGood: "last-known-good"
        }
    }

    private static let valuePrefix = "constant="
    /// The words that there are, for help and refusals.
    public static let words = "503, constant, constant=VALUE or last-known-good"

    /// As answers name it, without what was named: `constant`, `last-known-good`.
    public var kind: String {
        switch self {
        case .unavailable: "503"
        case .constant: "constant"
        case .lastKnownGood: "last-known-good"
        }
    }
}

extension KeyedDecodingContainer {
    /// A pause that another release asks for says nothing of a fallback: then it is 503.
    ///
    /// Found by what the compiler writes for `Action`.
    func decode(_ type: Fallback.Type, forKey key: Key) throws -> Fallback { try decodeIfPresent(type, forKey: key) ?? .unavailable }
}

/// What a paused deployment answers with: a fallback with all that event loops need of it, fixed when it was paused.
///
/// Stored with the deployment. None stands for 503, which is also what a pause of an earlier release is.
public struct PausedAnswer: Codable, Sendable, Equatable {
    /// What was asked for.
    public var fallback: Fallback
    /// The scores of every row; nil where a version answers.
    public var scores: [Double]?
    /// The version that answers; nil where none does.
    public var version: UInt32?

    /// Makes an answer.
    public init(_ fallback: Fallback, scores: [Double]? = nil, version: UInt32? = nil) {
        self.fallback = fallback
        self.scores = scores
        self.version = version
    }

    /// The number under which constants are logged and answered: no version has it.
    public static let noVersion: UInt32 = 0

    /// What requests get, in a few words: `the constant yes`, `answers of v3`.
    public var words: String {
        if let version { return "answers of v\(version)" }
        if case .constant(let value?) = fallback { return "the constant \(SafeText.escape(value))" }
        return "the constant \((scores ?? []).map(Figures.short).joined(separator: ", ")), which was learnt"
    }

    /// The same of what may be 503.
    public static func words(_ answer: PausedAnswer?) -> String { answer?.words ?? "503 with Retry-After" }
}

extension RollOutRules {
    /// What a fallback comes to in a deployment, or why it cannot answer there; nil: 503.
    static func answer(_ fallback: Fallback, of deployment: RollOutFacts) throws(ActionFailure) -> PausedAnswer? {
        switch fallback {
        case .unavailable: return nil
        case .lastKnownGood:
            guard let good = deployment.lastKnownGood, good != deployment.champion else {
                throw .refused(
                    what: "\(deployment.name) has no earlier version that served and was not withdrawn",
                    advice: "pause it with 503 or a constant")
            }
            return PausedAnswer(fallback, version: good)
        case .constant(nil):
            guard let learnt = deployment.prior, !learnt.isEmpty, learnt.allSatisfy(\.isFinite) else {
                throw .refused(
                    what: "no constant is known of \(deployment.name): an earlier release trained its champion",
                    advice: "name one: constant=VALUE")
            }
            return PausedAnswer(fallback, scores: learnt)
        case .constant(let value?):
            guard let target = deployment.target else {
                throw .refused(what: "\(deployment.name) has no data yet", advice: "pause it with 503")
            }
            return PausedAnswer(fallback, scores: try scores(value, target))
        }
    }

    /// The scores that say a class, a probability of the positive one of two, or a number.
    private static func scores(_ text: String, _ target: Target) throws(ActionFailure) -> [Double] {
        let place = target.classes.firstIndex(of: text)
        switch target.task {
        case .regression: if let value = Double(text), value.isFinite { return [value] }
        case .binary:
            if let place { return [place == 1 ? 1 : 0] }
            if let value = Double(text), (0...1).contains(value) { return [value] }
        case .multiclass: if let place { return target.classes.indices.map { $0 == place ? 1 : 0 } }
        }
        let nearest = Names.nearest(to: text, in: target.classes).map { ": nearest: \($0)" } ?? ""
        let wanted =
            switch target.task {
            case .regression: "name a number"
            case .binary: "name a class (\(target.classes.joined(separator: " or "))) or the probability of \(target.classes.last ?? "")"
            case .multiclass: "name a class"
            }
        throw .invalid(what: "constant \(SafeText.escape(text))\(nearest)", advice: SafeText.escape(wanted))
    }

    /// A pause with a fallback.
    static func pause(_ deployment: RollOutFacts, _ fallback: Fallback) -> ActionFailure? {
        do throws(ActionFailure) { return pause(deployment, try answer(fallback, of: deployment)) } catch {
            // What keeps any pause from coming about is said first.
            return deployment.state == .paused ? error : pause(deployment, Optional<PausedAnswer>.none) ?? error
        }
    }

    /// A pause that answers so; one that is paused may be given another answer.
    static func pause(_ deployment: RollOutFacts, _ answer: PausedAnswer?) -> ActionFailure? {
        switch deployment.state {
        case .live: return nil
        case .paused:
            guard deployment.pausedAnswer == answer else { return nil }
            let what = answer.map { "\(deployment.name) is paused, and requests get \($0.words)" } ?? "\(deployment.name) is paused"
            return .refused(what: what, advice: "nothing to do")
        case .empty, .failed: return .refused(what: "\(deployment.name) is \(deployment.state.rawValue)", advice: "it answers nothing yet")
        }
    }
}

extension RollOut {
    /// Under which a journal row keeps what requests get from then on, and the word of what they got before.
    static let answerKey = "answer"
    static let fallbackKey = "fallback"
    static let formerFallbackKey = "was"

    static func pause(_ answer: PausedAnswer?, _ state: RollOutState) -> RollOutStep {
        var next = state
        next.state = .paused
        next.pausedAnswer = answer
        let isPaused = state.state == .paused
        let summary = "\(isPaused ? "goes on pausing" : "paused") \(state.deployment): requests get \(answer?.words ?? "503")"
        var step = RollOutStep(next: next, summary: summary, loading: answer?.version, effects: [.route])
        step.details[fallbackKey] = (answer?.fallback ?? .unavailable).rawValue
        // What has no JSON could not have been stored either.
        if let answer { step.details[answerKey] = try? encodeJSON(answer) }
        if isPaused { step.details[formerFallbackKey] = (state.pausedAnswer?.fallback ?? .unavailable).rawValue }
        return step
    }

    static func resume(_ state: RollOutState) -> RollOutStep {
        var next = state
        next.state = .live
        next.pausedAnswer = nil
        return RollOutStep(
            next: next, summary: "resumed \(state.deployment)",
            details: [formerFallbackKey: (state.pausedAnswer?.fallback ?? .unavailable).rawValue], effects: [.route])
    }
}
