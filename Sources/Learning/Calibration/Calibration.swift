import Tabular

/// The correction of a model's probabilities, learnt on rows that the algorithm did not learn from.
struct Calibration: Sendable {
    /// The setting, which every classifier takes.
    static let parameter = ParameterSpec(
        name: "calibration",
        summary:
            "none, or how the last fifth of the training rows corrects probabilities: platt by a curve of two numbers, isotonic by steps",
        kind: .choice(["none", "platt", "isotonic"]), defaultText: "none")
    /// Share of the training rows that correct, when asked for.
    static let share = 0.2

    let method: String
    /// One an output.
    let maps: [CalibrationMap]

    /// Learns from a model's answers, row-major `[rows, outputs]`, to rows with these class indices.
    ///
    /// Several classes: each against the others, then scaled to sum to 1 (Zadrozny and Elkan 2002). Complexity: O(outputs · n log n).
    init(method: String, scores: [Double], targets: [Double], outputs: Int) {
        self.method = method
        maps = (0..<outputs).map { output in
            let own = targets.indices.map { scores[$0 * outputs + output] }
            let truth = outputs == 1 ? 1 : Double(output)
            let outcomes = targets.map { $0 == truth }
            if method == "platt" {
                let (slope, shift) = Platt.fit(logOdds: own.map { CalibrationMap.logOdds($0) }, outcomes: outcomes)
                return .platt(slope: slope, shift: shift)
            }
            let (from, to) = Isotonic.fit(scores: own, outcomes: outcomes.map { $0 ? 1 : 0 })
            // Never certain: with n rows a probability below 1/(2n) has not been seen.
            let least = 0.5 / Double(max(1, targets.count))
            return .isotonic(from: from, to: to.map { min(max($0, least), 1 - least) })
        }
    }

    /// Nil where probabilities are left as they are.
    static func read(_ reader: inout ArtefactReader, outputs: Int) throws(LearningFailure) -> Calibration? {
        let method = try reader.text()
        guard method != "none" else { return nil }
        guard method == "platt" || method == "isotonic" else { throw .corruptArtefact("its calibration is not known") }
        var maps: [CalibrationMap] = []
        for _ in 0..<outputs { maps.append(try CalibrationMap(from: &reader)) }
        return Calibration(method: method, maps: maps)
    }

    private init(method: String, maps: [CalibrationMap]) {
        self.method = method
        self.maps = maps
    }

    static func write(_ calibration: Calibration?, into writer: inout ArtefactWriter) {
        writer.text(calibration?.method ?? "none")
        for map in calibration?.maps ?? [] { map.encode(into: &writer) }
    }

    /// Corrects one row's answer in place.
    func apply(_ result: UnsafeMutablePointer<Double>) {
        for output in maps.indices { result[output] = maps[output].apply(result[output]) }
        guard maps.count > 1 else { return }
        var sum = 0.0
        for output in maps.indices { sum += result[output] }
        for output in maps.indices { result[output] = sum > 0 ? result[output] / sum : 1 / Double(maps.count) }
    }
}

/// Another predictor's answers, corrected.
final class CalibratedPredictor: Predictor {
    let width: Int
    let outputs: Int
    private let predictor: any Predictor
    private let calibration: Calibration

    init(_ predictor: any Predictor, _ calibration: Calibration) {
        self.predictor = predictor
        self.calibration = calibration
        width = predictor.width
        outputs = predictor.outputs
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        predictor.predict(row, into: result)
        calibration.apply(result)
    }

    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        predictor.predict(rows: rows, count: count, into: results)
        for row in 0..<count { calibration.apply(results + row * outputs) }
    }
}
