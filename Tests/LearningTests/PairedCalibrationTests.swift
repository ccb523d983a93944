import Foundation
import Learning
import Tabular
import Testing

/// Two models' calibration on the same rows, against `Tests/Oracles/paired_calibration.py` (NumPy 2.4).
@Suite("Calibration of two models") struct PairedCalibrationTests {
    private static let chances = (0..<2_000).map { (Double($0 * 37 % 1_009) + 0.5) / 1_009 }
    private static let targets = (0..<2_000).map { (Double($0 * 7_919 % 2_003) + 0.5) / 2_003 < chances[$0] ? 1.0 : 0 }
    private static let first = chances.map { 0.1 + 0.8 * $0 }
    private static let second = chances.map { pow($0, 1.5) }

    @Test("both errors are those of the calibration report, and the interval is that of a bootstrap of the rows")
    func oracle() throws {
        let found = try #require(
            Evaluation.pairedCalibration(first: Self.first, second: Self.second, targets: Self.targets, task: .binary))
        #expect(abs(found.first - 0.06008047571853319) < 1e-9 && abs(found.second - 0.0977924876965178) < 1e-9)
        let report = try #require(
            CalibrationReport(
                method: "none", before: Self.second, after: Self.second, targets: Self.targets, task: .binary))
        #expect(abs(report.errorAfter - found.second) < 1e-9)
        #expect(abs(found.lower - found.difference + 0.02344) < 0.003, "\(found)")
        #expect(abs(found.upper - found.difference - 0.02226) < 0.003, "\(found)")
        #expect(found.verdict == .worse)
    }

    @Test("the same answers differ by nothing, rows copied say the same, and a number has no calibration")
    func same() throws {
        let same = try #require(
            Evaluation.pairedCalibration(first: Self.first, second: Self.first, targets: Self.targets, task: .binary))
        #expect(same.verdict == .same)
        let plain = try #require(
            Evaluation.pairedCalibration(first: Self.first, second: Self.second, targets: Self.targets, task: .binary))
        let places = (0..<2_000).flatMap { [$0, $0, $0] }
        let copied = try #require(
            Evaluation.pairedCalibration(
                first: places.map { Self.first[$0] }, second: places.map { Self.second[$0] }, targets: places.map { Self.targets[$0] },
                task: .binary, groups: RowGroups(keys: places.map { UInt64($0) })))
        #expect(abs(copied.second - plain.second) < 0.01)
        #expect(abs((copied.upper - copied.lower) / (plain.upper - plain.lower) - 1) < 0.1)
        #expect(Evaluation.pairedCalibration(first: Self.first, second: Self.second, targets: Self.targets, task: .regression) == nil)
    }

    @Test("a model that keeps its word shows about as large an error as is expected by chance")
    func noise() {
        var random = Made.Random(state: 3)
        var ratios: [Double] = []
        for _ in 0..<100 {
            let chances = (0..<400).map { _ in random.unit() }
            let targets = chances.map { random.unit() < $0 ? 1.0 : 0 }
            let found = Evaluation.pairedCalibration(first: chances, second: chances, targets: targets, task: .binary)
            ratios.append((found?.first ?? 0) / Evaluation.calibrationNoise(chances, targets: targets))
        }
        let mean = ratios.reduce(0, +) / 100
        #expect(abs(mean - 1) < 0.08, "\(mean)")
    }
}
