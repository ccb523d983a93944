import Dispatch
import Synchronization
public import Tabular

/// The table of the design's page on dependent traffic: false alarms and power of the verdicts, beside a rule that takes rows for independent.
public enum DriftBenchmark {
    private static let seeds: [UInt64] = [1, 2]
    private static let columns = 20
    private static let trainingRows = 50_000
    private static let windows = 480
    /// Windows with each fault, of which the found ones are counted.
    private static let faulty = 20

    /// Made-up streams: 20 columns, trained on 50,000 rows, 20 days of a window an hour from each of two seeds.
    public static func streams() -> [BenchmarkFigure] {
        let kinds = DriftStream.Kind.allCases
        let results = Mutex<[Int: [BenchmarkFigure]]>([:])
        DispatchQueue.concurrentPerform(iterations: kinds.count) { index in
            let figures = measure(kinds[index])
            results.withLock { $0[index] = figures }
        }
        let found = results.withLock { $0 }
        return kinds.indices.flatMap { found[$0] ?? [] } + cost()
    }

    private static func measure(_ kind: DriftStream.Kind) -> [BenchmarkFigure] {
        var (unlike, changing, bad, days, seen) = (0, 0, 0, 0.0, 0)
        var found: [DriftStream.Fault: Double] = [:]
        for seed in seeds {
            var trial = DriftTrial(kind, columns: columns, trainingRows: trainingRows, seed: seed)
            for fault in DriftStream.Fault.allCases {
                found[fault, default: 0] += trial.found(fault, windows: faulty) / Double(seeds.count)
            }
            trial.watch(windows: windows)
            unlike += trial.unlike.alarms
            changing += trial.changing.alarms
            bad += trial.independent.bad
            days += trial.days
            seen += trial.windows
        }
        let share = Double(bad) / Double(max(1, seen))
        let rule = "rows taken for independent: \(Figures.short(share * 100)) % of windows bad"
        let name = kind.rawValue
        var figures = [
            BenchmarkFigure(name: "\(name): unlike training, false alarms", value: Double(unlike) / days, unit: "a day", against: rule),
            BenchmarkFigure(name: "\(name): changing now, false alarms", value: Double(changing) / days, unit: "a day", against: rule),
        ]
        for fault in DriftStream.Fault.allCases {
            figures.append(
                BenchmarkFigure(
                    name: "\(name): found, \(fault.rawValue)", value: found[fault] ?? 0, unit: "of windows",
                    against: "1 column of \(columns)"))
        }
        return figures
    }

    /// What a window's verdicts and a training's table cost, 20 columns.
    private static func cost() -> [BenchmarkFigure] {
        let clock = ContinuousClock()
        var trial: DriftTrial?
        let table = clock.measure { trial = DriftTrial(.hour, columns: columns, trainingRows: trainingRows, seed: 1) }
        guard let trial else { return [] }
        let best = (0..<20).map { _ in trial.verdictTime(clock) }.min() ?? .zero
        return [
            BenchmarkFigure(
                name: "verdicts of a window, \(columns) columns", value: best / .microseconds(1), unit: "µs", against: "allowed: 1,000 µs"),
            BenchmarkFigure(
                name: "rows, profile and table, \(trainingRows) × \(columns)", value: table / .seconds(1), unit: "s",
                against: "the rows made up included"),
        ]
    }

    // MARK: Recorded traffic

    /// The year of flights: trained on its first months, and watched from there on; `rows` hold `month` and `day`.
    public static func flights(_ rows: LabelledRows) -> [BenchmarkFigure] {
        guard let month = rows.schema.index(of: "month"), let day = rows.schema.index(of: "day") else { return [] }
        func count(_ last: Double, _ lastDay: Double) -> Int {
            let width = rows.schema.width
            return (0..<rows.count).count { (rows.features[$0 * width + month], rows.features[$0 * width + day]) <= (last, lastDay) }
        }
        // From the evening of 30 December on the file has no weather: a real fault.
        let replay = RecordedReplay(rows.selecting(Array(0..<count(12, 30))))
        var figures: [BenchmarkFigure] = []
        for (last, lastDay) in [(3.0, 31.0), (6, 30), (9, 30)] {
            let training = count(last, lastDay)
            let outcome = replay.watch(training: training)
            let against = "rows taken for independent: \(outcome.independentBad) of \(outcome.windows) windows bad"
            let name = "flights, trained on months 1-\(Int(last))"
            figures.append(
                BenchmarkFigure(name: "\(name): unlike training", value: Double(outcome.unlike.count), unit: "alarms", against: against))
            figures.append(
                BenchmarkFigure(name: "\(name): changing now", value: Double(outcome.changing.count), unit: "alarms", against: against))
            for harvest in [25, 125] {
                figures.append(
                    BenchmarkFigure(
                        name: "\(name): missing values raised, harvests of \(harvest)",
                        value: Double(replay.missing(training: training, harvest: harvest).values.reduce(0, +)), unit: "raises",
                        against: "all columns"))
            }
        }
        let loop = replay.loop(training: count(3, 31))
        figures.append(
            BenchmarkFigure(
                name: "flights, auto from months 1-3", value: Double(loop.trainings.count), unit: "trainings",
                against: "\(loop.windows) windows; at windows \(loop.trainings)"))
        return figures
    }

    /// The electricity market, two that were joined at row 17,424: trained on 10,000 rows.
    public static func electricity(_ rows: LabelledRows) -> [BenchmarkFigure] {
        [350, 1_000].flatMap { size in
            let outcome = RecordedReplay(rows, windowRows: size).watch(training: 10_000)
            let change = (17_424 - 10_000) / size
            let against = "rows taken for independent: \(outcome.independentBad) of \(outcome.windows) windows bad"
            return [
                BenchmarkFigure(
                    name: "electricity, windows of \(size): alarms before the change",
                    value: Double(outcome.unlike.count { $0.window < change }), unit: "alarms", against: against),
                BenchmarkFigure(
                    name: "electricity, windows of \(size): first alarm behind it",
                    value: Double((outcome.unlike.first { $0.window >= change }?.window ?? -1) - change + 1), unit: "windows",
                    against: against),
            ]
        }
    }
}
