import Foundation
import Learning
import Tabular
import Testing

/// Quality on real data with the settings that `deploy` uses.
///
/// Figures of others: Golden/flights.json (Tests/Oracles/flights.py).
@Suite("Flights", .serialized) struct FlightsTests {
    /// The whole year, 327,346 rows: `$FLYBALL_FLIGHTS`, else next to the repository.
    static let year: String? = {
        let beside = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "shared/data/flights-2013.csv.gz").path
        let path = ProcessInfo.processInfo.environment["FLYBALL_FLIGHTS"] ?? beside
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    private func value(_ name: String, _ outcome: TrainingOutcome) throws -> Double {
        try #require(outcome.metrics.first { $0.name == name }).value
    }

    private func train(_ algorithm: String, _ rows: LabelledRows) throws -> TrainingOutcome {
        try Training.run(rows, request: TrainingRequest(algorithm: algorithm), hooks: TrainingHooks())
    }

    @Test("On the sample every algorithm but the baseline beats chance surely", arguments: ["logistic", "boosted-trees"])
    func sample(algorithm: String) throws {
        let outcome = try train(algorithm, try Made.flights())
        let area = try #require(outcome.metrics.first { $0.name == "auc" })
        #expect(try #require(area.lower) > 0.5)
        #expect(outcome.trainRows == 2_472 && outcome.holdoutRows == 618)
        #expect(try value("logLoss", outcome) < 1)
    }

    @Test(
        "On the whole year: logistic 0.698 and ridge as scikit-learn, boosted trees within 0.002 of LightGBM's area and 1 % of its error",
        .enabled(if: year != nil))
    func wholeYear() throws {
        let figures: Golden.Flights = try Golden.read("flights")
        let path = try #require(Self.year)
        func rows(target: String, excluded: String) throws -> LabelledRows {
            let options = ImportOptions(target: target, timeColumn: "time", zone: "America/New_York", excluded: [excluded])
            return try CSVImport.read(path: path, options: options).rows
        }
        let late = try rows(target: "late", excluded: "dep_delay")
        #expect(late.count == figures.rows)
        let linear = try train("logistic", late)
        #expect(linear.trainRows == figures.trainRows)
        let linearArea = try value("auc", linear)
        #expect(linearArea >= 0.698 && linearArea >= figures.logisticAUC - 0.001)
        #expect(try value("auc", train("boosted-trees", late)) >= figures.lightgbmAUC - 0.002)
        let lateMinutes = try rows(target: "dep_delay", excluded: "late")
        #expect(try value("rmse", train("ridge", lateMinutes)) <= figures.ridgeDelayRMSE * 1.001)
        let delays = try train("boosted-trees", lateMinutes)
        #expect(try value("rmse", delays) <= figures.lightgbmDelayRMSE * 1.01)
        #expect(try #require(delays.baselineMetrics.first { $0.name == "rmse" }).value > figures.lightgbmDelayRMSE)
    }
}
