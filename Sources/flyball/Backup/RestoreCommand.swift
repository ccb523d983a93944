import ArgumentParser
import Control
import Engine
import Foundation
import Store
import Tabular

/// The verb `restore`.
struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Make a workspace of a backup.",
        discussion: """
            The workspace must not be there, or be empty: nothing is restored over what is there. It appears when everything is whole and as the backup says, or \
            not at all. Prediction ids of the engine's starts since the backup are passed over, so that none is given twice. The journal tells of the restoring.

            flyball restore /mnt/backup/prod --into /var/lib/flyball/prod
            flyball restore /mnt/backup/prod --backup 17 --into /tmp/looked-at
            flyball restore /mnt/backup/prod --until 412 --into /var/lib/flyball/before
            flyball restore /mnt/backup/prod --until 2026-03-01T02:14:00Z --into /var/lib/flyball/before
            """)

    @Argument(help: "The directory of the backups.", completion: .directory) var directory: String
    @Option(help: ArgumentHelp("The workspace that is to be.", valueName: "dir"), completion: .directory) var into: String
    @Option(help: ArgumentHelp("The backup's number; the newest good one when left out.", valueName: "n")) var backup: Int?
    @Option(
        help: ArgumentHelp(
            "Return it to what held after this row of the journal, or at this time: promotions, policies, pauses, freezes and labels.",
            valueName: "row|time"))
    var until: String?
    @OptionGroup var json: JSONOption

    func run() async throws {
        let (source, workspace) = (try Given.directory(directory), try Given.directory(into))
        let order = RestoreOrder(
            directory: source, number: backup, workspace: workspace, until: try point(), who: .current(),
            time: EngineClock.system.milliseconds())
        let report = try await onThread("flyball.restore") {
            Result { () throws(BackupFailure) in try WorkspaceRestore.run(order) }
        }.get()
        for line in report.passedOver { Output.remark(SafeText.escape(line)) }
        for line in report.returned?.notBroughtBack ?? [] { Output.remark(SafeText.escape("not brought back: \(line)")) }
        if json.isJSON { return try Output.json(Document(report)) }
        try Output.line(
            SafeText.escape(
                "restored backup \(report.number), made at \(TimeText.rfc3339(report.madeAt)), as \(report.workspace): \(report.files) files, "
                    + "\(FigureTexts.bytes(report.bytes)), the journal up to row \(report.journal)"))
        guard let returned = report.returned else { return }
        let gone =
            "undone: \(returned.undoneRows) rows of the journal, \(returned.labelsRemoved) labels, \(returned.labelsUncorrected) corrections, "
            + "\(returned.versionsRemoved.count) versions, \(returned.deploymentsRemoved.count) deployments, \(returned.jobsCancelled) waiting jobs"
        try Output.lines([
            "returned to row \(returned.row) of the journal, \(TimeText.rfc3339(returned.time))", gone,
            SafeText.escape("what was undone is in \(report.workspace)/\(returned.aside)"),
        ])
    }

    /// The row or the time that was asked for.
    private func point() throws -> RestorePoint? {
        guard let until else { return nil }
        if let row = Int64(until) {
            guard row > 0 else { throw CommandFailure.usage("not a row: --until \(row): rows of the journal begin with 1") }
            return .row(row)
        }
        return try Given.time(until, zone: "UTC", option: "--until").map { .time($0) }
    }

    private struct Document: Encodable {
        var backup: Int
        var madeAt: String
        var workspace: String
        var files: Int
        var bytes: Int64
        var journal: Int64
        var passedOver: [String]
        var returned: ReturnReport?

        init(_ report: RestoreReport) {
            backup = report.number
            madeAt = TimeText.rfc3339(report.madeAt)
            workspace = report.workspace
            files = report.files
            bytes = report.bytes
            journal = report.journal
            passedOver = report.passedOver
            returned = report.returned
        }
    }
}
