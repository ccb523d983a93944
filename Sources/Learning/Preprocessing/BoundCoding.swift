import Tabular

/// A coding bound to each column's codes and a zone's clock.
struct BoundCoding: Sendable {
    /// Values in a coded row.
    let width: Int
    private let steps: [Step]
    /// For each categorical feature: what stands for each code of its dictionary, for missing and for unseen, `[codes + 2, width]`.
    private let values: [Double]
    private let cycles: TimeCycles

    private enum Kind {
        case asIs, texts, cycles, withheld
    }

    private struct Step {
        var kind: Kind
        /// Values in a coded row.
        var width: Int
        /// Where a categorical feature's values begin, and how many codes it knows.
        var first = 0
        var codes = 0
    }

    /// Pins the coding's texts in their columns' dictionaries.
    init(_ coding: RowCoding, _ schema: Schema, _ categories: Categories) {
        var steps: [Step] = []
        var values: [Double] = []
        for (feature, column) in coding.columns.enumerated() {
            guard case .texts(let codes) = column else {
                let kind: Kind = column == .cycles ? .cycles : column == .withheld ? .withheld : .asIs
                steps.append(Step(kind: kind, width: column.width))
                continue
            }
            let places = categories[schema.features[feature].name].binding(Array(codes.texts.indices), of: codes.texts)
            steps.append(Step(kind: .texts, width: codes.width, first: values.count, codes: places.count))
            for place in places {
                if let place {
                    values += codes.values[(place * codes.width)..<((place + 1) * codes.width)]
                } else {
                    values += codes.unseen
                }
            }
            values += codes.missing + codes.unseen
        }
        width = steps.reduce(0) { $0 + $1.width }
        cycles = TimeCycles(schema)
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
            switch step.kind {
            case .asIs: result[next] = value
            case .cycles: cycles.write(value, to: result + next)
            case .withheld: break
            case .texts:
                var place = step.codes + 1
                if !value.isFinite {
                    place = step.codes
                } else if let code = Int(exactly: value), code >= 0, code < step.codes {
                    place = code
                }
                for index in 0..<step.width { result[next + index] = values[step.first + place * step.width + index] }
            }
            next += step.width
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
    var isLogarithmic: Bool { explainer.isLogarithmic }

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
