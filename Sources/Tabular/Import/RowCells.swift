/// Turns the records of one thread's blocks into raw rows, by the importer's own rules.
package struct RowCells {
    /// Texts whose codes are kept by their bytes, and the longest of them: looking a `String` up takes several times as long.
    private static let keptTexts = 4_096
    private static let keptBytes = 64

    private let kinds: [FeatureKind]
    private let readers: [CellReader]
    private let takesPlainNumbers: [Bool]
    private let words: MissingWords
    private let keepsWords: [Bool]
    /// The file's column of each feature; nil for one that the file may leave out.
    private let columns: [Int?]
    /// Each column's texts.
    private let tables: [CategoryTable?]
    private var texts: [ByteInterner]
    /// The tables' codes of the kept texts.
    private var codes: [[Double]]
    private var times: TimeParser
    private var order = TimeOrder()
    /// The block's filling that the order is about, and the last one whose records before it have been asked.
    private var filling = -1
    private var askedFilling = -1

    /// Finds the schema's features among a file's columns.
    ///
    /// Texts that a column's dictionary does not hold get `CategoryDictionary.otherCode`.
    package init(schema: Schema, header: [String], file: String, categories: Categories) throws(TabularFailure) {
        kinds = schema.features.map(\.kind)
        tables = schema.features.map { $0.kind == .categorical ? categories[$0.name].table : nil }
        texts = schema.features.map { _ in ByteInterner(limit: Self.keptTexts) }
        codes = schema.features.map { _ in [] }
        readers = schema.readers
        takesPlainNumbers = readers.map(\.takesPlainNumbers)
        words = schema.missingWords
        keepsWords = schema.features.map { $0.keepsWords == true }
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

    /// Adds one value a feature, NaN where it is missing; throws `badValue` for a cell that the feature cannot hold.
    package mutating func append(_ block: CSVBlock, to values: inout [Double]) throws(TabularFailure) {
        let record = block.record
        if block.filling != filling { (order, filling) = (TimeOrder(), block.filling) }
        for index in columns.indices {
            guard let column = columns[index] else {
                values.append(.nan)
                continue
            }
            let bytes = record[column]
            guard let value = kinds[index] == .time ? time(bytes, index, column, block) : value(bytes, index) else {
                throw .badValue(
                    text: String(String(decoding: bytes, as: UTF8.self).prefix(80)), expected: readers[index].expectation,
                    at: block.location(column: column), remedy: readers[index].remedy(bytes, otherwise: "correct it or leave it empty"))
            }
            values.append(value)
        }
    }

    @inline(__always)
    private mutating func value(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Double? {
        switch kinds[index] {
        case .numeric where takesPlainNumbers[index]:
            if let number = CellText.number(bytes) { return number }
        case .integer where takesPlainNumbers[index] && bytes.count < 16:
            if let number = CellText.number(bytes) { return number }
        case .categorical:
            // As the reader has it, without touching the reader: nearly every cell of such a column is a name.
            let name = CellText.trimmed(bytes)
            if !name.isEmpty, keepsWords[index] || !words.contains(trimmed: name) { return code(name, index) }
        case .numeric, .integer, .boolean, .time: break
        }
        switch readers[index].meaning(bytes, times: &times) {
        case .value(let value): return value
        case .name(let name): return code(name, index)
        case .blank, .word: return .nan
        case .misfit: return nil
        }
    }

    /// A time, which of two equal local ones the rows before it tell, those before the block included.
    private mutating func time(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, _ column: Int, _ block: CSVBlock) -> Double? {
        let (before, ambiguous) = (order, times.ambiguous)
        guard let found = times.milliseconds(bytes: bytes, in: &order) else { return value(bytes, index) }
        guard times.ambiguous > ambiguous, askedFilling != filling else { return Double(found) }
        askedFilling = filling
        var earlier = TimeOrder()
        block.forEachRecordBefore { _ = times.milliseconds(bytes: $0[column], in: &earlier) }
        order = earlier.followed(by: before)
        return times.milliseconds(bytes: bytes, in: &order).map { Double($0) }
    }

    private mutating func code(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Double {
        guard bytes.count <= Self.keptBytes else { return lookedUp(bytes, index) }
        switch texts[index].code(of: bytes) {
        case .known(let kept): return codes[index][Int(kept)]
        case .new:
            let code = lookedUp(bytes, index)
            codes[index].append(code)
            return code
        case .full: return lookedUp(bytes, index)
        }
    }

    private func lookedUp(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Double {
        Double(tables[index]?.code(of: String(decoding: bytes, as: UTF8.self)) ?? CategoryDictionary.otherCode)
    }
}
