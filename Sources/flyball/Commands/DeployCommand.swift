import ArgumentParser
import Engine
import Foundation
import Learning
import Tabular

/// The verb `deploy`.
struct DeployCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deploy", abstract: "Create a deployment from a data file: import, train v1, gate it, make it champion.",
        discussion: """
            Without --wait the job stays in the queue of the engine that runs, or of the next one that is started.

            flyball deploy churn --data customers.csv --target churned --wait
            flyball deploy flight-delay --data flights-2013.csv.gz --target late --positive yes --time time --zone America/New_York \
            --exclude dep_delay --until 2013-04-01 --wait
            flyball deploy sizes --data boxes.csv --target kind --exclude '"size, cm",id' --categorical zip --missing 'NA,?,unknown' --wait
            flyball deploy price --data houses.csv --target price --task regression --algorithm boosted-trees
            flyball deploy umsatz --data 'tage-*.csv' --separator ';' --decimal , --target umsatz --wait
            flyball deploy claims --data policies.csv --target claims --exposure years --wait
            flyball deploy churn --data visits.csv --target churned --group customer_id --wait
            flyball deploy rare --data small.csv --target sick --split cv --folds 10 --wait
            flyball deploy orders --data 'sqlite:shop.db?orders' --target returned --wait
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The new deployment: lower-case letters, digits and dashes.") var name: String
    @Option(help: ArgumentHelp(DataHelp.text("The data"), valueName: "file"), completion: .file()) var data: [String]
    @OptionGroup var dialect: DialectOptions
    @Option(help: ArgumentHelp("The column to predict.", valueName: "column")) var target: String
    @Option(help: ArgumentHelp("The column that orders the rows.", valueName: "column")) var time: String?
    @Option(help: ArgumentHelp("The zone of times that carry no offset.", valueName: "zone")) var zone = "UTC"
    @Option(help: ArgumentHelp("Rows from this time on.", valueName: "time")) var from: String?
    @Option(help: ArgumentHelp("Rows before this time.", valueName: "time")) var until: String?
    @Option(help: "What to predict; inferred from the target when left out.") var task: PredictionTask?
    @Option(help: ArgumentHelp("The class whose probability is predicted.", valueName: "value")) var positive: String?
    @Option(help: ArgumentHelp("Columns never to use: A,B.", valueName: "columns")) var exclude: [String] = []
    @Option(help: ArgumentHelp("Columns that hold names even if they look like numbers: A,B.", valueName: "columns")) var categorical:
        [String] = []
    @Option(help: ArgumentHelp("Columns that hold numbers even if some look like names: A,B.", valueName: "columns")) var numeric:
        [String] = []
    @Option(help: ArgumentHelp("Columns of names in which NA and its like are names too: A,B.", valueName: "columns")) var text: [String] =
        []
    @Option(
        help: ArgumentHelp(
            "Words that stand for no value, in any letter case: A,B; '' for none. Without it NA, N/A, NaN, null, \\N, #N/A, <NA>.",
            valueName: "words")
    ) var missing: String?
    @Option(help: ArgumentHelp("A column of numbers: how often each row counts.", valueName: "column")) var weight: String?
    @Option(
        help: ArgumentHelp(
            "A column of numbers, such as insured years: a rate is learnt, and answers are the rate times it.", valueName: "column")
    ) var exposure: String?
    @Option(help: ArgumentHelp("Columns that may tell the target by themselves, with --reason: A,B.", valueName: "columns"))
    var allowLeakage: [String] = []
    @Option(help: ArgumentHelp("The algorithm; `flyball algorithms` lists them.", valueName: "name")) var algorithm = BoostedTrees.name
    @Option(
        help: ArgumentHelp("A setting: KEY=VALUE; may be repeated; `flyball algorithms NAME` lists them.", valueName: "key=value")
    ) var set: [String] = []
    @OptionGroup var division: SplitOptions
    @Option(help: ArgumentHelp("Seed of everything random.", valueName: "n")) var seed: UInt64 = 0
    @Flag(help: "Wait until the first version answers.") var wait = false
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let order = try order()
        try await Session.with(place, wait ? .working : .changing) { session in
            try await session.orderWork(.deploy(order), reason: why.reason, isWaiting: wait, untilServing: true, json: json)
        }
    }

    private func order() throws -> DeployOrder {
        let path = try dialect.reference(data, outlives: !wait)
        // A mistyped zone is said at once, whether or not a time needs it yet.
        _ = try TimeParser(zone: zone)
        let header = try CSVRecordReader(path: path).header
        let numbers = ColumnNames.given(numeric, of: header)
        let texts = ColumnNames.given(text, of: header)
        let names = ColumnNames.given(categorical, of: header)
        if let both = numbers.first(where: { texts.contains($0) || names.contains($0) }) {
            throw CommandFailure.usage("\(SafeText.escape(both)) is given as numbers and as names: --numeric: name it once")
        }
        let unit = division.group.map { ColumnNames.given([$0], of: header).first ?? $0 }
        let options = ImportOptions(
            target: target, task: task, positive: positive, timeColumn: time, zone: zone, excluded: ColumnNames.given(exclude, of: header),
            categorical: names, kinds: Dictionary(numbers.map { ($0, FeatureKind.numeric) }, uniquingKeysWith: { first, _ in first }),
            from: try Given.time(from, zone: zone, option: "--from"), until: try Given.time(until, zone: zone, option: "--until"),
            texts: texts.isEmpty ? nil : texts, missing: missing.map(Given.words), weight: weight, exposure: exposure,
            groupColumn: unit)
        if time == nil, from != nil || until != nil {
            throw CommandFailure.usage("a time window without a time column: name it with --time")
        }
        let allowed = ColumnNames.given(allowLeakage, of: header)
        try checkColumns(options, allowed, header: header, path: path)
        var training = TrainingRequest(algorithm: algorithm, settings: try Given.settings(set), seed: seed)
        if !allowed.isEmpty { training.allowedLeakage = allowed }
        training.split = try division.rule(unit: unit, isTimed: time != nil)
        training.holdout = division.holdoutShare ?? training.holdout
        var order = DeployOrder(name: name, path: path, options: options, training: training)
        order.holdout = try division.holdoutFile(dialect, outlives: !wait)
        return order
    }

    /// A mistyped column is said at once, not by a job later.
    private func checkColumns(_ options: ImportOptions, _ allowed: [String], header: [String], path: String) throws {
        let named =
            [options.target] + (options.timeColumn.map { [$0] } ?? []) + options.excluded + options.categorical
            + [weight, exposure, options.groupColumn].compactMap(\.self)
        for name in named + allowed + (options.texts ?? []) + options.kinds.keys.sorted() where name.isEmpty || !header.contains(name) {
            throw TabularFailure.missingColumn(
                name: name, file: DataReference.title(of: path), nearest: Names.nearest(to: name, in: header))
        }
    }
}
