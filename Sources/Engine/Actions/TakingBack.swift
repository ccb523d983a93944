import Foundation
public import Store

extension Action {
    /// The action that takes back a change that the journal tells; nil where no single action does, or not any more.
    ///
    /// - Parameters:
    ///   - frozen: scopes of the freezes in force at the change's deployment (or everywhere, for one without), oldest first.
    ///   - champion: the version that answers there now.
    public static func takingBack(_ entry: JournalEntry, frozen: [FreezeScope], champion: UInt32?) -> Action? {
        guard let verb = JournalVerb(rawValue: entry.verb) else { return nil }
        guard let name = entry.deployment else {
            return verb == .freeze ? frozen.last.map { .unfreeze(deployment: nil, scope: $0) } : nil
        }
        switch verb {
        case .pause: return fallback(entry).map { .pause(deployment: name, fallback: $0) } ?? .resume(deployment: name)
        case .resume: return .pause(deployment: name, fallback: fallback(entry) ?? .unavailable)
        case .freeze: return frozen.last.map { .unfreeze(deployment: name, scope: $0) }
        case .promote, .rollback:
            // Only while what it made answer still does: a later change, of a policy or of somebody else, has made another world of it.
            guard let details = try? JSONDecoder().decode([String: String].self, from: Data(entry.details.utf8)), let champion,
                details["version"] == "v\(champion)"
            else { return nil }
            if verb == .promote { return .rollback(deployment: name, to: nil) }
            return details["withdrawn"].flatMap(VersionSummary.number(named:)).map { .promote(deployment: name, version: $0) }
        case .canary, .ab, .shadow, .share, .abort: return challenger(entry, verb, of: name)
        default: return nil
        }
    }

    /// What requests of a paused deployment got before; nil where it was not paused.
    private static func fallback(_ entry: JournalEntry) -> Fallback? {
        (try? decodeJSON([String: String].self, entry.details))?[RollOut.formerFallbackKey].flatMap(Fallback.init(rawValue:))
    }

    /// Gives a challenger what it had before, or takes it out where it had nothing.
    private static func challenger(_ entry: JournalEntry, _ verb: JournalVerb, of name: String) -> Action? {
        guard let details = try? decodeJSON([String: String].self, entry.details),
            let version = details["version"].flatMap(VersionSummary.number(named:))
        else { return nil }
        if let was = details["was"].flatMap({ try? decodeJSON(ArmPlan.self, $0) }) {
            return .challenge(deployment: name, version: version, plan: was)
        }
        return verb == .share || verb == .abort ? nil : .abort(deployment: name, version: version)
    }
}
