import ArgumentParser
import Engine
import Foundation
import Store
import Tabular

/// The verb `backup` with the verbs below it.
struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Back the workspace up while it serves, list backups, or try one by restoring it.",
        discussion: """
            The directory keeps each piece of the stores and of imported data once, by its hash: a backup writes what it lacks. All three stores are as they \
            were at one moment. One that is stopped or killed leaves those before it as they were. Without DIR it goes where [backup] in flyball.toml says.

            flyball backup /mnt/backup/prod
            flyball backup list /mnt/backup/prod
            flyball backup verify /mnt/backup/prod
            flyball restore /mnt/backup/prod --into /var/lib/flyball/again
            """, subcommands: [Make.self, List.self, Verify.self], defaultSubcommand: Make.self)

    /// Makes one.
    struct Make: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a backup; the default.",
            discussion: """
                Exit status 1 when it was not made, or when something in the workspace was damaged already: such a backup is kept, is never taken by itself, and \
                replaces no good one.

                flyball backup /mnt/backup/prod --rate 8MiB
                """)
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The directory; it is made, or holds backups already.", completion: .directory) var directory: String?
        @Option(
            help: ArgumentHelp(
                "Bytes a second at most, such as 8MiB; 0: as fast as can be. Default: as [backup] says, else 32MiB.", valueName: "size"))
        var rate: SizeArgument?
        @Flag(help: "Read what the directory has already, and write anew what is damaged.") var recheck = false
        @OptionGroup var why: ReasonOption
        @OptionGroup var json: JSONOption

        private static let interval = Duration.milliseconds(100)

        func run() async throws {
            let target = try directory.map { path throws(CommandFailure) in try Given.directory(path) }
            let order = BackupOrder(target: target, bytesPerSecond: rate?.bytes, rechecks: recheck)
            try await Session.with(place, .changing) { session in
                let receipt = try await session.perform(.backup(order), reason: why.reason)
                let outcome = try await end(of: receipt, session)
                if let made = outcome.made {
                    if json.isJSON {
                        try Output.json(Document(made, flaw: outcome.failure))
                    } else {
                        try Output.line(
                            SafeText.escape(
                                "backup \(made.number) of \(made.directory): \(FigureTexts.bytes(made.bytes)), "
                                    + "\(FigureTexts.bytes(made.added)) of them new, the journal up to row \(made.journal)"))
                    }
                }
                if let failure = outcome.failure { throw CommandFailure(SafeText.escape(failure)) }
            }
        }

        /// Waits for the run that the receipt tells of.
        private func end(of receipt: Receipt, _ session: Session) async throws -> BackupStatus.Outcome {
            var progress: ProgressLine? = json.isJSON ? nil : ProgressLine()
            defer { progress?.end() }
            while true {
                let status = try await session.ask(.backups, \.asBackups)
                if let outcome = status.outcome, outcome.startedAt >= receipt.at { return outcome }
                if let run = status.running, !run.isDrill {
                    progress?.show(
                        "copying: \(FigureTexts.bytes(run.done))", fraction: run.total > 0 ? Double(run.done) / Double(run.total) : 0)
                }
                try await Task.sleep(for: Self.interval)
            }
        }

        private struct Document: Encodable {
            var backup: Int
            var directory: String
            var madeAt: String
            var bytes: Int64
            var addedBytes: Int64
            var journal: Int64
            var good: Bool
            var damaged: String?

            init(_ made: BackupStatus.Made, flaw: String?) {
                backup = made.number
                directory = made.directory
                madeAt = TimeText.rfc3339(made.at)
                bytes = made.bytes
                addedBytes = made.added
                journal = made.journal
                good = flaw == nil
                damaged = flaw
            }
        }
    }

    /// Lists them.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the backups of a directory, oldest first.",
            discussion: """
                flyball backup list /mnt/backup/prod --json
                """)
        @Argument(help: "The directory of the backups.", completion: .directory) var directory: String
        @OptionGroup var json: JSONOption

        func run() async throws {
            let path = try Given.directory(directory)
            let target = try BackupTarget.open(reading: path)
            var documents: [Document] = []
            for number in try target.numbers() {
                do throws(BackupFailure) { documents.append(Document(try target.manifest(number))) } catch {
                    documents.append(Document(number, "\(error)"))
                }
            }
            if json.isJSON { return try Output.json(documents) }
            guard !documents.isEmpty else { return try Output.line("no backup yet in \(SafeText.escape(path))") }
            var table = TextTable(
                ["BACKUP", "MADE", "WORKSPACE", "SIZE", "JOURNAL", "DEPLOYMENTS", "LABELS", "STATE"], rightAligned: [0, 3, 4, 5, 6])
            for one in documents {
                table.add([
                    "\(one.backup)", one.madeAt ?? "-", one.workspace ?? "-", one.bytes.map { FigureTexts.bytes($0) } ?? "-",
                    one.journal.map { "\($0)" } ?? "-", one.deployments.map { "\($0)" } ?? "-", one.labels.map { "\($0)" } ?? "-",
                    one.good ? "good" : one.reason ?? "damaged",
                ])
            }
            try table.print()
        }

        private struct Document: Encodable {
            var backup: Int
            var madeAt: String?
            var workspace: String?
            var version: String?
            var bytes: Int64?
            var journal: Int64?
            var deployments: Int64?
            var labels: Int64?
            var good: Bool
            var reason: String?

            init(_ manifest: BackupManifest) {
                backup = manifest.number
                madeAt = TimeText.rfc3339(manifest.madeAt)
                workspace = manifest.workspace
                version = manifest.version
                bytes = manifest.bytes
                journal = manifest.marks.journal?.sequence ?? 0
                deployments = manifest.counts.deployments
                labels = manifest.counts.labels
                good = manifest.isGood
                reason = manifest.flaws.first
            }

            init(_ number: Int, _ failure: String) {
                backup = number
                good = false
                reason = failure
            }
        }
    }

    /// Tries one.
    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try a backup: restore it aside, read every row, and have its champions answer.",
            discussion: """
                Puts the backup together in a scratch directory, which is removed again, and compares every byte with its hash; has SQLite check the stores; walks \
                the journal's chain; compares the registry with the journal; starts an engine on it for itself, and has each champion answer the rows that its \
                training stored with their answers. Exit status 1 when anything is not as it was. It needs as much room as the workspace has bytes.

                flyball backup verify /mnt/backup/prod
                flyball backup verify /mnt/backup/prod --backup 17 --scratch /var/tmp
                """)
        @Argument(help: "The directory of the backups.", completion: .directory) var directory: String
        @Option(help: ArgumentHelp("Its number; the newest good one when left out.", valueName: "n")) var backup: Int?
        @Option(
            help: ArgumentHelp("Where to restore it for the trial; in the directory of the backups when left out.", valueName: "dir"),
            completion: .directory)
        var scratch: String?
        @OptionGroup var json: JSONOption

        func run() async throws {
            let path = try Given.directory(directory)
            EngineLog.useFile("/dev/null")
            let report = try await RestoreDrill.run(
                directory: path, number: backup, scratch: try scratch.map { path throws(CommandFailure) in try Given.directory(path) },
                productVersion: Product.version)
            if json.isJSON {
                try Output.json(DrillDocument(report))
            } else if report.failure == nil {
                let champions = report.champions.map {
                    "\($0.deployment) \($0.version) answers \($0.goldenRows) golden rows as when it was trained"
                }
                try Output.lines(
                    [
                        "backup \(report.number) restores: \(FigureTexts.bytes(report.bytes)), \(report.rows) rows read, journal intact up to row \(report.journal)"
                    ]
                        + champions.map { SafeText.escape($0) })
            }
            if let failure = report.failure {
                throw CommandFailure("backup \(report.number) does not restore: \(SafeText.escape(failure))")
            }
        }
    }
}

/// What `backup verify --json` prints, and what an engine reads that has a backup tried.
struct DrillDocument: Codable {
    var backup: Int
    var directory: String
    var madeAt: String
    var bytes: Int64
    var rows: Int
    var journal: Int64
    var champions: [DrillReport.Champion]
    var restores: Bool
    var failure: String?

    init(_ report: DrillReport) {
        backup = report.number
        directory = report.directory
        madeAt = TimeText.rfc3339(report.madeAt)
        bytes = report.bytes
        rows = report.rows
        journal = report.journal
        champions = report.champions
        restores = report.failure == nil
        failure = report.failure
    }
}
