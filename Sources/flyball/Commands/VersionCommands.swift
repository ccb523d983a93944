import ArgumentParser
import Engine
import Learning
import Store
import Tabular

/// The verb `versions`.
struct VersionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "List a deployment's versions, newest first.",
        discussion: """
            flyball versions flight-delay
            flyball versions flight-delay --json | jq '.[] | select(.state == "champion")'
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .reading) { session in
            let versions = try await session.versions(of: name)
            let unreadable = try await session.deployment(name).damaged.filter { $0.version != nil }
            if json.isJSON {
                var documents: [VersionEntry] = []
                for version in versions {
                    var document = VersionDocument(version)
                    switch await session.report(of: name, version: version.number) {
                    case .report(let report): document.understanding = report.understanding
                    case .failed(let reason): document.reportFailure = reason
                    default: break
                    }
                    documents.append(.version(document))
                }
                return try Output.json(documents + unreadable.map { .unreadable($0) })
            }
            let metrics = versions.first?.metrics.prefix(3).map(\.name) ?? []
            var table = TextTable(
                ["VERSION", "STATE", "ALGORITHM"] + metrics.map { $0.uppercased() } + ["ROWS", "CREATED", "BY", "GATES"],
                rightAligned: Set(3...(3 + metrics.count)))
            for version in versions {
                table.add(
                    [version.name, version.state.rawValue + (version.isPinned ? ", pinned" : ""), version.algorithm]
                        + metrics.map { name in version.metric(name).map { FigureTexts.four($0.value) } ?? "-" } + [
                            "\(version.trainRows)", TimeText.rfc3339(version.createdAt), version.createdBy,
                            version.gatesText,
                        ])
            }
            try table.print()
            for record in unreadable { try Output.line("cannot be read, left as it is: " + SafeText.escape(record.text)) }
        }
    }
}

/// A version of the list, or one that cannot be read.
enum VersionEntry: Encodable {
    case version(VersionDocument)
    case unreadable(DamagedRecord)

    private struct Unreadable: Encodable {
        var version: String?
        var state = "unreadable"
        var reason: String
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .version(let document): try document.encode(to: encoder)
        case .unreadable(let record):
            try Unreadable(version: record.version.map { "v\($0)" }, reason: record.text).encode(to: encoder)
        }
    }
}

/// A version as `versions --json` prints it.
struct VersionDocument: Encodable {
    struct Interval: Encodable {
        var lower: Double
        var upper: Double
        var method: String?
        var n: Int
    }

    /// How its rows were divided.
    struct Division: Encodable {
        /// `time`, `stratified`, `hash`, `group`, `file` or `shuffled`.
        var kind: String
        var share: Double
        var group: String?
        var folds: Int?
        /// Rows of a file of its own.
        var heldRows: Int?
        /// Whether somebody chose it, so that later versions follow it.
        var chosen: Bool
        /// A sentence's part.
        var words: String

        init(_ rule: SplitRule) {
            kind = rule.kind.rawValue
            share = rule.share
            group = rule.group
            folds = rule.folds
            heldRows = rule.heldRows
            chosen = rule.isOrdered == true
            words = rule.words
        }
    }

    var version: String
    var algorithm: String
    var state: String
    var createdAt: String
    var createdBy: String
    var metrics: [String: Double]
    var intervals: [String: Interval]
    var dataHash: String
    var artefactHash: String?
    var blessed: Bool
    var gates: [GateResult]
    var source: String
    var settings: [String: String]
    var seed: UInt64
    var trainRows: Int
    var holdoutRows: Int
    var fitSeconds: Double
    var stageSeconds: [String: Double]?
    var importance: [FeatureImportance]
    var notes: [String]
    var libraries: [String: String]
    var online: OnlineOrigin?
    var pinned: Bool
    /// From which score on a row is called positive, and what that was chosen by; nil: from one half on.
    var threshold: DecisionThreshold?
    /// Which rows judged it; nil for what was learnt label by label, and for versions of earlier releases.
    var split: Division?
    /// What the import behind it took each column for; nil where it learnt from traffic, and for versions of earlier releases.
    var understanding: Understanding?
    /// Why its report cannot be read: it is damaged, or there is none.
    var reportFailure: String?

    init(_ summary: VersionSummary) {
        version = summary.name
        algorithm = summary.algorithm
        state = summary.state.rawValue
        createdAt = TimeText.rfc3339(summary.createdAt)
        createdBy = summary.createdBy
        metrics = Dictionary(summary.metrics.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        intervals = [:]
        for metric in summary.metrics {
            guard let lower = metric.lower, let upper = metric.upper else { continue }
            intervals[metric.name] = Interval(lower: lower, upper: upper, method: metric.interval, n: metric.n)
        }
        dataHash = summary.dataHash
        artefactHash = summary.artefactHash
        blessed = summary.blessed
        gates = summary.gates
        source = summary.source
        settings = summary.settings
        seed = summary.seed
        trainRows = summary.trainRows
        holdoutRows = summary.holdoutRows
        fitSeconds = summary.fitSeconds
        stageSeconds = summary.stageSeconds
        importance = summary.importance
        notes = summary.notes
        libraries = summary.libraries
        online = summary.online
        pinned = summary.isPinned
        threshold = summary.threshold
        split = summary.split.map { Division($0.rule) }
    }
}

extension VersionSummary {
    /// What its gates said, in a few words.
    var gatesText: String {
        if let refused = gates.first(where: \.refuses) { return "refused by the gate \(refused.name)" }
        if let doubt = gates.first(where: \.undecided) {
            return "passed \(gates.count { $0.passed }) of \(gates.count), undecided: \(doubt.name)"
        }
        return "passed \(gates.count)" + (gates.first(where: \.warning).map { ", warning: \($0.name)" } ?? "")
    }
}
