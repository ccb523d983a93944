import Tabular

/// Held-out rows with the answers that the model gave when it was made.
struct GoldenRows: Sendable {
    /// Rows kept.
    static let limit = 32

    /// Raw values, row-major; a category's code is its position in `texts`.
    private let features: [Double]
    private let texts: [String]
    let answers: [Double]
    private let outputs: Int

    /// Number of rows.
    let count: Int

    /// Takes rows evenly spread over `rows`, and the predictor's answers to them.
    init(_ rows: LabelledRows, predictor: any Predictor) {
        let wanted = min(Self.limit, rows.count)
        let picked = rows.selecting((0..<wanted).map { $0 * rows.count / max(1, wanted) })
        var features = picked.features
        var texts: [String] = []
        var codes: [String: Double] = [:]
        for (column, feature) in rows.schema.features.enumerated() where feature.kind == .categorical {
            let table = rows.categories[feature.name].table
            for row in 0..<picked.count {
                let position = row * rows.schema.width + column
                guard let code = Int32(exactly: features[position]), let text = table.name(of: code) else {
                    features[position] = .nan
                    continue
                }
                if codes[text] == nil {
                    codes[text] = Double(texts.count)
                    texts.append(text)
                }
                features[position] = codes[text] ?? .nan
            }
        }
        self.features = features
        self.texts = texts
        count = picked.count
        outputs = predictor.outputs
        answers = Self.score(Self.bind(features, texts, rows.schema, rows.categories), picked.count, predictor)
    }

    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        count = try reader.integer(in: 0...Self.limit)
        outputs = try reader.integer(in: 1...65_536)
        texts = try reader.texts()
        features = try reader.reals()
        answers = try reader.reals()
        guard features.count == count * schema.width, answers.count == count * outputs else {
            throw .corruptArtefact("its golden rows do not fit its schema")
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(count)
        writer.integer(outputs)
        writer.texts(texts)
        writer.reals(features)
        writer.reals(answers)
    }

    func verify(_ predictor: any Predictor, schema: Schema, categories: Categories) throws(LearningFailure) {
        guard predictor.width == schema.width, predictor.outputs == outputs else {
            throw .corruptArtefact("its golden rows do not fit its predictor")
        }
        let found = Self.score(Self.bind(features, texts, schema, categories), count, predictor)
        for index in answers.indices where answers[index].bitPattern != found[index].bitPattern {
            throw .goldenMismatch(row: index / outputs, expected: answers[index], found: found[index])
        }
    }

    /// The raw rows in the dictionaries' codes, row-major.
    func rows(schema: Schema, categories: Categories) -> [Double] { Self.bind(features, texts, schema, categories) }

    private static func bind(_ features: [Double], _ texts: [String], _ schema: Schema, _ categories: Categories) -> [Double] {
        var bound = features
        for (column, feature) in schema.features.enumerated() where feature.kind == .categorical {
            let dictionary = categories[feature.name]
            for position in stride(from: column, to: bound.count, by: schema.width) {
                guard let index = Int(exactly: bound[position]), texts.indices.contains(index) else {
                    bound[position] = .nan
                    continue
                }
                bound[position] = Double(dictionary.pin(texts[index]))
            }
        }
        return bound
    }

    private static func score(_ features: [Double], _ count: Int, _ predictor: any Predictor) -> [Double] {
        var answers = [Double](repeating: 0, count: count * predictor.outputs)
        answers.withUnsafeMutableBufferPointer { target in
            features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                predictor.predict(rows: source, count: count, into: target)
            }
        }
        return answers
    }
}
