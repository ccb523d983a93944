public import ArgumentParser
import Engine
import Foundation
public import Learning
import Monitoring
import Tabular

extension DecisionFigure: ExpressibleByArgument {}

/// The verb `threshold`.
struct ThresholdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "threshold", abstract: "Show what thresholds make of a version's held-out rows, or choose one.",
        discussion: """
            Of two classes a row is called positive from the threshold on; scores stay as they are. Without an option the verb shows the table. With \
            one it chooses among the held-out scores, says what changes, and sets it: from the next answer on the label follows it, over HTTP and \
            gRPC, in `predict`, in exports and in Predictions. --dry-run leaves it at showing. A capacity is taken for a share of the rows a day that \
            were asked for in the last 24 hours, or of --rows-a-day.

            flyball threshold flight-delay
            flyball threshold flight-delay v3 --best f1 --dry-run
            flyball threshold flight-delay --costs 1,20 --reason "a missed fraud costs 20 calls"
            flyball threshold flight-delay --capacity 200/day
            flyball threshold flight-delay --value 0.3
            flyball threshold flight-delay --standard
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version; the champion when left out.") var version: VersionArgument?
    @OptionGroup var choice: ThresholdOptions
    @Flag(help: "Show what would change, and change nothing.") var dryRun = false
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func validate() throws { try choice.check() }

    func run() async throws {
        let changes = choice.isGiven && !dryRun
        try await Session.with(place, changes ? .changing : .reading) { session in
            let status = try await session.deployment(name)
            guard let number = version?.number ?? status.champion else {
                throw CommandFailure("\(SafeText.escape(name)) has no champion: name a version")
            }
            let summary = try await session.version(number, of: name)
            let table = try await table(session, summary, status.schema?.target)
            let wanted = try await wanted(table, session)
            var document = ThresholdDocument(deployment: name, summary, table, wanted: wanted)
            if !json.isJSON { for line in ThresholdText(summary, table, wanted: wanted, name: name).lines { try Output.line(line) } }
            guard let wanted, changes else { return json.isJSON ? try Output.json(document) : () }
            let receipt = try await session.perform(
                .setThreshold(deployment: name, version: number, value: wanted.value, basis: wanted.basis), reason: why.reason)
            document.receipt = ReceiptDocument(receipt)
            if json.isJSON { return try Output.json(document) }
            try Output.line(receipt.text)
        }
    }

    private func table(_ session: Session, _ version: VersionSummary, _ target: Target?) async throws -> DecisionTable {
        let title = "\(SafeText.escape(name)) \(version.name)"
        guard target?.task ?? .binary == .binary else {
            throw CommandFailure(
                "\(title): a threshold divides two classes, and it predicts \(target?.task == .regression ? "a number" : "one of several"): see `flyball card`"
            )
        }
        guard let table = try await session.ask(.report(deployment: name, version: version.number), \.asReport).decisions?.table else {
            throw CommandFailure(
                "\(title): what thresholds make of its held-out rows is not kept: an earlier release trained it, or they are of one class: train a new version"
            )
        }
        return table
    }

    private func wanted(_ table: DecisionTable, _ session: Session) async throws -> DecisionThreshold? {
        if let value = choice.value { return DecisionThreshold(value, .value) }
        let basis: ThresholdBasis
        if let cases = choice.capacity?.casesADay {
            basis = .capacity(cases: cases, rows: try await rowsADay(session))
        } else {
            guard let given = choice.basis else { return nil }
            basis = given
        }
        do throws(DecisionFailure) { return try table.threshold(for: basis) } catch { throw CommandFailure("\(error): choose another") }
    }

    private static let day: Int64 = 86_400_000

    /// As said, or as many as were asked for in the last day.
    private func rowsADay(_ session: Session) async throws -> Double {
        if let said = choice.rowsADay { return said }
        let now = EngineClock.system.milliseconds()
        let query = HistoryQuery.series(deployment: name, metric: .requests, from: now - Self.day, until: now, points: 24)
        let points = try await session.ask(query, \.asSeries).filter { $0.n > 0 && $0.mean.isFinite }
        // An hour without a point had no traffic, or no engine that could have had any.
        let rate = points.reduce(0) { $0 + $1.mean } / Double(max(1, points.count))
        guard rate > 0 else {
            throw CommandFailure(
                "\(SafeText.escape(name)) was asked for nothing in the last 24 hours: say how many rows come a day: --rows-a-day 5000")
        }
        return rate * 86_400
    }
}

/// What a threshold is chosen by.
struct ThresholdOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Call from this probability on.", valueName: "number")) var value: Double?
    @Option(
        help: ArgumentHelp("The best by a figure: \(DecisionFigure.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "figure")
    )
    var best: DecisionFigure?
    @Option(help: ArgumentHelp("The cheapest: what a false alarm and a miss cost.", valueName: "alarm,miss")) var costs: CostsArgument?
    @Option(help: ArgumentHelp("Call at most this per cent of the rows.", valueName: "percent")) var rate: PercentArgument?
    @Option(help: ArgumentHelp("Call at most so many cases: 200/day, 10/hour.", valueName: "cases")) var capacity: CapacityArgument?
    @Option(help: ArgumentHelp("Of --capacity: rows a day, instead of those of the last 24 hours.", valueName: "n")) var rowsADay: Double?
    @Option(help: ArgumentHelp("At least this share of what is called positive is.", valueName: "share")) var precision: Double?
    @Option(help: ArgumentHelp("At least this share of the positive rows is found.", valueName: "share")) var recall: Double?
    @Flag(help: "One half again.") var standard = false

    /// Whether one is asked for.
    var isGiven: Bool { value != nil || capacity != nil || basis != nil }

    /// But for a value and a capacity, which need more.
    var basis: ThresholdBasis? {
        if let best { return .best(best) }
        if let costs { return .costs(falsePositive: costs.alarm, falseNegative: costs.miss) }
        if let rate { return .rate(rate.share) }
        if let precision { return .precision(precision) }
        if let recall { return .recall(recall) }
        return standard ? .standard : nil
    }

    func check() throws {
        let given = [value != nil, best != nil, costs != nil, rate != nil, capacity != nil, precision != nil, recall != nil, standard]
        guard given.count(where: { $0 }) <= 1 else {
            throw ValidationError("one of --value, --best, --costs, --rate, --capacity, --precision, --recall and --standard")
        }
        if let value, !DecisionThreshold.range.contains(value) { throw ValidationError("--value is a probability from 0 to 1") }
        if let problem = basis?.problem { throw ValidationError("--\(problem)") }
        guard let rowsADay else { return }
        if capacity == nil { throw ValidationError("--rows-a-day goes with --capacity") }
        if !(rowsADay > 0 && rowsADay.isFinite) { throw ValidationError("--rows-a-day is a number above 0") }
    }
}

/// What the two kinds of mistakes cost: `1,20`.
struct CostsArgument: ExpressibleByArgument {
    var alarm: Double
    var miss: Double

    init?(argument: String) {
        let numbers = argument.split(separator: ",", omittingEmptySubsequences: false).map { Double($0.filter { $0 != " " }) }
        guard numbers.count == 2, let alarm = numbers[0], let miss = numbers[1] else { return nil }
        (self.alarm, self.miss) = (alarm, miss)
    }
}

/// Cases in a time: `200/day`, `10/hour`; a day where none is said.
struct CapacityArgument: ExpressibleByArgument {
    var casesADay: Double

    init?(argument: String) {
        let parts = argument.split(separator: "/", omittingEmptySubsequences: false)
        let days: [Substring: Double] = ["day": 1, "hour": 1.0 / 24, "week": 7]
        guard parts.count <= 2, let cases = parts.first.flatMap({ Double($0) }), cases > 0, cases.isFinite,
            let length = parts.count == 2 ? days[parts[1]] : 1
        else { return nil }
        casesADay = cases / length
    }
}
