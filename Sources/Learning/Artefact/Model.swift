import Foundation
public import Tabular

/// A version's model: preprocessing and algorithm as one, with the rows that prove it answers as it did when it was made.
public struct Model: Sendable {
    private static let magic = "FBM3"

    /// What was learnt, of rows as `coding` leaves them.
    let fitted: any FittedAlgorithm
    /// What stands for categories and times, where the algorithm is not to take them itself.
    let coding: RowCoding?
    /// What corrects its probabilities, if anything does.
    let calibration: Calibration?
    /// Where truths are expected about its answers, where that was asked for.
    public let interval: PredictionInterval?
    /// Rows with known answers.
    let golden: GoldenRows
    /// The layout of its rows.
    public let schema: Schema

    private init(
        fitted: any FittedAlgorithm, coding: RowCoding?, calibration: Calibration?, interval: PredictionInterval?, schema: Schema,
        golden: GoldenRows
    ) {
        self.interval = interval
        self.fitted = fitted
        self.coding = coding
        self.calibration = calibration
        self.schema = schema
        self.golden = golden
    }

    /// Puts together what was learnt and its answers to some of the rows.
    package init(fitted: any FittedAlgorithm, proving rows: LabelledRows) {
        self.init(fitted: fitted, coding: nil, calibration: nil, proving: rows)
    }

    /// The same with coded categories, corrected probabilities and intervals.
    init(
        fitted: any FittedAlgorithm, coding: RowCoding?, calibration: Calibration?, interval: PredictionInterval? = nil,
        proving rows: LabelledRows
    ) {
        let plain = Self.plainPredictor(fitted, coding, rows.schema, rows.categories)
        let predictor = calibration.map { CalibratedPredictor(plain, $0) } ?? plain
        self.init(
            fitted: fitted, coding: coding, calibration: calibration, interval: interval, schema: rows.schema,
            golden: GoldenRows(rows, predictor: predictor))
    }

    /// What answers raw rows before any correction.
    static func plainPredictor(
        _ fitted: any FittedAlgorithm, _ coding: RowCoding?, _ schema: Schema, _ categories: Categories
    ) -> any Predictor {
        guard let coding else { return fitted.predictor(schema: schema, categories: categories) }
        let own = fitted.predictor(schema: coding.schema(schema), categories: categories)
        return CodedPredictor(own, BoundCoding(coding, schema, categories), width: schema.width)
    }

    /// The layout that the algorithm knows.
    var innerSchema: Schema { coding?.schema(schema) ?? schema }

    /// The weights by column (`temp`, `temp missing`, `carrier=UA`, `carrier other`) of a linear model; nil for others.
    package var coefficients: (weights: [String: Double], intercept: Double)? {
        let linear = (fitted as? any LinearlyWeighted)?.linear ?? (fitted as? any OnlineFitted)?.knowledge.linear
        return linear?.coefficients(schema: innerSchema)
    }

    /// The weights by column of one class of a multinomial logistic regression; nil for others.
    package func coefficients(ofClass index: Int) -> (weights: [String: Double], intercept: Double)? {
        (fitted as? SoftmaxModel)?.linear(of: index).coefficients(schema: innerSchema)
    }

    /// The algorithm's name.
    public var algorithm: String { type(of: fitted).name }
    /// How its probabilities were corrected: `none`, `platt` or `isotonic`.
    public var calibrationMethod: String { calibration?.method ?? "none" }
    /// How many rows with known answers it carries.
    public var goldenCount: Int { golden.count }

    /// The model's bytes.
    public func encode() -> [UInt8] {
        var writer = ArtefactWriter()
        writer.text(Self.magic)
        writer.text(algorithm)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        writer.text((try? encoder.encode(schema)).map { String(decoding: $0, as: UTF8.self) } ?? "")
        RowCoding.write(coding, into: &writer, schema: schema)
        fitted.encode(into: &writer)
        Calibration.write(calibration, into: &writer)
        golden.encode(into: &writer)
        interval?.encode(into: &writer)
        return writer.bytes
    }

    /// Reads a model.
    ///
    /// Never traps, whatever the bytes; `decode(encode())` gives the same model, bit for bit.
    public static func decode(_ bytes: [UInt8]) throws(LearningFailure) -> Model {
        var reader = ArtefactReader(bytes[...])
        guard try reader.text() == magic else { throw .corruptArtefact("it does not begin as a model of this format") }
        let name = try reader.text()
        guard let type = AlgorithmRegistry.fitted(name) else {
            throw .corruptArtefact("its algorithm \(SafeText.escape(name)) is not known here")
        }
        guard let schema = try? JSONDecoder().decode(Schema.self, from: Data(try reader.text().utf8)), schema.width <= 100_000 else {
            throw .corruptArtefact("its schema cannot be read")
        }
        try schema.checkZone()
        let coding = try RowCoding.read(&reader, schema: schema)
        let fitted = try type.init(from: &reader, schema: coding?.schema(schema) ?? schema)
        let calibration = try Calibration.read(&reader, outputs: schema.target.outputs)
        let golden = try GoldenRows(from: &reader, schema: schema)
        let interval = try PredictionInterval.read(&reader)
        guard reader.isAtEnd else { throw .corruptArtefact("bytes after its end") }
        return Model(fitted: fitted, coding: coding, calibration: calibration, interval: interval, schema: schema, golden: golden)
    }

    /// A predictor for rows whose categories are codes of that dictionary; texts of the model that it lacks are added to it.
    public func predictor(categories: Categories) -> any Predictor {
        let plain = Self.plainPredictor(fitted, coding, schema, categories)
        return calibration.map { CalibratedPredictor(plain, $0) } ?? plain
    }

    /// Checks that the golden rows give the stored answers, bit for bit.
    public func verifyGolden(_ predictor: any Predictor, categories: Categories) throws(LearningFailure) {
        try golden.verify(predictor, schema: schema, categories: categories)
    }

    /// Shares of importance by feature, largest first, summing to 1; empty when nothing was learnt.
    public func importance() -> [(feature: String, value: Double)] {
        let inner = fitted.importance(schema: innerSchema)
        var raw = inner
        if let coding {
            raw = [Double](repeating: 0, count: schema.width)
            for (value, source) in zip(inner, coding.sources) { raw[source] += value }
        }
        let total = raw.reduce(0, +)
        guard total > 0, total.isFinite else { return [] }
        return zip(schema.features, raw).map { ($0.name, $1 / total) }.filter { $0.value > 0 }
            .sorted { ($1.value, $0.feature) < ($0.value, $1.feature) }
    }
}
