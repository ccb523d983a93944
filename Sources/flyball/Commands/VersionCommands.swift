import ArgumentParser
import Engine
import Learning
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
            if json.isJSON { return try Output.json(versions.map { VersionDocument($0) }) }
            let metrics = versions.first?.metrics.prefix(3).map(\.name) ?? []
            var table = TextTable(
                ["VERSION", "STATE", "ALGORITHM"] + metrics.map { $0.uppercased() } + ["ROWS", "CREATED", "BY", "GATES"],
                rightAligned: Set(3...(3 + metrics.count)))
            for version in versions {
                let refused = version.gates.first { !$0.passed }
                table.add(
                    [version.name, version.state.rawValue, version.algorithm]
                        + metrics.map { name in version.metric(name).map { FigureTexts.four($0.value) } ?? "-" } + [
                            "\(version.trainRows)", TimeText.rfc3339(version.createdAt), version.createdBy,
                            refused.map { "refused by the gate \($0.name)" } ?? "passed \(version.gates.count)",
                        ])
            }
            try table.print()
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
    var importance: [FeatureImportance]
    var notes: [String]
    var libraries: [String: String]
    var online: OnlineOrigin?

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
        importance = summary.importance
        notes = summary.notes
        libraries = summary.libraries
        online = summary.online
    }
}

/// The verb `compare`.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Put two versions side by side.",
        discussion: """
            Metrics are those of each version's own hold-out; the gate `against the champion` judges both on the same rows.

            flyball compare flight-delay v1 v2
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The first version.") var first: VersionArgument
    @Argument(help: "The second version.") var second: VersionArgument
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .reading) { session in
            let a = try await session.version(first, of: name)
            let b = try await session.version(second, of: name)
            if json.isJSON { return try Output.json(ComparisonDocument(deployment: name, a, b)) }
            var table = TextTable(["", a.name, b.name, "DIFFERENCE"], rightAligned: [3])
            for (label, left, right) in Self.facts(a, b) { table.add([label, left, right, ""]) }
            for metric in ComparisonDocument.metrics(a, b) {
                table.add([metric.name, Self.text(a.metric(metric.name)), Self.text(b.metric(metric.name)), metric.text])
            }
            try table.print()
        }
    }

    private static func facts(_ a: VersionSummary, _ b: VersionSummary) -> [(String, String, String)] {
        func settings(_ version: VersionSummary) -> String {
            version.settings.sorted { $0.key < $1.key }.filter { a.settings[$0.key] != b.settings[$0.key] }.map { "\($0.key)=\($0.value)" }
                .joined(separator: " ")
        }
        return [
            ("state", a.state.rawValue, b.state.rawValue), ("algorithm", a.algorithm, b.algorithm),
            ("settings that differ", settings(a), settings(b)),
            ("learnt from", a.source, b.source), ("rows", "\(a.trainRows)", "\(b.trainRows)"),
            ("gates", gates(a), gates(b)), ("created", TimeText.rfc3339(a.createdAt), TimeText.rfc3339(b.createdAt)),
        ]
    }

    private static func gates(_ version: VersionSummary) -> String {
        version.gates.first { !$0.passed }.map { "refused by the gate \($0.name): \($0.detail)" } ?? "passed \(version.gates.count)"
    }

    private static func text(_ metric: Metric?) -> String {
        guard let metric else { return "-" }
        guard let lower = metric.lower, let upper = metric.upper else { return FigureTexts.four(metric.value) }
        return "\(FigureTexts.four(metric.value)) (\(FigureTexts.four(lower)) to \(FigureTexts.four(upper)))"
    }
}

/// What `compare --json` prints.
struct ComparisonDocument: Encodable {
    struct Figure: Encodable {
        var name: String
        var a: Double
        var b: Double
        var difference: Double
        var higherIsBetter: Bool

        var text: String {
            let better = difference == 0 ? "" : (difference > 0) == higherIsBetter ? " better" : " worse"
            return (difference > 0 ? "+" : "") + FigureTexts.four(difference) + better
        }
    }

    var deployment: String
    var a: VersionDocument
    var b: VersionDocument
    var metrics: [Figure]

    init(deployment: String, _ a: VersionSummary, _ b: VersionSummary) {
        self.deployment = deployment
        self.a = VersionDocument(a)
        self.b = VersionDocument(b)
        metrics = Self.metrics(a, b)
    }

    static func metrics(_ a: VersionSummary, _ b: VersionSummary) -> [Figure] {
        a.metrics.compactMap { left in
            b.metric(left.name).map {
                Figure(name: left.name, a: left.value, b: $0.value, difference: $0.value - left.value, higherIsBetter: left.higherIsBetter)
            }
        }
    }
}

extension Session {
    /// All versions of a deployment, newest first; throws with the nearest name.
    func versions(of name: String) async throws -> [VersionSummary] {
        _ = try await deployment(name)
        guard case .versions(let versions) = try await history(.versions(deployment: name)) else { return [] }
        return versions
    }
}
