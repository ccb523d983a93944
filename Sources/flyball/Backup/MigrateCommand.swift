import ArgumentParser
import Engine
import Foundation
import Store
import Tabular

/// The verb `migrate`.
struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the stores of a workspace to this flyball's format, or say what that would do.",
        discussion: """
            The first start of a newer flyball does the same by itself: where [backup] names a target it makes a backup there, it sets copies of the stores aside, and then \
            takes the missing steps, each store's in one transaction. Stores of a newer flyball are refused with both numbers, exit status 1, and so is what has no room.

            flyball migrate --check
            flyball --workspace /var/lib/flyball migrate
            """)

    @OptionGroup var place: WorkspaceOption
    @Flag(help: "Change nothing: say what would be done, and whether it can be.") var check = false
    @OptionGroup var json: JSONOption

    func run() async throws {
        let store = place.path + "/store"
        guard FileManager.default.fileExists(atPath: store) else {
            throw CommandFailure("no workspace: \(SafeText.escape(place.path)): name another with --workspace")
        }
        let plan = try WorkspaceFormat.plan(directory: store)
        let target = try Workspace.configuration(at: place.path).backup?.target
        let document = Document(plan, backup: target)
        if check {
            if json.isJSON { try Output.json(document) } else { try Output.lines(document.lines) }
            if let lack = plan.lack { throw CommandFailure(lack) }
            return
        }
        if let lack = plan.lack { throw CommandFailure(lack) }
        guard plan.isBehind else {
            if json.isJSON { return try Output.json(document) }
            return try Output.line("nothing to do: \(document.lines[0])")
        }
        // Whatever opens the workspace brings it up to date first.
        try await Session.with(place, .changing) { session in
            let rows = try await session.ask(.journal(before: nil, limit: 20, deployment: nil), \.asJournal)
            if json.isJSON { return try Output.json(Document(try WorkspaceFormat.plan(directory: store), backup: target)) }
            for row in rows.reversed() where [JournalVerb.migrate, .backedUp, .backupFailed].contains(row.entry.known) {
                try Output.line(SafeText.escape(row.entry.summary))
            }
        }
    }

    private struct Document: Encodable {
        var format: Int?
        var known: Int
        var upToDate: Bool
        /// Steps that are missing, by store.
        var missing: [String: [String]]
        var copies: [String]
        var notCopied: [String]
        var neededBytes: Int64
        var freeBytes: Int64
        var backup: String?

        init(_ plan: WorkspaceFormat.Plan, backup target: String?) {
            format = plan.standing.format
            known = WorkspaceFormat.current
            upToDate = !plan.isBehind
            missing = Dictionary(plan.standing.stores.filter { !$0.missing.isEmpty }.map { ($0.store, $0.missing) }) { first, _ in first }
            copies = plan.isBehind ? plan.copied : []
            notCopied = plan.isBehind ? plan.notCopied : []
            neededBytes = plan.isBehind ? plan.neededBytes : 0
            freeBytes = plan.freeBytes
            backup = target
        }

        var lines: [String] {
            guard let format else { return ["no stores yet: this flyball will write format \(known)"] }
            guard !upToDate else { return ["format \(format), which is what this flyball writes"] }
            let steps = missing.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.joined(separator: "; "))" }.joined(separator: "; ")
            let left = notCopied.isEmpty ? "" : "; \(notCopied.joined(separator: ", ")) is too large to be copied"
            return [
                "format \(format), this flyball writes \(known)", "steps to be taken: \(SafeText.escape(steps))",
                "copies set aside first: \(copies.joined(separator: ", ")): \(neededBytes) bytes, \(freeBytes) are free\(left)",
                backup.map { "a backup first: into \(SafeText.escape($0))" } ?? "no backup first: [backup] in flyball.toml names no target",
            ]
        }
    }
}
