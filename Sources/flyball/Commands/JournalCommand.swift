import ArgumentParser
import Engine
import Foundation
import Store
import Tabular

/// The verb `journal` with the verbs below it.
struct JournalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Read, follow, verify or export the journal: who did what, when and why.",
        discussion: """
            With --json one object a line.

            flyball journal --limit 20
            flyball journal flight-delay --follow
            flyball journal export audit.jsonl
            flyball journal verify --checkpoint audit.jsonl
            flyball journal segments
            """, subcommands: [Show.self, Verify.self, Export.self, Segments.self], defaultSubcommand: Show.self)

    /// Prints rows.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the latest rows, oldest first; the default.", aliases: ["list"])
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "Only this deployment's rows.") var name: String?
        @Option(help: ArgumentHelp("Rows at most.", valueName: "n")) var limit = 30
        @Flag(help: "Go on with each new row until interrupted.") var follow = false
        @OptionGroup var json: JSONOption

        /// Time between two looks for new rows.
        private static let interval = Duration.milliseconds(250)

        func validate() throws {
            guard (1...1_000).contains(limit) else { throw ValidationError("--limit is 1 to 1000; `flyball journal export` writes all") }
        }

        func run() async throws {
            try await Session.with(place, .reading) { session in
                let latest = try await session.ask(.journal(before: nil, limit: limit, deployment: name), \.asJournal)
                if latest.isEmpty { Output.remark("no row yet" + (name.map { " of \(SafeText.escape($0))" } ?? "")) }
                for row in latest.reversed() { try print(row) }
                guard follow else { return }
                guard session.isRunning else { throw ControlFailureText.noEngine(place) }
                var last = latest.first?.sequence ?? 0
                while true {
                    let rows = try await session.ask(.journalAfter(sequence: last, limit: 1_000, deployment: name), \.asJournal)
                    for row in rows { try print(row) }
                    last = rows.last?.sequence ?? last
                    if rows.isEmpty { try await Task.sleep(for: Self.interval) }
                }
            }
        }

        private func print(_ row: JournalRow) throws(CommandFailure) {
            if json.isJSON { return try Output.json(JournalDocument(row)) }
            let entry = row.entry
            let place = entry.deployment.map { " \($0)" } ?? ""
            let reason = entry.reason.map { " - \($0)" } ?? ""
            try Output.line(
                SafeText.escape(
                    "\(row.sequence) \(TimeText.rfc3339(entry.time)) \(entry.actor)\(place) \(entry.verb): \(entry.summary)\(reason)"))
        }
    }

    /// Checks the chain.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every row's number, link and hash, and say what that guarantees.",
            discussion: """
                A checkpoint is an earlier export, or the line that an earlier `verify` printed, kept elsewhere: with it a cut-off or rewritten journal shows \
                too. The line is signed (Ed25519) with the workspace's key, whose public half is its fifth word: one that was changed since is refused.

                flyball journal verify > checkpoint.txt
                flyball journal verify --checkpoint checkpoint.txt
                flyball journal verify --checkpoint audit.jsonl
                """)
        @OptionGroup var place: WorkspaceOption
        @Option(
            help: ArgumentHelp("An export, or a printed checkpoint, whose row must still stand.", valueName: "file"), completion: .file())
        var checkpoint: String?
        @OptionGroup var json: JSONOption

        func run() async throws {
            let kept = try checkpoint.map { path throws in try JournalFile.checkpoint(Given.readableFile(path)) }
            try await Session.with(place, .reading) { session in
                let verdict = try await session.ask(.verifyJournal(checkpoint: kept?.checkpoint), \.asVerdict)
                if let former = kept?.signed?.key, let own = verdict.signed?.key, former != own {
                    Output.remark("the checkpoint was signed with the key \(former); this workspace signs with \(own)")
                }
                if json.isJSON {
                    try Output.json(VerdictDocument(verdict))
                } else if verdict.isIntact {
                    try Output.line("intact: \(verdict.rows) rows: \(verdict.guarantee)")
                    if let signed = verdict.signed { try Output.line(signed.text) }
                }
                if let bad = verdict.firstBad {
                    throw CommandFailure("the journal is damaged: row \(bad): \(verdict.problem ?? "it is wrong"): \(verdict.guarantee)")
                }
            }
        }
    }

    /// Lists the files into which older rows were moved.
    struct Segments: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the files into which older rows were moved; they are of one chain with the others.",
            discussion: """
                Nothing of a journal is ever deleted. What [limits] in flyball.toml leaves no room for in the store stands in store/journal, a line of JSON a \
                row: `zcat` reads it, and so do all other verbs of `journal`.

                flyball journal segments
                """)
        @OptionGroup var place: WorkspaceOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            let directory = place.path + "/store"
            guard let segments = try StoreInspection.control(directory: directory, { try $0.journalSegments() }) else {
                throw CommandFailure("no workspace: \(SafeText.escape(place.path)): name another with --workspace")
            }
            if json.isJSON {
                for segment in segments { try Output.json(segment) }
                return
            }
            if segments.isEmpty { Output.remark("none: all rows are in control.db") }
            for segment in segments {
                try Output.line(
                    "\(segment.fileName) rows \(segment.first) to \(segment.last), \(segment.bytes) bytes, since \(TimeText.rfc3339(segment.sealedAt))"
                )
            }
        }
    }

    /// Writes all rows to a file.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write every row to a file, one JSON object a line; its last row is a checkpoint.",
            discussion: """
                Keep the file where nobody who can write the workspace can write it.

                flyball journal export audit.jsonl
                """)
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The file; it must not exist.", completion: .file()) var file: String
        @OptionGroup var json: JSONOption

        func run() async throws {
            try await Session.with(place, .reading) { session in
                let output = try NewFile(file)
                var last: JournalRow?
                var count = 0
                while true {
                    let query = HistoryQuery.journalAfter(sequence: last?.sequence ?? 0, limit: 1_000, deployment: nil)
                    let rows = try await session.ask(query, \.asJournal)
                    if rows.isEmpty { break }
                    for row in rows { try output.write(try JournalDocument(row).line()) }
                    count += rows.count
                    last = rows.last
                }
                try output.finish()
                if json.isJSON {
                    return try Output.json(
                        ExportDocument(rows: count, checkpoint: last.map { .init(sequence: $0.sequence, hash: $0.hash) }))
                }
                try Output.line("\(count) rows" + (last.map { ", checkpoint \($0.sequence) \($0.hash)" } ?? ""))
            }
        }

        private struct ExportDocument: Encodable {
            var rows: Int
            var checkpoint: JournalCheckpoint?
        }
    }
}

