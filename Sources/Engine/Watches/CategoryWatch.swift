import Monitoring
package import Tabular

/// What the fill of a deployment's fullest column asks for.
package enum CategoryWatch {
    /// Share of its room from which a column raises an alert: there is still time to find the client.
    static let raiseShare = 0.8
    /// Share below which the alert is over.
    static let clearShare = 0.7

    /// What it means for the deployment's alerts; nil where it changes nothing.
    ///
    /// Complexity: O(1).
    package static func event(_ deployment: String, _ fill: CategoryFill?, isOpen: Bool, at now: Int64) -> AlertEvent? {
        guard let fill, fill.share >= clearShare else {
            return isOpen ? .over(.categories, because: "its columns have room for new texts again") : nil
        }
        guard fill.share >= raiseShare || isOpen else { return nil }
        let whose = fill.isPinned ? "texts that trainings used" : "texts that only traffic brought"
        let state: String
        if fill.share < 1 {
            state = "has used up \(Int(fill.share * 100)) % of its room for \(whose)"
        } else if fill.isPinned {
            state = "has no room left for \(whose): a version with new ones is refused by its gate"
        } else {
            state = "has no room left for \(whose): new ones count as other"
        }
        let title = "\(deployment): column \(SafeText.escape(fill.feature)) \(state)"
        return .found(Finding(kind: .categories, severity: .warning, title: title, onset: now))
    }
}
