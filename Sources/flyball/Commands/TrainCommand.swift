import ArgumentParser
import Engine
import Learning
import Tabular

/// The verb `train`.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a new version; it waits for a promotion.",
        discussion: """
            Without --data it learns from the deployment's labelled traffic and its import. What is left out is as for the champion.

            flyball train flight-delay --wait
            flyball train flight-delay --window 30d --algorithm logistic
            flyball train flight-delay --data flights-2013.csv.gz --until 2013-07-01 --set trees=200 --seed 7 --wait
            flyball train churn --holdout october.csv --wait
            flyball train flight-delay --search 20 --search-time 5m --wait

            --search tries settings on a part of the training rows, judges them on the rest of these, and trains with the best ones. It begins \
            with the champion's settings; what --set names stays as given. `flyball card` shows every trial.

            Which rows judge is as for the champion where somebody chose it, else by time, or by a hash where there are no times.
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp("The algorithm; `flyball algorithms` lists them.", valueName: "name")) var algorithm: String?
    @Option(help: ArgumentHelp(DataHelp.text("Data to learn from"), valueName: "file"), completion: .file()) var data: [String] = []
    @OptionGroup var dialect: DialectOptions
    @Option(help: ArgumentHelp("Rows of the file from this time on.", valueName: "time")) var from: String?
    @Option(help: ArgumentHelp("Rows of the file before this time.", valueName: "time")) var until: String?
    @Option(help: ArgumentHelp("Only labelled traffic younger than this.", valueName: "duration")) var window: DurationArgument?
    @Option(
        help: ArgumentHelp("A setting: KEY=VALUE; may be repeated; `flyball algorithms NAME` lists them.", valueName: "key=value")
    ) var set: [String] = []
    @Option(help: ArgumentHelp("Columns that may tell the target by themselves, with --reason: A,B.", valueName: "columns"))
    var allowLeakage: [String] = []
    @OptionGroup var division: SplitOptions
    @Option(help: ArgumentHelp("Seed of everything random.", valueName: "n")) var seed: UInt64 = 0
    @OptionGroup var trials: SearchOptions
    @Flag(help: "Wait until the version is trained and judged.") var wait = false
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func validate() throws {
        if data.isEmpty, from != nil || until != nil {
            throw ValidationError("--from and --until choose rows of a file: name it with --data")
        }
        if !data.isEmpty, window != nil { throw ValidationError("--window chooses labelled traffic: leave it or --data out") }
    }

    /// Columns of the deployment's schema, as given.
    private static func columns(_ given: [String], of schema: Schema?, option: String) throws -> [String] {
        let known = schema?.features.map(\.name) ?? []
        let names = ColumnNames.given(given, of: known)
        if let stranger = names.first(where: { !known.contains($0) }) {
            let near = Names.nearest(to: stranger, in: known).map { ": did you mean \(SafeText.escape($0))?" } ?? ""
            throw CommandFailure.usage("\(option): no column \(SafeText.escape(stranger))\(near)")
        }
        return names
    }

    func run() async throws {
        let path = try data.isEmpty ? nil : dialect.reference(data, outlives: !wait)
        let judges = try division.holdoutFile(dialect, outlives: !wait)
        let ordered = TrainingRequest(algorithm: algorithm ?? "", settings: try Given.settings(set), seed: seed, search: trials.order)
        try await Session.with(place, wait ? .working : .changing) { session in
            let schema = try await session.deployment(name).schema
            let zone = schema?.zone ?? "UTC"
            var training = ordered
            if !allowLeakage.isEmpty { training.allowedLeakage = try Self.columns(allowLeakage, of: schema, option: "--allow-leakage") }
            let unit = try division.group.flatMap { try Self.columns([$0], of: schema, option: "--group").first }
            training.split = try division.rule(unit: unit, isTimed: schema?.timeColumn != nil)
            training.holdout = division.holdoutShare ?? training.holdout
            var order = TrainOrder(
                deployment: name, path: path, from: try Given.time(from, zone: zone, option: "--from"),
                until: try Given.time(until, zone: zone, option: "--until"), window: window?.milliseconds, training: training)
            order.holdout = judges
            try await session.orderWork(.train(order), reason: why.reason, isWaiting: wait, untilServing: false, json: json)
        }
    }
}
