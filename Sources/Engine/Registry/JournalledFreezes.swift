import Store

/// The freezes that stand by what the journal says.
struct JournalledFreezes {
    /// What is frozen where; nil: everywhere.
    struct Place: Hashable {
        var deployment: String?
        var scope: FreezeScope
    }

    /// A freeze as its row tells of it.
    struct Standing: Equatable {
        var row: Int64
        var by: String
        var since: Int64
    }

    private(set) var standing: [Place: Standing] = [:]
    /// Whether a row was met whose words say nothing of what it froze: then nothing can be told from what is missing.
    private(set) var isUnsure = false

    /// Takes the next row of the journal.
    mutating func follow(_ row: JournalRow) {
        let entry = row.entry
        switch entry.known {
        case .freeze:
            guard let scope = Self.scopes(entry, after: "froze ").first else { return isUnsure = true }
            standing[Place(deployment: entry.deployment, scope: scope)] = Standing(row: row.sequence, by: entry.actor, since: entry.time)
        case .unfreeze:
            let scopes = Self.scopes(entry, after: "unfroze ")
            if scopes.isEmpty { isUnsure = true }
            for scope in scopes { standing[Place(deployment: entry.deployment, scope: scope)] = nil }
        case .remove: standing = standing.filter { $0.key.deployment != entry.deployment || entry.deployment == nil }
        default: break
        }
    }

    /// What a row froze or lifted: by its details, or where an earlier release wrote it by its sentence, `froze learning of flights`.
    private static func scopes(_ entry: JournalEntry, after verb: String) -> [FreezeScope] {
        if let details = try? decodeJSON([String: String].self, entry.details), let text = details[scopeKey] {
            return text.split(separator: " ").compactMap { FreezeScope(rawValue: String($0)) }
        }
        guard entry.summary.hasPrefix(verb) else { return [] }
        let words = entry.summary.dropFirst(verb.count).split(separator: " of ", maxSplits: 1).first ?? ""
        return words.split(separator: ", ").compactMap { word in FreezeScope.allCases.first { $0.words == word } }
    }

    /// Under which a row's details name what it froze or lifted, by blanks.
    static let scopeKey = "scope"

    /// Where the stored freezes are others than these.
    func differences(_ stored: [Freeze], unreadable: Bool) -> [DamagedRecord] {
        let found = Set(stored.map { Place(deployment: $0.deployment, scope: $0.scope) })
        func record(_ place: Place, _ reason: String) -> DamagedRecord {
            DamagedRecord(
                file: "control.db", table: "freeze", key: "\(place.scope.words) of \(place.deployment ?? "all deployments")",
                deployment: place.deployment, reason: "\(reason): somebody changed it behind the engine's back")
        }
        var differences: [DamagedRecord] = []
        for place in found.sorted(by: Self.inOrder) where standing[place] == nil && !isUnsure {
            differences.append(record(place, "it stands, but no row of the journal has frozen it"))
        }
        // One that cannot be read may be it.
        for (place, freeze) in standing.sorted(by: { $0.value.row < $1.value.row }) where !found.contains(place) && !unreadable && !isUnsure
        {
            differences.append(record(place, "row \(freeze.row) of the journal has frozen it, but it does not stand"))
        }
        return differences
    }

    private static func inOrder(_ a: Place, _ b: Place) -> Bool {
        (a.deployment ?? "", a.scope.rawValue) < (b.deployment ?? "", b.scope.rawValue)
    }
}
