/// Reads the columns of a file batch by batch, in constant memory: values in column order, names as codes of their column.
///
/// One thread at a time may use it.
package final class ColumnReading {
    /// Rows of a full batch: its values stay in the nearer caches.
    package static let batchRows = 1_024
    /// Distinct texts of a column that are told apart.
    package static let mostTexts = 65_535
    /// The code of a text beyond them.
    package static let otherCode = -1.0
    /// What stands for a cell that the column cannot hold: no cell is infinite.
    package static let misfit = Double.infinity

    /// The first cell of a column that it cannot hold.
    package struct Misfit: Sendable {
        package var text: String
        package var at: CellLocation
    }

    /// What the loop over the cells needs of a column.
    private struct Lane {
        var source: Int
        var takesPlainNumbers: Bool
        var isCategorical: Bool
        var isWhole: Bool
    }

    private let scanner: CSVScanner
    private let lanes: [Lane]
    private let readers: [CellReader]
    private let words: MissingWords
    private var clock: TimeParser
    private var interners: [ByteInterner]
    private let values: UnsafeMutablePointer<Double>
    private let hashes: UnsafeMutablePointer<UInt64>
    /// Whether a cell that the columns, guessed from a sample, did not foresee ends the reading.
    private let isGuess: Bool
    /// Whether such a cell came: what was read is void.
    package private(set) var isSurprised = false
    /// Rows of the batch.
    package private(set) var count = 0
    /// The first misfit of each column.
    package private(set) var misfits: [Misfit?]
    /// Columns of whole numbers in which others came.
    package private(set) var hasFractions: [Bool]

    /// Opens a file for the columns of those names, which must be in its header.
    package init(path: String, columns: [FileColumn], rules: FileReadingRules, isGuess: Bool = false) throws(TabularFailure) {
        scanner = try CSVScanner(path: path)
        words = rules.words
        clock = try TimeParser(zone: "UTC")
        readers = columns.map { CellReader(kind: $0.kind ?? .numeric, format: $0.format, words: rules.words) }
        var lanes: [Lane] = []
        for (column, reader) in zip(columns, readers) {
            guard let source = scanner.header.firstIndex(of: column.name) else {
                throw .missingColumn(
                    name: column.name, file: scanner.file, nearest: Names.nearest(to: column.name, in: scanner.header))
            }
            lanes.append(
                Lane(
                    source: source, takesPlainNumbers: reader.takesPlainNumbers, isCategorical: column.kind == .categorical,
                    isWhole: column.kind == .integer))
        }
        self.lanes = lanes
        self.isGuess = isGuess
        interners = columns.map { ByteInterner(limit: $0.kind == .categorical ? Self.mostTexts : 0) }
        misfits = columns.map { _ in nil }
        hasFractions = columns.map { _ in false }
        values = .allocate(capacity: max(1, columns.count) * Self.batchRows)
        hashes = .allocate(capacity: Self.batchRows)
    }

    deinit {
        values.deallocate()
        hashes.deallocate()
    }

    /// The file's name, for messages.
    package var file: String { scanner.file }

    /// A column's values in the batch: numbers, codes of texts (`otherCode` beyond `mostTexts`), NaN without a value, `misfit`.
    ///
    /// Valid until the next batch.
    package func column(_ index: Int) -> UnsafeBufferPointer<Double> {
        precondition(index >= 0 && index < lanes.count)
        return UnsafeBufferPointer(start: values + index * Self.batchRows, count: count)
    }

    /// A hash of each record's text in the batch, all of its columns included; equal texts have equal ones.
    package var recordHashes: UnsafeBufferPointer<UInt64> { UnsafeBufferPointer(start: hashes, count: count) }

    /// The texts of a column by code.
    package func texts(_ index: Int) -> [String] { interners[index].texts }

    /// Fills the batch with the next rows; false at the end of the file, or when it is surprised.
    ///
    /// - Throws: whatever is wrong with the file, with the place; never for a cell that does not fit its column. Complexity: O(bytes).
    package func next() throws(TabularFailure) -> Bool {
        count = 0
        while count < Self.batchRows, !isSurprised, try scanner.next() {
            let record = scanner.record
            for index in lanes.indices {
                values[index * Self.batchRows + count] = try value(index, record[lanes[index].source])
            }
            hashes[count] = RecordHash.of(scanner.recordText)
            count += 1
        }
        return count > 0 && !isSurprised
    }

    @inline(__always)
    private func value(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) throws(TabularFailure) -> Double {
        let lane = lanes[index]
        if lane.takesPlainNumbers, !lane.isWhole || bytes.count < 16, let number = CellText.number(bytes) {
            // A zero in front makes a name of digits.
            if isGuess, lane.isWhole, bytes.count > 1, bytes[0] == 0x30, bytes[1] != 0x2E { isSurprised = true }
            if lane.isWhole, number != number.rounded(.towardZero) { hasFractions[index] = true }
            return number
        }
        if lane.isCategorical {
            let name = CellText.trimmed(bytes)
            if !name.isEmpty, !words.contains(trimmed: name) { return try code(index, name) }
        }
        switch readers[index].meaning(bytes, times: &clock) {
        case .value(let value): return value
        case .name(let name): return try code(index, name)
        case .blank, .word: return .nan
        case .misfit:
            isSurprised = isGuess
            if misfits[index] == nil {
                misfits[index] = Misfit(
                    text: String(decoding: bytes.prefix(80), as: UTF8.self), at: scanner.location(lanes[index].source))
            }
            return Self.misfit
        }
    }

    private func code(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) throws(TabularFailure) -> Double {
        switch interners[index].code(of: bytes) {
        case .known(let code): return Double(code)
        case .new(let code):
            // A text is checked once, when it is new; a number among names may make the column another one.
            _ = try scanner.text(lanes[index].source)
            if isGuess, CellText.isNumberOrTime(bytes) { isSurprised = true }
            return Double(code)
        case .full: return Self.otherCode
        }
    }
}

/// A hash of a record's text that is the same on every machine and in every run.
enum RecordHash {
    /// Multiply and fold over eight bytes at a time.
    ///
    /// Complexity: O(bytes).
    @inline(__always)
    static func of(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        guard let base = UnsafeRawPointer(text.baseAddress) else { return 0 }
        var state = fold(0x9E37_79B9_7F4A_7C15 ^ UInt64(text.count), 0xD6E8_FEB8_6659_FD93)
        var index = 0
        while index + 8 <= text.count {
            state = fold(state ^ base.loadUnaligned(fromByteOffset: index, as: UInt64.self).littleEndian, 0xA076_1D64_78BD_642F)
            index += 8
        }
        var rest: UInt64 = 0
        while index < text.count {
            rest = rest << 8 | UInt64(text[index])
            index += 1
        }
        return fold(fold(state ^ rest, 0xE703_7ED1_A0B4_28DB), 0x8EBC_6AF0_9C88_C6E3)
    }

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }
}
