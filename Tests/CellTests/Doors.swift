import Console
import Engine
import Foundation
import Learning
import Monitoring
import Serving
import Tabular
import Workload

/// What came of a cell at a door.
enum Found: Equatable, CustomStringConvertible {
    case number(Double)
    case name(String)
    case missing
    case refused

    init(_ raw: Double, _ kind: FeatureKind, _ dictionary: CategoryDictionary) {
        if raw.isNaN {
            self = .missing
        } else if kind == .categorical {
            self = .name(Int32(exactly: raw).flatMap { dictionary.name(of: $0) } ?? "(other)")
        } else {
            self = .number(raw)
        }
    }

    var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .name(let name): "the name '\(name)'"
        case .missing: "missing"
        case .refused: "refused"
        }
    }
}

/// A deployment made of one file, and every door through which a cell comes to it.
struct Doors {
    let schema: Schema
    let header: [String]
    /// A row of the file that is taken everywhere.
    let usual: [String]
    let data: ImportedData

    init(_ text: String, _ options: ImportOptions) throws {
        data = try Files.imported(text, options)
        schema = data.rows.schema
        let lines = text.split(separator: "\n").map { CSVText.fields(String($0)) }
        header = lines[0]
        usual = lines[lines.count - 1]
    }

    private func file(_ column: String, _ cell: String) -> String {
        var row = usual
        if let index = header.firstIndex(of: column) { row[index] = cell }
        func line(_ cells: [String]) -> String { cells.map { String(decoding: CSVText.bytes($0), as: UTF8.self) }.joined(separator: ",") }
        return line(header) + "\n" + line(row) + "\n"
    }

    private func position(_ column: String) -> (index: Int, kind: FeatureKind) {
        let index = schema.index(of: column) ?? 0
        return (index, schema.features[index].kind)
    }

    /// `train --data`: the cell in a file of the frozen schema.
    func training(_ column: String, _ cell: String) throws -> Found {
        let (index, kind) = position(column)
        return try Files.with(file(column, cell)) { path in
            do {
                let rows = try CSVImport.read(path: path, schema: schema, from: nil, until: nil).rows
                return Found(rows.features[index], kind, rows.categories[column])
            } catch TabularFailure.noRows {
                // A row without a time is left out.
                return .missing
            } catch TabularFailure.badValue { return .refused }
        }
    }

    /// `predict`: the cell among rows to score, by a model that knows every text.
    func predicting(_ column: String, _ cell: String) throws -> Found {
        let (index, kind) = position(column)
        let categories = Categories(
            data.rows.categories[column].table.names.compactMap(\.self) + [cell.trimmingCharacters(in: .whitespaces)])
        return try Files.with(file(column, cell)) { path in
            let blocks = try CSVBlocks(path: path)
            let block = CSVBlock(of: blocks)
            var cells = try RowCells(schema: schema, header: blocks.header, file: "t.csv", categories: categories)
            var values: [Double] = []
            do {
                while try blocks.fill(block) { while try block.next() { try cells.append(block, to: &values) } }
            } catch TabularFailure.badValue { return .refused }
            return Found(values[index], kind, categories[column])
        }
    }

    /// `replay`: the cell of a file, as the client reads it and sends it, as the server decodes it.
    func replaying(_ column: String, _ cell: String) throws -> Found {
        let input = try input(column)
        var times = try TimeParser(zone: schema.zone)
        guard let value = CellReading(input, words: schema.missingWords).value(cell.trimmingCharacters(in: .whitespaces), times: &times)
        else {
            return .refused
        }
        return served(RequestWriter(inputs: [input]).body([value]), column)
    }

    /// `infer`: the cell as the text of a request.
    func requesting(_ column: String, _ cell: String) -> Found { request(column, datatype: "BYTES", element: Self.quoted(cell)) }

    /// `infer`: an element of a tensor as JSON has it.
    func request(_ column: String, datatype: String, element: String) -> Found {
        served(
            Array("{\"inputs\":[{\"name\":\(Self.quoted(column)),\"shape\":[1],\"datatype\":\"\(datatype)\",\"data\":[\(element)]}]}".utf8),
            column)
    }

    /// The console's filter: what the cell is taken for by `column=cell`.
    func filtering(_ column: String, _ cell: String, expected: Found) -> Found {
        guard let filter = CellFilter("\(column)=\(cell)", schema) else { return .refused }
        let index = position(column).index
        var values = schema.features.map { _ in FeatureValue.text("something else") }
        switch expected {
        case .number(let number): values[index] = .number(number)
        case .name(let name): values[index] = .text(name)
        case .missing: values[index] = .missing
        case .refused: return .missing
        }
        let row = PredictionRow(
            id: RowID(base: PredictionID(epoch: 1, loop: 0, sequence: 1), row: 0), time: 0, version: 1, latencyNanoseconds: 0,
            scores: [0.5],
            values: values)
        return filter.accepts(row) ? expected : .refused
    }

    private func input(_ column: String) throws -> ModelInput {
        let feature = schema.features[position(column).index]
        let datatypes: [FeatureKind: String] = [
            .numeric: "FP64", .integer: "INT64", .boolean: "BOOL", .categorical: "BYTES", .time: "BYTES",
        ]
        return ModelInput(
            name: feature.name, datatype: datatypes[feature.kind] ?? "", kind: feature.kind, format: feature.format,
            keepsWords: feature.keepsWords ?? false)
    }

    /// What the server makes of a request that brings one column only.
    private func served(_ body: [UInt8], _ column: String) -> Found {
        let (index, kind) = position(column)
        var lone = schema
        lone.features = schema.features.map { feature in
            var feature = feature
            feature.optional = true
            return feature
        }
        let categories = Categories()
        let route = Route(
            deployment: "cells", schema: lone, state: .live, champion: nil, resident: [], categories: categories)
        let buffer = RowBuffer()
        return body.withUnsafeBufferPointer { bytes in
            do throws(InferenceFailure) {
                var decoder = InferenceDecoder(
                    bytes, plan: JSONPlan(lone), lane: LoopState(loop: 0, epoch: 1).lane(of: route), buffer: buffer, maximumRows: 10)
                _ = try decoder.decode()
                return Found(buffer.rows[index], kind, categories[column])
            } catch { return .refused }
        }
    }

    static func quoted(_ text: String) -> String {
        let data = try? JSONEncoder().encode(text)
        return data.map { String(decoding: $0, as: UTF8.self) } ?? "\"\""
    }
}

/// Files for one test each.
enum Files {
    static func with<T>(_ text: String, name: String = "t.csv", _ body: (String) throws -> T) throws -> T {
        try with(Array(text.utf8), name: name, body)
    }

    static func with<T>(_ bytes: [UInt8], name: String = "t.csv", _ body: (String) throws -> T) throws -> T {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-cells-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try Data(bytes).write(to: URL(filePath: directory + "/" + name))
        return try body(directory + "/" + name)
    }

    static func imported(_ text: String, _ options: ImportOptions) throws -> ImportedData {
        try with(text) { try CSVImport.read(path: $0, options: options) }
    }

    /// What a body fails with, in words.
    static func failure(_ body: () throws -> Void) -> String? {
        do {
            try body()
            return nil
        } catch { return "\(error)" }
    }
}
