import GRDB

/// The numbered, forward-only steps that bring a store's file to the newest format; those that are missing run in one transaction.
///
/// The names of the steps that were taken stand in the table `grdb_migrations`, where the first releases wrote them too.
struct StoreMigrator: Sendable {
    private struct Step: Sendable {
        var name: String
        var body: @Sendable (Database) throws -> Void
    }

    private var steps: [Step] = []

    /// Appends a step; its name never changes once it was released.
    mutating func registerMigration(_ name: String, _ body: @escaping @Sendable (Database) throws -> Void) {
        steps.append(Step(name: name, body: body))
    }

    /// All steps, in order.
    var names: [String] { steps.map(\.name) }

    /// The steps that a file has taken; none for a new file.
    static func taken(_ database: Database) throws -> [String] {
        guard try database.tableExists("grdb_migrations") else { return [] }
        return try Row.fetchAll(database, sql: "SELECT identifier FROM grdb_migrations ORDER BY rowid").map { try $0.text(at: 0) }
    }

    /// The steps that a file has yet to take.
    func missing(_ database: Database) throws -> [String] {
        let taken = Set(try Self.taken(database))
        return names.filter { !taken.contains($0) }
    }

    /// Throws for a file that has taken steps which this release does not know.
    func check(_ database: Database, store: String) throws {
        let taken = try Self.taken(database)
        guard Set(taken).isSubset(of: names) else {
            // A newer release has taken every step that this one knows.
            guard Set(taken).isSuperset(of: names) else { throw StoreFailure.corrupt("\(store) store: it names steps that no release has") }
            throw StoreFailure.newerFormat(store: store, found: max(taken.count, names.count + 1), known: names.count)
        }
    }

    /// Takes the missing steps, within the caller's transaction.
    func migrate(_ database: Database) throws {
        try database.execute(sql: "CREATE TABLE IF NOT EXISTS grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
        let missing = Set(try missing(database))
        for step in steps where missing.contains(step.name) {
            try step.body(database)
            try database.execute(sql: "INSERT INTO grdb_migrations VALUES (?)", arguments: [step.name])
        }
    }
}
