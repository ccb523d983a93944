import Engine
import Foundation
import Learning
import Tabular
import Testing

/// What a version may lose against the champion and the constant.
@Suite("Margins of the gates") struct MarginTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    private static let sources = GateBenchmark.Source.allCases

    /// Chances, the truth drawn from them, and answers with noise on their log-odds.
    private func bout(
        _ count: Int, noise: Double, confidence: Double = 1, seed: UInt64 = 7, other: ((Double) -> Double)? = nil
    ) -> Gates.Bout {
        var random = GateTests.SplitMix(state: seed)
        func odds(_ p: Double) -> Double { log(p / (1 - p)) }
        func chance(_ odds: Double) -> Double { 1 / (1 + exp(-odds)) }
        let chances = (0..<count).map { _ in 0.1 + 0.8 * random.unit() }
        let targets = chances.map { random.unit() < $0 ? 1.0 : 0 }
        let candidate = chances.map { chance(confidence * (odds($0) + noise * (random.unit() - 0.5))) }
        return Gates.Bout(candidate: candidate, other: chances.map { other?($0) ?? $0 }, targets: targets, task: .binary)
    }

    private func champion(_ bout: Gates.Bout, _ margins: GateMargins = GateMargins()) -> [GateResult] {
        Gates.champion(bout, version: 1, heldOut: bout.targets.count, margins: margins)
    }

    @Test("an interval within the margin passes; one that reaches further passes too or, where that is asked for, is undecided")
    func wide() throws {
        let near = champion(bout(4_000, noise: 0.3))
        #expect(near.map(\.name) == ["against the champion", "probabilities against the champion"])
        let doubts = near.filter { !$0.passed }
        #expect(doubts.isEmpty, "\(doubts)")
        let few = bout(150, noise: 1.2)
        #expect(champion(few).first?.passed == true)
        var margins = GateMargins()
        margins.isWideUndecided = true
        let wide = try #require(champion(few, margins).first)
        #expect(wide.undecided, "\(wide)")
        #expect(wide.detail.contains("reaches further than the margin of 0.02: it waits for more rows"), "\(wide.detail)")
        (margins.nonInferiority, margins.logLoss, margins.calibration) = (0.5, 1, 0.5)
        #expect(champion(few, margins).map(\.passed) == [true, true])
    }

    @Test("worse by the whole interval and by more than the margin is refused; by less than the margin it passes")
    func worse() throws {
        let much = try #require(champion(bout(4_000, noise: 6)).first)
        #expect(much.refuses && much.detail.hasSuffix(": significantly worse"), "\(much.detail)")
        let little = bout(60_000, noise: 1.2)
        let gate = try #require(champion(little).first)
        let figure = try #require(gate.paired?.figures.first)
        #expect(figure.verdict == .worse && gate.passed, "\(gate.detail)")
    }

    @Test("the same order with worse probabilities is refused by the second gate alone, which says in what")
    func probabilities() throws {
        let gates = champion(bout(4_000, noise: 0, confidence: 3))
        #expect(gates.first?.passed == true)
        let gate = try #require(gates.last)
        #expect(gate.refuses && gate.detail.hasSuffix("significantly worse in logLoss"), "\(gate.detail)")
    }

    @Test("of a version whose log loss is surely above the constant's that is said, whatever its order; a calibrated one has no remark")
    func constant() throws {
        let sure = bout(1_000, noise: 0, confidence: 12, other: { _ in 0.5 })
        let loss = Evaluation.paired(first: sure.other, second: sure.candidate, targets: sure.targets, task: .binary)[1]
        #expect(loss.name == "logLoss" && loss.second > 1 && loss.first < 0.7)
        let told = try #require(Gates.constant(sure, margins: GateMargins()))
        #expect(told.warning && told.detail.contains("surely worse in logLoss: its probabilities mislead"), "\(told.detail)")
        let good = try #require(Gates.constant(bout(300, noise: 0, other: { _ in 0.5 }), margins: GateMargins()))
        #expect(good.passed && !good.warning, "\(good.detail)")
    }

    @Test("margins are read from [gates], and a value out of range names its key")
    func configuration() throws {
        let found = try WorkspaceConfiguration.parse(
            "[gates]\nnon_inferiority = 0.002\nlog_loss = 0.1\ncalibration = 0\nundecided = true\n"
        ).margins
        #expect(found.nonInferiority == 0.002 && found.logLoss == 0.1 && found.calibration == 0 && found.isWideUndecided)
        #expect(try WorkspaceConfiguration.parse("").margins == GateMargins())
        do {
            _ = try WorkspaceConfiguration.parse("[gates]\nnon_inferiority = 2\n")
            Issue.record("it was taken")
        } catch { #expect("\(error)".contains("gates.non_inferiority"), "\(error)") }
    }

    @Test("equal retrainings are not refused, worse ones by twice the margin are, better ones pass", arguments: Self.sources)
    func power(source: GateBenchmark.Source) throws {
        let repetitions = Self.isSlow ? 200 : 10
        func share(_ kind: GateBenchmark.Kind, _ count: (GateBenchmark.Verdicts) -> Int) throws -> Double {
            let found = try GateBenchmark.verdicts(kind, source, algorithm: "logistic", repetitions: repetitions, rows: 5_000)
            return Double(count(found)) / Double(found.total)
        }
        // One in ten by chance where only ten are made.
        let chance = Self.isSlow ? 0 : 0.1
        let grown = try share(.grown) { $0.promoted }
        let other = try share(.other) { $0.promoted + $0.undecided }
        let worse = try share(.worse(2 * GateMargins().nonInferiority)) { $0.refused }
        let better = try share(.better(0.02)) { $0.promoted }
        #expect(grown >= 0.9 - chance && other >= 0.9 - chance && worse >= 0.95 - chance && better >= 0.9 - chance)
    }
}
