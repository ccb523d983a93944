import ArgumentParser
import Dispatch
import Engine
import Foundation
import Learning
import Store
import Tabular

/// The verb `card`.
struct CardCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "card", abstract: "Print a version's model card: data, quality, calibration, importance, limits, lineage.",
        discussion: """
            flyball card flight-delay v2 > card.md
            flyball card flight-delay v2 --html --output card.html
            """)

    /// Journal rows that are looked through for the version's own.
    private static let journalRows = 1_000

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version.") var version: VersionArgument
    @Flag(help: "HTML instead of Markdown.") var html = false
    @Option(
        help: ArgumentHelp("Where it goes; it must not exist. Standard output when left out.", valueName: "file"), completion: .file())
    var output: String?

    func run() async throws {
        let (card, artefact) = try await Session.with(place, .reading) { session in try await gather(session) }
        let directory = place.path + "/data"
        let complete = try await onQueue(DispatchQueue(label: "flyball.card")) {
            Result { () throws(LearningFailure) in try Self.withImportance(card, artefact, directory) }
        }.get()
        let text = html ? complete.text().html : complete.text().markdown
        guard let output else { return try Output.write(text.utf8, to: STDOUT_FILENO) }
        let file = try NewFile(output)
        try file.write(Array(text.utf8))
        try file.finish()
        Output.remark("written: \(SafeText.escape(output))")
    }

    private func gather(_ session: Session) async throws -> (card: ModelCard, artefact: [UInt8]) {
        let summary = try await session.version(version.number, of: name)
        let schema = try await session.deployment(name).schema
        var report: VersionReport?
        if case .report(let found) = await session.link.history(.report(deployment: name, version: summary.number)).content {
            report = found
        }
        let rows = try await session.ask(.journal(before: nil, limit: Self.journalRows, deployment: name), \.asJournal)
        let artefact = try await session.ask(.model(deployment: name, version: summary.number), \.asModel).artefact
        let own = rows.reversed().filter { row in
            row.entry.details.contains("\"\(summary.name)\"") && !["alert", "alert resolved"].contains(row.entry.verb)
        }
        return (
            ModelCard(deployment: name, version: summary, schema: schema, report: report, importance: nil, events: Array(own)),
            Array(artefact)
        )
    }

    /// Importance takes seconds and the data, so that it is figured out when somebody asks, here and not in the engine.
    private static func withImportance(_ card: ModelCard, _ artefact: [UInt8], _ directory: String) throws(LearningFailure) -> ModelCard {
        var card = card
        guard let data = try? DataSnapshots.read(hash: card.version.dataHash, directory: directory) else {
            Output.remark(
                "flyball: "
                    + (card.version.online == nil
                        ? "the data of \(card.version.name) is not kept any more or not readable"
                        : "\(card.version.name) was learnt online")
                    + ": the card has the model's own importance")
            return card
        }
        guard card.version.split?.rule.folds == nil else {
            Output.remark(
                "flyball: \(card.version.name) was judged by cross-validation and has learnt all of its rows: the card has the model's own"
                    + " importance")
            return card
        }
        let holdout = data.rows.heldOut(by: card.version.split?.rule)
        card.importance = try Model.decode(artefact).globalImportance(holdout, seed: card.version.seed)
        return card
    }
}

extension Session {
    /// The labels of a version that was learnt online, learnt once more.
    func replay(_ version: VersionSummary, of name: String) async throws -> OnlineReplayed {
        try await ask(.replay(deployment: name, version: version.number), \.asReplayed)
    }
}
