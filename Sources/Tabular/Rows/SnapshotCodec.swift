import Crypto
import Foundation

/// The canonical bytes of labelled rows: what is hashed, and what a snapshot file holds.
///
/// Little-endian: `FBD1`, schema, category texts in the order of their first appearance by row, count, width, whether times (1) and ids (2)
/// follow, features row-major with one bit pattern for missing, targets, times, ids. Codes are renumbered to that order, so that the hash does not depend
/// on what else a shared dictionary holds.
package enum SnapshotCodec {
    static let magic: UInt32 = 0x3144_4246  // "FBD1"
    /// Of rows whose cells are not read in the plain way: the schema stands there once more, as JSON with all that it holds.
    static let detailedMagic: UInt32 = 0x3244_4246  // "FBD2"
    private static let hasTimes: UInt8 = 1
    private static let hasIDs: UInt8 = 2
    private static let chunkRows = 512

    /// Hexadecimal SHA-256 of the canonical bytes.
    ///
    /// Complexity: O(values).
    static func hash(_ rows: LabelledRows) -> String {
        var hasher = SHA256()
        forEachChunk(rows) { hasher.update(bufferPointer: $0) }
        return hexadecimal(hasher.finalize())
    }

    static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var result: [UInt8] = []
        for byte in digest {
            result.append(digits[Int(byte >> 4)])
            result.append(digits[Int(byte & 15)])
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Hands the canonical bytes over in pieces of bounded size.
    package static func forEachChunk<Failure: Error>(
        _ rows: LabelledRows, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        let recoding = CategoryRecoding(rows)
        let width = rows.schema.width
        var header = ByteWriter()
        let isPlain = rows.schema.isReadPlainly
        header.write(isPlain ? magic : detailedMagic)
        write(rows.schema, to: &header)
        if !isPlain { header.write(json(rows.schema)) }
        header.write(recoding.list.texts)
        header.write(UInt64(rows.count))
        header.write(UInt32(clamping: width))
        header.write((rows.times.isEmpty ? UInt8(0) : hasTimes) | (rows.ids.isEmpty ? 0 : hasIDs))
        try hand(header.bytes, body)
        let chunk = UnsafeMutableBufferPointer<Double>.allocate(capacity: chunkRows * max(width, 1))
        defer { chunk.deallocate() }
        var start = 0
        while start < rows.count, width > 0 {
            let count = min(chunkRows, rows.count - start) * width
            let values = UnsafeMutableBufferPointer(rebasing: chunk[..<count])
            _ = values.update(fromContentsOf: rows.features[(start * width)..<(start * width + count)])
            for i in 0..<count where values[i].isNaN { values[i] = .nan }
            recoding.apply(to: values, width: width)
            try body(UnsafeRawBufferPointer(values))
            start += chunkRows
        }
        try hand(rows.targets, body)
        try hand(rows.times, body)
        try hand(rows.ids, body)
    }

    private static func hand<Element, Failure: Error>(
        _ values: [Element], _ body: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        // withUnsafeBytes rethrows untyped, so the failure travels beside it.
        let outcome: Result<Void, Failure> = values.withUnsafeBytes { buffer in
            do throws(Failure) { return .success(try body(buffer)) } catch { return .failure(error) }
        }
        try outcome.get()
    }

    private static func write(_ schema: Schema, to writer: inout ByteWriter) {
        writer.write(UInt32(clamping: schema.features.count))
        for feature in schema.features {
            writer.write(feature.name)
            writer.write(feature.kind.rawValue)
            writer.write(feature.optional ? UInt8(1) : UInt8(0))
        }
        writer.write(schema.target.name)
        writer.write(schema.target.task.rawValue)
        writer.write(schema.target.classes)
        writer.write(schema.timeColumn.map { [$0] } ?? [])
        writer.write(schema.zone)
        writer.write(schema.excluded)
    }

    /// The rows that canonical bytes describe; nil when they describe none.
    ///
    /// Never traps, whatever the bytes.
    package static func decode(_ bytes: ArraySlice<UInt8>) -> LabelledRows? {
        var reader = ByteReader(bytes)
        guard let kind = reader.integer(UInt32.self), kind == magic || kind == detailedMagic, let plain = schema(&reader),
            let schema = kind == magic ? plain : detailed(&reader, plain), let names = reader.texts(),
            let count64 = reader.integer(UInt64.self), let count = Int(exactly: count64),
            let width32 = reader.integer(UInt32.self), let width = Int(exactly: width32), width == schema.width,
            let parts = reader.integer(UInt8.self), parts <= hasTimes | hasIDs
        else { return nil }
        let (values, overflow) = count.multipliedReportingOverflow(by: width)
        guard !overflow, var features = reader.words(values, of: Double.self), let targets = reader.words(count, of: Double.self),
            let times = reader.words(parts & hasTimes == 0 ? 0 : count, of: Int64.self),
            let ids = reader.words(parts & hasIDs == 0 ? 0 : count, of: UInt64.self), reader.remaining == 0
        else { return nil }
        guard let list = CategoryList(names) else { return nil }
        let categories = list.distribute(over: &features, of: schema)
        return LabelledRows(schema: schema, categories: categories, features: features, targets: targets, times: times, ids: ids)
    }

    private static func json(_ schema: Schema) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return (try? encoder.encode(schema)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The schema with all that it holds; nil when it is not the one whose plain part stands before it.
    private static func detailed(_ reader: inout ByteReader, _ plain: Schema) -> Schema? {
        guard let text = reader.text(), let schema = try? JSONDecoder().decode(Schema.self, from: Data(text.utf8)),
            schema.features.map(\.name) == plain.features.map(\.name), schema.target.classes == plain.target.classes
        else { return nil }
        return schema
    }

    private static func schema(_ reader: inout ByteReader) -> Schema? {
        guard let count = reader.integer(UInt32.self), Int(count) <= reader.remaining / 9 else { return nil }
        var features: [Feature] = []
        for _ in 0..<count {
            guard let name = reader.text(), let kindText = reader.text(), let kind = FeatureKind(rawValue: kindText),
                let optional = reader.integer(UInt8.self)
            else { return nil }
            features.append(Feature(name: name, kind: kind, optional: optional == 1))
        }
        guard let target = reader.text(), let taskText = reader.text(), let task = PredictionTask(rawValue: taskText),
            let classes = reader.texts(), let timeColumns = reader.texts(), timeColumns.count <= 1, let zone = reader.text(),
            let excluded = reader.texts()
        else { return nil }
        return Schema(
            features: features, target: Target(name: target, task: task, classes: classes), timeColumn: timeColumns.first, zone: zone,
            excluded: excluded)
    }
}

extension Schema {
    /// Whether cells are read by the standard rules: plain numbers, the standard words for missing, every column an input.
    fileprivate var isReadPlainly: Bool {
        missing == nil && groupColumn == nil && target.format == nil && target.keepsWords == nil
            && features.allSatisfy { $0.format == nil && $0.keepsWords == nil && $0.role == nil }
    }
}

/// Every column's codes as those of one list of texts, in the order of their first appearance by row.
struct CategoryRecoding {
    /// The texts in the new order.
    let list: CategoryList
    /// By row position of a categorical feature.
    private let maps: [(column: Int, map: CodeMap)]

    /// Complexity: O(values of the columns).
    init(_ rows: LabelledRows) {
        let schema = rows.schema
        let columns = schema.features.indices.filter { schema.features[$0].kind == .categorical }
        let tables = columns.map { rows.categories[schema.features[$0].name].table }
        var maps = tables.map { CodeMap(codes: $0.names.count) }
        var list = CategoryList()
        rows.features.withUnsafeBufferPointer { values in
            FirstCodes(columns: columns, codes: tables.map(\.names.count), width: schema.width).forEach(in: values) { index, code in
                if let text = tables[index].names[code] { maps[index][code] = Int32(clamping: list.code(of: text)) }
            }
        }
        self.list = list
        self.maps = zip(columns, maps).map { (column: $0, map: $1) }
    }

    /// Gives row-major values the new codes; codes without a text become the code of all others.
    func apply(to values: UnsafeMutableBufferPointer<Double>, width: Int) {
        CodeMap.apply(maps, to: values, width: width)
    }
}

extension LabelledRows {
    /// The same rows with dictionaries of the texts that they have and no others: what their snapshot reads back as.
    ///
    /// Complexity: O(values).
    public func withOwnCategories() -> LabelledRows {
        let recoding = CategoryRecoding(self)
        var result = self
        result.features.withUnsafeMutableBufferPointer { recoding.apply(to: $0, width: schema.width) }
        result.categories = recoding.list.distribute(over: &result.features, of: schema)
        return result
    }
}
