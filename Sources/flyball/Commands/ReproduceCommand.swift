import ArgumentParser
import Crypto
import Dispatch
import Engine
import Foundation
import Learning
import Store
import Tabular

/// The verb `reproduce`.
struct ReproduceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reproduce", abstract: "Train a version once more, in this process, and compare the bytes.",
        discussion: """
            The same data, settings, seed, build and processor kind give the same bytes. Where they differ, the figures of both are shown. The \
            data of the latest 20 versions of a deployment is kept. A version that was learnt online is learnt once more by the engine, from its \
            base and the labels after it.

            With --prediction it is an answer that a live learner gave that is given once more: the engine learns the labels up to then from the \
            same base, and compares the answers bit for bit.

            flyball reproduce flight-delay v2
            flyball reproduce flight-delay --prediction 000150000001C
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version.") var version: VersionArgument?
    @Option(help: ArgumentHelp("An answer of a live learner, instead of a version.", valueName: "id")) var prediction: String?
    @OptionGroup var json: JSONOption

    func validate() throws {
        if (version == nil) == (prediction == nil) { throw ValidationError("name a version, or an answer with --prediction") }
    }

    func run() async throws {
        if let prediction { return try await reproduce(prediction) }
        guard let version else { return }
        let (summary, replayed) = try await Session.with(place, .reading) { session in
            let summary = try await session.version(version.number, of: name)
            return (summary, summary.online == nil ? nil : try await session.replay(summary, of: name))
        }
        if let replayed, let origin = summary.online { return try show(replayed, of: summary, origin) }
        guard let hash = summary.artefactHash else {
            throw CommandFailure("\(SafeText.escape(name)) \(summary.name) has no artefact: it was refused before one was stored")
        }
        let directory = place.path + "/data"
        let isQuiet = json.isJSON
        let outcome = try await onQueue(DispatchQueue(label: "flyball.reproduce")) {
            Result { try Self.train(summary, directory: directory, isQuiet: isQuiet) }
        }.get()
        let found = HexText.encode(SHA256.hash(data: outcome.artefact))
        let document = Document(deployment: name, summary, hash: found, outcome)
        if json.isJSON { try Output.json(document) } else { try show(document, summary, outcome) }
        if found != hash { throw CommandFailure.alreadySaid }
    }

    private func reproduce(_ prediction: String) async throws {
        let found = try await Session.with(place, .reading) { session in
            try await session.ask(.replayAnswer(deployment: name, id: prediction), \.asReplayedAnswer)
        }
        if json.isJSON {
            try Output.json(
                AnswerDocument(
                    deployment: name, prediction: found.id, answeredBy: found.answeredBy, identical: found.isIdentical,
                    answered: found.answered, reproduced: found.reproduced, labels: found.labels))
        } else {
            func texts(_ scores: [Double]) -> String { scores.map { "\($0)" }.joined(separator: " ") }
            let title = "\(SafeText.escape(name)) \(found.id), answered by \(found.answeredBy)"
            try Output.line(
                found.isIdentical
                    ? "identical: \(title), is \(texts(found.answered)) again"
                    : "different: \(title), was \(texts(found.answered)) and is \(texts(found.reproduced)) after the \(found.labels) labels that are there"
            )
        }
        if !found.isIdentical { throw CommandFailure.alreadySaid }
    }

    /// What `reproduce --prediction --json` prints.
    private struct AnswerDocument: Encodable {
        var deployment: String
        var prediction: String
        var answeredBy: String
        var identical: Bool
        var answered: [Double]
        var reproduced: [Double]
        var labels: Int
    }

    /// What came of a version that was learnt online.
    private func show(_ replayed: OnlineReplayed, of summary: VersionSummary, _ origin: OnlineOrigin) throws {
        let recorded = summary.artefactHash ?? ""
        let title = "\(SafeText.escape(name)) \(summary.name)"
        if json.isJSON {
            try Output.json(
                ReplayDocument(
                    deployment: name, version: summary.name, identical: recorded == replayed.hash, recorded: recorded,
                    reproduced: replayed.hash, base: "v\(origin.base)", labels: replayed.labels, recordedLabels: origin.labels))
        } else if recorded == replayed.hash {
            try Output.line("identical: \(title) is \(recorded), v\(origin.base) and \(replayed.labels) labels")
        } else {
            try Output.line(
                "different: \(title) is \(recorded), and came out as \(replayed.hash): \(replayed.labels) of its \(origin.labels) labels are there"
                    + " as they were")
        }
        if recorded != replayed.hash { throw CommandFailure.alreadySaid }
    }

    /// What `reproduce --json` prints of a version that was learnt online.
    private struct ReplayDocument: Encodable {
        var deployment: String
        var version: String
        var identical: Bool
        var recorded: String
        var reproduced: String
        var base: String
        var labels: Int
        var recordedLabels: Int
    }

    private static func train(_ summary: VersionSummary, directory: String, isQuiet: Bool) throws -> TrainingOutcome {
        let data = try DataSnapshots.read(hash: summary.dataHash, directory: directory)
        var request = TrainingRequest(algorithm: summary.algorithm, settings: summary.settings, seed: summary.seed)
        request.split = summary.split?.rule ?? data.rows.earlierRule(share: request.holdout)
        let progress = isQuiet ? nil : ProgressBox()
        let hooks = TrainingHooks(report: { progress?.show($0) })
        defer { progress?.end() }
        return try Training.run(data.rows, request: request, hooks: hooks)
    }

    private func show(_ document: Document, _ summary: VersionSummary, _ outcome: TrainingOutcome) throws {
        if document.identical {
            try Output.line("identical: \(SafeText.escape(name)) \(summary.name) is \(document.reproduced)")
            return
        }
        try Output.line(
            "different: \(SafeText.escape(name)) \(summary.name) is \(document.recorded), and came out as \(document.reproduced)")
        var table = TextTable(["FIGURE", summary.name.uppercased(), "NOW"], rightAligned: [1, 2])
        for metric in outcome.metrics {
            table.add([metric.name, summary.metric(metric.name).map { FigureTexts.four($0.value) } ?? "-", FigureTexts.four(metric.value)])
        }
        for library in Set(summary.libraries.keys).union(document.libraries.keys).sorted() {
            table.add([library, summary.libraries[library] ?? "-", document.libraries[library] ?? "-"])
        }
        try table.print()
    }

    /// What `reproduce --json` prints.
    private struct Document: Encodable {
        var deployment: String
        var version: String
        var identical: Bool
        var recorded: String
        var reproduced: String
        var metrics: [String: Double]
        var recordedMetrics: [String: Double]
        var libraries: [String: String]
        var recordedLibraries: [String: String]

        init(deployment: String, _ summary: VersionSummary, hash: String, _ outcome: TrainingOutcome) {
            self.deployment = deployment
            version = summary.name
            recorded = summary.artefactHash ?? ""
            reproduced = hash
            identical = recorded == hash
            metrics = Dictionary(outcome.metrics.map { ($0.name, $0.value) }) { first, _ in first }
            recordedMetrics = Dictionary(summary.metrics.map { ($0.name, $0.value) }) { first, _ in first }
            libraries = outcome.libraries.merging(["Flyball": Product.version]) { own, _ in own }
            recordedLibraries = summary.libraries
        }
    }
}

/// A progress line that a training's own thread writes.
private final class ProgressBox: @unchecked Sendable {
    // Sendable by hand: a training reports from the one thread that runs it, and `end` comes when that has returned.
    private var line = ProgressLine()

    func show(_ progress: TrainingProgress) { line.show(progress.stage, fraction: progress.fraction) }
    func end() { line.end() }
}
