import Foundation
public import Store

extension Action {
    /// The action that takes back a change that the journal tells; nil where no single action does, or not any more.
    ///
    /// - Parameters:
    ///   - frozen: scopes of the freezes in force at the change's deployment (or everywhere, for one without), oldest first.
    ///   - champion: the version that answers there now.
    public static func takingBack(_ entry: JournalEntry, frozen: [FreezeScope], champion: UInt32?) -> Action? {
        guard let name = entry.deployment else {
            return entry.verb == "freeze" ? frozen.last.map { .unfreeze(deployment: nil, scope: $0) } : nil
        }
        switch entry.verb {
        case "pause": return .resume(deployment: name)
        case "resume": return .pause(deployment: name)
        case "promote": return .rollback(deployment: name, to: nil)
        case "rollback":
            // Only while what it returned to still answers: a later change has made another world of it.
            guard let details = try? JSONDecoder().decode([String: String].self, from: Data(entry.details.utf8)),
                let target = details["version"], let withdrawn = details["withdrawn"].flatMap({ UInt32($0.dropFirst()) }),
                champion.map({ "v\($0)" }) == target
            else { return nil }
            return .promote(deployment: name, version: withdrawn)
        case "freeze": return frozen.last.map { .unfreeze(deployment: name, scope: $0) }
        default: return nil
        }
    }
}