/// A journal row as `journal --json` prints it and an export holds it.
struct JournalDocument: Codable {
    var sequence: Int64
    var time: String
    var actor: String
    var uid: UInt32?
    var role: String
    var verb: String
    var deployment: String?
    var summary: String
    var reason: String?
    var details: String
    var hash: String
    var previousHash: String

    init(_ row: JournalRow) {
        sequence = row.sequence
        time = TimeText.rfc3339(row.entry.time)
        actor = row.entry.actor
        uid = row.entry.uid
        role = row.entry.role
        verb = row.entry.verb
        deployment = row.entry.deployment
        summary = row.entry.summary
        reason = row.entry.reason
        details = row.entry.details
        hash = row.hash
        previousHash = row.previousHash
    }

    /// The row as one line of JSON.
    func line() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [0x0A]
    }
}

/// What `journal verify --json` prints.
struct VerdictDocument: Encodable {
    var intact: Bool
    var rows: Int64
    var firstBad: Int64?
    var problem: String?
    var guarantee: String
    var checkpoint: JournalCheckpoint?
    /// The line that `--checkpoint` takes.
    var signed: String?

    init(_ verdict: JournalVerdict) {
        signed = verdict.signed?.text
        intact = verdict.isIntact
        rows = verdict.rows
        firstBad = verdict.firstBad
        problem = verdict.problem
        guarantee = verdict.guarantee
        checkpoint = verdict.checkpoint
    }
}

/// An exported journal, or a checkpoint as it was printed.
enum JournalFile {
    /// What is known of a checkpoint that was kept.
    struct Kept {
        var checkpoint: JournalCheckpoint
        /// With its signature, where it has one.
        var signed: SignedCheckpoint?
    }

    /// What `verify` and `export` print with `--json`.
    private struct Printed: Decodable {
        var checkpoint: JournalCheckpoint?
        var signed: String?
    }

    /// Bytes at the end of a file in which its last row must lie.
    private static let tail = 2 << 20

    /// The checkpoint in a file: an export's last row, or what `verify` or `export` have printed, as text or as JSON.
    static func checkpoint(_ path: String) throws(CommandFailure) -> Kept {
        let name = SafeText.escape(path)
        guard let handle = FileHandle(forReadingAtPath: path), let size = try? handle.seekToEnd() else {
            throw CommandFailure("\(name): it cannot be read: check its permissions")
        }
        try? handle.seek(toOffset: size > UInt64(tail) ? size - UInt64(tail) : 0)
        let bytes = (try? handle.read(upToCount: tail)) ?? Data()
        if let line = bytes.split(separator: 0x0A).last, let row = try? JSONDecoder().decode(JournalCheckpoint.self, from: line) {
            return Kept(checkpoint: row)
        }
        let printed = try? JSONDecoder().decode(Printed.self, from: bytes)
        let text = printed?.signed ?? bytes.split(separator: 0x0A).last.map { String(decoding: $0, as: UTF8.self) } ?? ""
        if let signed = SignedCheckpoint(text) {
            guard signed.isGenuine else {
                throw CommandFailure("\(name): the checkpoint is not as it was signed: somebody has changed it: use another copy")
            }
            return Kept(checkpoint: signed.checkpoint, signed: signed)
        }
        if let checkpoint = printed?.checkpoint ?? unsigned(text) { return Kept(checkpoint: checkpoint) }
        throw CommandFailure(
            "\(name): its last line is no journal row and no checkpoint: give a file that `flyball journal export` wrote, or what `verify` printed"
        )
    }

    /// `12 rows, checkpoint 12 HASH`, as `export` prints.
    private static func unsigned(_ text: String) -> JournalCheckpoint? {
        let words = text.split(separator: " ")
        guard let start = words.firstIndex(of: "checkpoint"), words.count == start + 3, let sequence = Int64(words[start + 1]) else {
            return nil
        }
        return JournalCheckpoint(sequence: sequence, hash: String(words[start + 2]))
    }
}

/// What the commands say where the socket has no words of its own.
enum ControlFailureText {
    /// Following needs an engine that runs.
    static func noEngine(_ place: WorkspaceOption) -> CommandFailure {
        CommandFailure("nothing to follow: \(SafeText.escape(place.path)): no engine runs; start one with `flyball` or `flyball serve`")
    }
}
