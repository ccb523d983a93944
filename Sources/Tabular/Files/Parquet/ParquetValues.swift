/// The values of one page, one after the other.
///
/// Source: Apache Parquet, "Encodings.md". Nothing is decoded before it is asked for, so that a page needs no memory beyond its bytes.
struct ParquetValues {
    private enum Way {
        case none
        case dictionary
        case bits
        case runs
        case fixed
        case variable
        case delta
        case deltaLength
        case deltaBytes
        case split
    }

    /// A value: a number's bits, signed ones with their sign carried on to 64; or bytes, valid until the next one.
    enum Value {
        case entry(Int)
        case bits(UInt64)
        case bytes(UnsafeBufferPointer<UInt8>)
    }

    private let way: Way
    private let physical: ParquetType.Physical
    private let width: Int
    private var reader: ByteCursor
    private var runs: RunDecoder
    private var delta: DeltaDecoder?
    private var suffixes: DeltaDecoder?
    private var index = 0
    private let count: Int
    /// The bytes of the latest value, where they do not stand in the page as they are.
    private var made: [UInt8] = []
    private let scratch: Scratch

    /// A page's values.
    ///
    /// - Parameter count: how many there are at most, missing ones left out.
    init(
        _ bytes: UnsafeBufferPointer<UInt8>, encoding: Int, physical: ParquetType.Physical, count: Int,
        scratch: Scratch
    ) throws(Damage) {
        self.physical = physical
        self.count = count
        self.scratch = scratch
        width = physical.width ?? 0
        reader = ByteCursor(bytes)
        var runs = try RunDecoder(UnsafeBufferPointer(start: nil, count: 0), width: 1)
        switch (encoding, physical) {
        case _ where bytes.isEmpty: way = .none
        case (0, .boolean): way = .bits
        case (0, .bytes): way = .variable
        case (0, _): way = .fixed
        case (2, _), (8, _):
            way = .dictionary
            let width = Int(try reader.byte())
            runs = try RunDecoder(reader.takeRest(), width: width)
        case (3, .boolean):
            way = .runs
            let length = Int(try reader.number(UInt32.self))
            runs = try RunDecoder(try reader.take(length), width: 1)
        case (5, .int32), (5, .int64):
            way = .delta
            delta = try DeltaDecoder(bytes)
        case (6, .bytes):
            way = .deltaLength
            delta = try DeltaDecoder(bytes)
            reader = ByteCursor(bytes, at: try Self.end(of: bytes))
        case (7, .bytes), (7, .fixed):
            way = .deltaBytes
            delta = try DeltaDecoder(bytes)
            let second = UnsafeBufferPointer(rebasing: bytes[(try Self.end(of: bytes))...])
            suffixes = try DeltaDecoder(second)
            reader = ByteCursor(second, at: try Self.end(of: second))
        case (9, .int32), (9, .int64), (9, .float), (9, .double), (9, .fixed):
            way = .split
            guard bytes.count % (physical.width ?? 1) == 0 else { throw .tooShort }
        default:
            throw Damage(what: "an encoding (\(encoding)) that its type has not", remedy: "write the file anew with the usual encodings")
        }
        self.runs = runs
    }

    private static func end(of bytes: UnsafeBufferPointer<UInt8>) throws(Damage) -> Int {
        var lengths = try DeltaDecoder(bytes)
        try lengths.skipAll()
        return lengths.end
    }

    /// The next value; throws where none is left.
    mutating func next() throws(Damage) -> Value {
        switch way {
        case .none: throw .tooShort
        case .dictionary: return .entry(try runs.next())
        case .bits:
            guard index >> 3 < reader.bytes.count else { throw .tooShort }
            defer { index += 1 }
            return .bits(UInt64(reader.bytes[index >> 3] >> UInt8(index & 7) & 1))
        case .runs: return .bits(UInt64(try runs.next() & 1))
        case .fixed: return try number(reader.take(width))
        case .variable: return .bytes(try reader.take(Int(try reader.number(UInt32.self))))
        case .delta:
            guard let value = try delta?.next() else { throw .tooShort }
            return .bits(UInt64(bitPattern: physical == .int32 ? Int64(Int32(truncatingIfNeeded: value)) : value))
        case .deltaLength:
            guard let length = try delta?.next() else { throw .tooShort }
            return .bytes(try reader.take(Int(length)))
        case .deltaBytes: return try deltaBytes()
        case .split: return try split()
        }
    }

    @inline(__always)
    private func number(_ bytes: UnsafeBufferPointer<UInt8>) throws(Damage) -> Value {
        switch physical {
        case .int32:
            var reader = ByteCursor(bytes)
            return .bits(UInt64(bitPattern: Int64(try reader.number(Int32.self))))
        case .float:
            var reader = ByteCursor(bytes)
            return .bits(UInt64(try reader.number(UInt32.self)))
        case .int64, .double:
            var reader = ByteCursor(bytes)
            return .bits(try reader.number(UInt64.self))
        case .boolean, .int96, .bytes, .fixed: return .bytes(bytes)
        }
    }

    /// A value shares its start with the one before it.
    private mutating func deltaBytes() throws(Damage) -> Value {
        guard let prefix = try delta?.next(), let suffix = try suffixes?.next() else { throw .tooShort }
        guard prefix >= 0, prefix <= made.count, suffix >= 0 else {
            throw Damage(what: "a value that goes on from another that is too short")
        }
        let rest = try reader.take(Int(suffix))
        made.removeLast(made.count - Int(prefix))
        made.append(contentsOf: rest)
        guard made.count <= CSVScanner.longestRecord else {
            throw Damage(what: "a text of more than 4 MiB", remedy: "leave the column out when you write the file")
        }
        return .bytes(scratch.kept(made))
    }

    /// The bytes of a value stand in as many streams.
    private mutating func split() throws(Damage) -> Value {
        let values = reader.bytes.count / width
        guard index < values else { throw .tooShort }
        made.removeAll(keepingCapacity: true)
        for stream in 0..<width { made.append(reader.bytes[stream * values + index]) }
        index += 1
        return try number(scratch.kept(made))
    }
}
