/// Text of CSV that is made row by row: what every file has that is no CSV.
///
/// A row of one empty cell is written with quotes, or it would be an empty line, which is no row.
struct RowText {
    /// Text below this size is always taken.
    private static let harmlessBytes: Int64 = 256 << 20
    /// Columns that hold one value a million times need next to nothing in a file that knows columns.
    private static let largestRatio: Int64 = 5_000

    private var bytes: [UInt8] = []
    private var isFirstCell = true
    private var rowStart = 0
    /// Bytes of the text so far.
    private(set) var total: Int64 = 0

    /// Bytes that wait to be given away.
    var waiting: Int { bytes.count }

    mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
        (total, isFirstCell, rowStart) = (0, true, 0)
    }

    /// Gives a part of the text away; how much.
    mutating func give(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count)
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        // What is left is a part of a row, as a rule.
        bytes.removeFirst(count)
        return count
    }

    /// Begins a row.
    @inline(__always)
    mutating func beginRow() {
        isFirstCell = true
        rowStart = bytes.count
    }

    /// A cell that may hold anything, put in quotes where it must be: also where it begins or ends with a blank, which would be lost.
    mutating func cell(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        guard let first = text.first, let last = text.last else { return }
        guard CSVBytes.isBlank(first) || CSVBytes.isBlank(last) else { return CSVText.append(text, to: &bytes) }
        bytes.append(0x22)
        for byte in text {
            if byte == 0x22 { bytes.append(0x22) }
            bytes.append(byte)
        }
        bytes.append(0x22)
    }

    mutating func cell(_ text: String) {
        var copy = text
        copy.withUTF8 { cell($0) }
    }

    /// A cell without a value.
    @inline(__always)
    mutating func empty() { separate() }

    /// A cell whose bytes need no quotes, written by `body`.
    @inline(__always)
    mutating func plain(_ body: (inout [UInt8]) -> Void) {
        separate()
        body(&bytes)
    }

    /// A cell that was written before, quotes and all.
    @inline(__always)
    mutating func ready(_ text: UnsafeBufferPointer<UInt8>) {
        separate()
        bytes.append(contentsOf: text)
    }

    /// The text that waits to be given away.
    func withWaiting(_ body: (UnsafeBufferPointer<UInt8>) throws(Damage) -> Void) throws(Damage) {
        let failure: Damage? = bytes.withUnsafeBufferPointer { all in
            do throws(Damage) { try body(all) } catch { return error }
            return nil
        }
        if let failure { throw failure }
    }

    /// Ends a row.
    mutating func endRow() {
        if bytes.count == rowStart { bytes.append(contentsOf: [0x22, 0x22]) }
        bytes.append(0x0A)
        total += Int64(bytes.count - rowStart)
    }

    /// Throws where so much text came out of a file of that size that it can be no table.
    func check(_ file: ReadableFile) throws(TabularFailure) {
        guard total > Self.harmlessBytes, total / Self.largestRatio > max(file.size, 1) else { return }
        throw .unreadable(
            path: file.path, reason: "it swells more than \(Self.largestRatio) times when read, as a bomb does",
            remedy: "convert it to CSV yourself if you trust it")
    }

    @inline(__always)
    private mutating func separate() {
        if isFirstCell { isFirstCell = false } else { bytes.append(0x2C) }
    }
}
