import Foundation
import Learning
import Tabular

/// Scores a file row by row in constant memory: the input's columns come out as they went in, with `score` and for classes `label` added.
struct BatchScoring {
    /// Rows scored in one go.
    private static let blockRows = 512
    private static let added = ["score", "label"]
    /// Before the name of a feature: the column of what it adds.
    private static let contribution = "why "

    private let schema: Schema
    private let predictor: any Predictor
    /// Says what each feature adds to the raw score; nil when nobody asked.
    private let explainer: ModelExplainer?
    private var reader: CSVRecordReader
    private var cells: RowCells

    /// Opens the file and finds the model's inputs among its columns.
    ///
    /// - Throws: `LearningFailure` for a model that cannot be read, `TabularFailure` for a file that has not what the model wants.
    init(artefact: [UInt8], path: String, explains: Bool = false) throws {
        let model = try Model.decode(artefact)
        let categories = CategoryDictionary()
        schema = model.schema
        predictor = model.predictor(categories: categories)
        explainer = explains ? try model.explainer(categories: categories) : nil
        if explains, schema.target.task == .multiclass {
            throw CommandFailure("--explain shows the parts of one score, and \(schema.target.name) has one a class: leave it out")
        }
        reader = try CSVRecordReader(path: path)
        let file = (path as NSString).lastPathComponent
        for name in Self.added where reader.header.contains(name) {
            throw CommandFailure(
                "the file has a column '\(name)' already: \(SafeText.escape(file)): rename it, since a column of that name is added")
        }
        // Binding the model has put all its texts into the dictionary: what is not in there now, the model has never seen.
        cells = try RowCells(schema: schema, header: reader.header, file: file, table: categories.table)
    }

    /// Reads to the end; hands out lines of CSV, header first.
    ///
    /// Returns the number of rows.
    mutating func run(_ write: (String) throws -> Void) throws -> Int {
        var line = reader.header.map { Self.quoted($0) }
        line += schema.target.task == .regression ? ["score"] : Self.added
        if explainer != nil { line += ["base"] + schema.features.map { Self.quoted(Self.contribution + $0.name) } }
        try write(line.joined(separator: ",") + "\n")
        var rows: [[String]] = []
        var values: [Double] = []
        var count = 0
        while let record = try reader.next() {
            values += try cells.values(record, at: reader)
            rows.append(record)
            count += 1
            if rows.count == Self.blockRows { try flush(&rows, &values, write) }
        }
        try flush(&rows, &values, write)
        return count
    }

    private func flush(_ rows: inout [[String]], _ values: inout [Double], _ write: (String) throws -> Void) throws {
        guard !rows.isEmpty else { return }
        let outputs = predictor.outputs
        var scores = [Double](repeating: 0, count: rows.count * outputs)
        scores.withUnsafeMutableBufferPointer { target in
            values.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                predictor.predict(rows: source, count: rows.count, into: target)
            }
        }
        var text = ""
        for (index, row) in rows.enumerated() {
            for cell in row { text += Self.quoted(cell) + "," }
            text += answer(scores[(index * outputs)..<((index + 1) * outputs)])
            if let explainer {
                let parts = try explainer.explain(Array(values[(index * schema.width)..<((index + 1) * schema.width)])).outputs.first
                text += ",\(parts?.base ?? 0)"
                for part in parts?.contributions ?? [] { text += ",\(part)" }
            }
            text += "\n"
        }
        try write(text)
        rows.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
    }

    /// `score` and, for classes, `label`: the probability of the positive class, or of the likeliest one.
    private func answer(_ outputs: ArraySlice<Double>) -> String {
        let classes = schema.target.classes
        guard let first = outputs.first else { return "" }
        switch schema.target.task {
        case .regression: return "\(first)"
        case .binary: return "\(first)," + (classes.count == 2 ? Self.quoted(classes[first >= 0.5 ? 1 : 0]) : "")
        case .multiclass:
            let best = outputs.indices.max { outputs[$0] < outputs[$1] } ?? outputs.startIndex
            let index = best - outputs.startIndex
            return "\(outputs[best])," + (index < classes.count ? Self.quoted(classes[index]) : "")
        }
    }

    /// A cell as CSV writes it.
    static func quoted(_ cell: String) -> String {
        guard cell.utf8.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else { return cell }
        return "\"" + cell.replacing("\"", with: "\"\"") + "\""
    }
}

/// Turns a record's cells into a raw row, by the importer's own rules.
struct RowCells {
    private let schema: Schema
    /// The file's column of each feature; nil for one that the file may leave out.
    private let columns: [Int?]
    private let table: CategoryTable
    private var times: TimeParser

    init(schema: Schema, header: [String], file: String, table: CategoryTable) throws(TabularFailure) {
        self.schema = schema
        self.table = table
        times = try TimeParser(zone: schema.zone)
        var columns: [Int?] = []
        for feature in schema.features {
            let position = header.firstIndex(of: feature.name)
            guard position != nil || feature.optional else {
                throw .missingColumn(name: feature.name, file: file, nearest: Names.nearest(to: feature.name, in: header))
            }
            columns.append(position)
        }
        self.columns = columns
    }

    /// One value a feature, NaN where it is missing; throws for a cell that the feature cannot hold.
    mutating func values(_ record: [String], at reader: CSVRecordReader) throws(TabularFailure) -> [Double] {
        var row: [Double] = []
        row.reserveCapacity(columns.count)
        for (index, column) in columns.enumerated() {
            guard let column else {
                row.append(.nan)
                continue
            }
            guard let value = value(record[column], schema.features[index].kind) else {
                throw .badValue(
                    text: String(record[column].prefix(80)), expected: Self.expectation(schema.features[index].kind),
                    at: reader.location(column: column), remedy: "correct it or leave it empty")
            }
            row.append(value)
        }
        return row
    }

    private mutating func value(_ text: String, _ kind: FeatureKind) -> Double? {
        var copy = text
        return copy.withUTF8 { bytes in
            switch kind {
            case .numeric, .integer:
                if let number = CellText.number(bytes) { return number }
            case .boolean:
                if let truth = CellText.boolean(bytes) { return truth ? 1 : 0 }
                if let number = CellText.number(bytes), number == 0 || number == 1 { return number }
            case .categorical:
                if CellText.isMissing(bytes) { return .nan }
                return Double(table.code(of: text) ?? CategoryDictionary.otherCode)
            case .time:
                if let milliseconds = times.milliseconds(bytes: bytes) { return Double(milliseconds) }
            }
            return CellText.isMissing(bytes) ? .nan : nil
        }
    }

    private static func expectation(_ kind: FeatureKind) -> String {
        switch kind {
        case .numeric, .integer: "a finite number"
        case .boolean: "true or false"
        case .categorical: "a text"
        case .time: "a time"
        }
    }
}
