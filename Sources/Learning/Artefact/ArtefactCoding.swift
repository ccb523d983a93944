import Tabular

/// Writes a model's parts, little-endian.
public struct ArtefactWriter {
    private var writer = ByteWriter()

    init() {}

    var bytes: [UInt8] { writer.bytes }

    /// A whole number.
    public mutating func integer(_ value: Int) { writer.write(Int64(value)) }
    /// A real number, bit for bit.
    public mutating func real(_ value: Double) { writer.write(value.bitPattern) }
    /// A text.
    public mutating func text(_ value: String) { writer.write(value) }
    /// Texts.
    public mutating func texts(_ values: [String]) { writer.write(values) }
    /// Real numbers, with their count.
    public mutating func reals(_ values: [Double]) {
        integer(values.count)
        for value in values { real(value) }
    }
    /// Whole numbers of 32 bits, with their count.
    public mutating func integers(_ values: [Int32]) {
        integer(values.count)
        for value in values { writer.write(value) }
    }
    /// Words of 64 bits, with their count.
    public mutating func words(_ values: [UInt64]) {
        integer(values.count)
        for value in values { writer.write(value) }
    }
    /// Bytes, with their count.
    public mutating func bytes(_ values: [UInt8]) {
        integer(values.count)
        for value in values { writer.write(value) }
    }
}

/// Reads a model's parts from bytes that may be anything.
public struct ArtefactReader {
    private var reader: ByteReader

    init(_ bytes: ArraySlice<UInt8>) { reader = ByteReader(bytes) }

    var isAtEnd: Bool { reader.remaining == 0 }

    private func corrupt() -> LearningFailure { .corruptArtefact("it ends early, at byte \(reader.position)") }

    /// A whole number in a range.
    public mutating func integer(in range: ClosedRange<Int> = 0...Int(Int32.max)) throws(LearningFailure) -> Int {
        guard let value = reader.integer(Int64.self) else { throw corrupt() }
        guard let number = Int(exactly: value), range.contains(number) else {
            throw .corruptArtefact("a number out of range at byte \(reader.position)")
        }
        return number
    }

    /// A real number.
    public mutating func real() throws(LearningFailure) -> Double {
        guard let bits = reader.integer(UInt64.self) else { throw corrupt() }
        return Double(bitPattern: bits)
    }

    /// A text.
    public mutating func text() throws(LearningFailure) -> String {
        guard let text = reader.text() else { throw corrupt() }
        return text
    }

    /// Texts.
    public mutating func texts() throws(LearningFailure) -> [String] {
        guard let texts = reader.texts() else { throw corrupt() }
        return texts
    }

    /// Real numbers.
    public mutating func reals() throws(LearningFailure) -> [Double] {
        guard let values = reader.words(try integer(), of: Double.self) else { throw corrupt() }
        return values
    }

    /// Whole numbers of 32 bits.
    public mutating func integers() throws(LearningFailure) -> [Int32] {
        guard let values = reader.integers(try integer(), of: Int32.self) else { throw corrupt() }
        return values
    }

    /// Words of 64 bits.
    public mutating func words() throws(LearningFailure) -> [UInt64] {
        guard let values = reader.words(try integer(), of: UInt64.self) else { throw corrupt() }
        return values
    }

    /// Bytes.
    public mutating func bytes() throws(LearningFailure) -> [UInt8] {
        guard let values = reader.bytes(try integer()) else { throw corrupt() }
        return Array(values)
    }
}
