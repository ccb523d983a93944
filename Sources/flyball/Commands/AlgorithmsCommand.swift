import ArgumentParser
import Learning
import Tabular

/// The verb `algorithms`.
struct AlgorithmsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "algorithms", abstract: "List the algorithms, or every setting of one.",
        discussion: """
            Settings are given to `flyball deploy` and `flyball train` with --set KEY=VALUE. A search (`train --search`) varies those marked so.

            flyball algorithms
            flyball algorithms boosted-trees
            flyball algorithms --json | jq '.[] | select(.tasks | index("regression")) | .name'
            """)

    @Argument(help: "The algorithm.") var name: String?
    @OptionGroup var json: JSONOption

    func run() throws {
        guard let name else {
            if json.isJSON { return try Output.json(AlgorithmRegistry.all.map { AlgorithmDocument($0) }) }
            var table = TextTable(["ALGORITHM", "PREDICTS", "WHAT IT IS"])
            for type in AlgorithmRegistry.all { table.add([type.name, Self.tasks(type), type.summary]) }
            return try table.print()
        }
        let type = try AlgorithmRegistry.named(name)
        if json.isJSON { return try Output.json(AlgorithmDocument(type)) }
        try Output.line("\(type.name): \(type.summary)")
        try Output.line("predicts: \(Self.tasks(type))")
        var table = TextTable(["SETTING", "DEFAULT", "SEARCHED", "WHAT IT MAY BE", "WHAT IT DOES"])
        for spec in type.parameters + Training.parameters {
            table.add([spec.name, spec.defaultText, spec.search == nil ? "" : "yes", spec.allowed, spec.summary])
        }
        try table.print()
    }

    private static func tasks(_ type: any Estimator.Type) -> String { type.tasks.map(\.rawValue).joined(separator: ", ") }
}

/// An algorithm as `algorithms --json` prints it.
struct AlgorithmDocument: Encodable {
    /// One of its settings.
    struct Setting: Encodable {
        var name: String
        var summary: String
        /// `integer`, `real`, `choice`, `directions`, `groups` or `weights`.
        var kind: String
        /// Of numbers.
        var lowest: Double?
        var highest: Double?
        /// Of words.
        var choices: [String]?
        var standard: String
        /// Whether a search varies it.
        var searched: Bool

        enum CodingKeys: String, CodingKey {
            case name, summary, kind, lowest, highest, choices, searched
            case standard = "default"
        }

        init(_ spec: ParameterSpec) {
            name = spec.name
            summary = spec.summary
            standard = spec.defaultText
            searched = spec.search != nil
            switch spec.kind {
            case .integer(let range): (kind, lowest, highest) = ("integer", Double(range.lowerBound), Double(range.upperBound))
            case .real(let range): (kind, lowest, highest) = ("real", range.lowerBound, range.upperBound)
            case .choice(let words): (kind, choices) = ("choice", words)
            case .directions: kind = "directions"
            case .groups: kind = "groups"
            case .weights: kind = "weights"
            case .text: kind = "text"
            }
        }
    }

    var name: String
    var summary: String
    var tasks: [String]
    var settings: [Setting]

    init(_ type: any Estimator.Type) {
        name = type.name
        summary = type.summary
        tasks = type.tasks.map(\.rawValue)
        settings = (type.parameters + Training.parameters).map { Setting($0) }
    }
}
