import GRDB

/// The texts of all policies, as they are stored.
///
/// They are read together since one that is missing says something only when all others are sound: a row whose key has changed is found under
/// no name, and its deployment would seem to have no policy.
public struct StoredPolicies: Sendable {
    private var texts: [String: String] = [:]
    /// The names under which those stand that do not add up.
    public private(set) var damaged: Set<String> = []

    init(_ rows: [Row]) {
        for row in rows {
            do throws(StoreFailure) {
                try row.checkIntact()
                texts[try row.text("deployment")] = try row.text("text")
            } catch { damaged.insert((try? row.text("deployment")) ?? "(no name)") }
        }
    }

    /// A deployment's text; `nil` where it has none.
    ///
    /// Throws `corrupt` for one that does not add up, and for one that is missing while any other does not: that may be it.
    public func text(of deployment: String) throws(StoreFailure) -> String? {
        if let text = texts[deployment] { return text }
        guard !damaged.contains(deployment) else { throw .corrupt(CheckedTable.mismatch) }
        guard let one = damaged.min() else { return nil }
        throw .corrupt("there is none, but one that stands under the name \(one) is damaged and may be it")
    }
}

extension ControlReader {
    /// Complexity: reads the table of policies.
    public func policies() throws -> StoredPolicies {
        StoredPolicies(try Row.fetchAll(database, sql: CheckedTable.policy.select(database)))
    }
}

extension ControlTransaction {
    /// Sets a deployment's policy text.
    ///
    /// A damaged one that stands under no deployment's name goes: it can be nobody's any more, and while it is there no deployment is believed to
    /// have none.
    public func setPolicy(_ deployment: String, _ text: String) throws {
        let intact = try CheckedTable.policy.intact(database)
        try database.execute(sql: "DELETE FROM policy WHERE NOT (\(intact)) AND deployment NOT IN (SELECT name FROM deployment)")
        try database.execute(
            // Whole, so that one which cannot be read gives way to what a person says.
            sql: "INSERT OR REPLACE INTO policy (deployment, text) VALUES (?, ?)",
            arguments: [deployment, text.storable])
    }
}
