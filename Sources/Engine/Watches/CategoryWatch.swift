package import Tabular

/// What the fill of a deployment's fullest column asks for.
package enum CategoryWatch {
    /// Share of its room from which a column raises an alert: there is still time to find the client.
    static let raiseShare = 0.8
    /// Share below which the alert is over.
    static let clearShare = 0.7

    /// What is to be done.
    package enum Verdict: Equatable {
        case nothing
        case raise(title: String)
        case resolve(reason: String)
    }

    /// Complexity: O(1).
    package static func decide(_ deployment: String, _ fill: CategoryFill?, isOpen: Bool) -> Verdict {
        guard let fill, fill.share >= clearShare else {
            return isOpen ? .resolve(reason: "its columns have room for new texts again") : .nothing
        }
        guard fill.share >= raiseShare || isOpen else { return .nothing }
        let column = "\(deployment): column \(SafeText.escape(fill.feature))"
        let whose = fill.isPinned ? "texts that trainings used" : "texts that only traffic brought"
        guard fill.share >= 1 else {
            return .raise(title: "\(column) has used up \(Int(fill.share * 100)) % of its room for \(whose)")
        }
        return .raise(
            title: fill.isPinned
                ? "\(column) has no room left for \(whose): a version with new ones is refused by its gate"
                : "\(column) has no room left for \(whose): new ones count as other")
    }
}
