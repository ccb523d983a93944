import Tabular

/// A target coding bound to a dictionary's codes.
struct BoundCoding: Sendable {
    /// Values in a coded row.
    let width: Int
    private let outputs: Int
    private let steps: [Step]
    /// For each categorical feature: what stands for each code of the dictionary, for missing and for unseen, `[codes + 2, outputs]`.
    private let values: [Double]

    private struct Step {
        /// Where the feature's values begin; -1 for one that passes as it is.
        var first: Int
        var codes: Int
    }

    /// Adds the coding's texts to the dictionary where it lacks them.
    init(_ coding: TargetCoding, _ categories: CategoryDictionary) {
        for case let column? in coding.columns { for text in column.texts { _ = categories.intern(text) } }
        let names = categories.table.names
        var steps: [Step] = []
        var values: [Double] = []
        for column in coding.columns {
            guard let column else {
                steps.append(Step(first: -1, codes: 0))
                continue
            }
            steps.append(Step(first: values.count, codes: names.count))
            let places = Dictionary(column.texts.enumerated().map { ($1, $0) }, uniquingKeysWith: { a, _ in a })
            for name in names {
                if let place = places[name] {
                    values += column.values[(place * coding.outputs)..<((place + 1) * coding.outputs)]
                } else {
                    values += column.unseen
                }
            }
            values += column.missing + column.unseen
        }
        outputs = coding.outputs
        width = coding.sources.count
        self.steps = steps
        self.values = values
    }

    /// Codes one raw row.
    ///
    /// No allocation.
    func write(_ row: UnsafePointer<Double>, to result: UnsafeMutablePointer<Double>) {
        var next = 0
        for (feature, step) in steps.enumerated() {
            let value = row[feature]
            guard step.first >= 0 else {
                result[next] = value
                next += 1
                continue
            }
            var place = step.codes + 1
            if !value.isFinite {
                place = step.codes
            } else if let code = Int(exactly: value), code >= 0, code < step.codes {
                place = code
            }
            for output in 0..<outputs { result[next + output] = values[step.first + place * outputs + output] }
            next += outputs
        }
    }
}

/// Another predictor's answers to coded rows.
final class CodedPredictor: Predictor {
    private static let blockRows = 64

    let width: Int
    let outputs: Int
    private let coding: BoundCoding
    private let predictor: any Predictor

    init(_ predictor: any Predictor, _ coding: BoundCoding, width: Int) {
        self.predictor = predictor
        self.coding = coding
        self.width = width
        outputs = predictor.outputs
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        predict(rows: row, count: 1, into: result)
    }

    func predict(rows: UnsafePointer<Double>, count: Int, into results: UnsafeMutablePointer<Double>) {
        withUnsafeTemporaryAllocation(of: Double.self, capacity: min(count, Self.blockRows) * coding.width) { room in
            guard let room = room.baseAddress else { return }
            for start in stride(from: 0, to: count, by: Self.blockRows) {
                let part = min(Self.blockRows, count - start)
                for row in 0..<part { coding.write(rows + (start + row) * width, to: room + row * coding.width) }
                predictor.predict(rows: room, count: part, into: results + start * outputs)
            }
        }
    }
}

/// Another explainer's contributions, summed over what each feature was coded as.
final class CodedExplainer: Explainer {
    let width: Int
    let outputs: Int
    let method: String
    private let coding: BoundCoding
    private let explainer: any Explainer
    private let sources: [Int]

    init(_ explainer: any Explainer, _ coding: BoundCoding, sources: [Int], width: Int) {
        self.explainer = explainer
        self.coding = coding
        self.sources = sources
        self.width = width
        outputs = explainer.outputs
        method = explainer.method
    }

    func explain(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        let inner = coding.width
        result.update(repeating: 0, count: outputs * (width + 1))
        withUnsafeTemporaryAllocation(of: Double.self, capacity: inner + outputs * (inner + 1)) { room in
            guard let coded = room.baseAddress else { return }
            coding.write(row, to: coded)
            let parts = coded + inner
            explainer.explain(coded, into: parts)
            for output in 0..<outputs {
                for feature in 0..<inner { result[output * (width + 1) + sources[feature]] += parts[output * (inner + 1) + feature] }
                result[output * (width + 1) + width] = parts[output * (inner + 1) + inner]
            }
        }
    }
}
