import Foundation
import Learning
import Tabular

/// Measures one row in process, and batch scoring from CSV to CSV, the output dropped, beside splitting the same file into records on one thread.
enum PredictBenchmark {
    private static let runs = 3

    /// What one row takes in process; then rows a second by the clock and by the processor, for a linear model and for a hundred trees.
    ///
    /// The rows are the flights, unpacked first, or without a file a table that is made up on the spot.
    static func run(path: String?) throws -> [BenchmarkFigure] {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let plain = directory + "/table.csv"
        guard try CSVBenchmark.prepare(path, plain) else {
            throw CommandFailure("no table to measure with: \(SafeText.escape(directory)): free some space for temporary files")
        }
        let options = ImportOptions(
            target: "late", positive: "yes", timeColumn: "time", zone: "America/New_York", excluded: path == nil ? [] : ["dep_delay"])
        let rows = try CSVImport.read(path: plain, options: options).rows
        let floor = try best { try split(plain) }
        let threads = ProcessInfo.processInfo.activeProcessorCount
        let estimators: [(name: String, estimator: any Estimator)] = [
            ("logistic regression", try Logistic(settings: [:])),
            ("100 trees of 31 leaves", try BoostedTrees(settings: ["trees": "100", "leaves": "31"])),
        ]
        var figures = LearningBenchmark.latency()
        for (name, estimator) in estimators {
            let fitted = try estimator.fit(rows, validation: nil, seed: 1, hooks: TrainingHooks(threads: threads))
            let model = Model(fitted: fitted, proving: rows)
            let times = try best { try BatchScoring(model: model, path: plain).run { _ in } }
            let subject = "CSV to CSV, \(name)"
            // Several threads beside one are no ratio.
            figures.append(
                figure("\(subject), \(threads) threads", times.rows, times.clock, floor.rows, floor.clock, isRatio: threads == 1))
            figures.append(
                figure("\(subject), a processor second", times.rows, times.processor, floor.rows, floor.processor, isRatio: true))
        }
        return figures
    }

    private static func figure(
        _ name: String, _ rows: Int, _ seconds: Double, _ floorRows: Int, _ floor: Double, isRatio: Bool
    ) -> BenchmarkFigure {
        let (speed, most) = (Double(rows) / seconds, Double(floorRows) / floor)
        return BenchmarkFigure(
            name: name, value: speed, unit: "rows/s",
            against: "splitting it into records on one thread: \(FigureTexts.significant(most / 1e6)) M rows/s",
            ratio: isRatio ? speed / most : nil)
    }

    /// The rows that a body handles, and the shortest times of some runs.
    private static func best(_ body: () throws -> Int) throws -> (rows: Int, clock: Double, processor: Double) {
        var best = (rows: 0, clock: Double.infinity, processor: Double.infinity)
        for _ in 0..<runs {
            let clock = ContinuousClock.now
            let processor = LearningBenchmark.processorSeconds()
            best.rows = try body()
            best.processor = min(best.processor, max(LearningBenchmark.processorSeconds() - processor, 1e-9))
            best.clock = min(best.clock, max(LearningBenchmark.seconds(ContinuousClock.now - clock), 1e-9))
        }
        return best
    }

    private static func split(_ path: String) throws -> Int {
        let blocks = try CSVBlocks(path: path)
        let block = CSVBlock(of: blocks)
        var rows = 0
        while try blocks.fill(block) { while try block.next() { rows += 1 } }
        return rows
    }
}
