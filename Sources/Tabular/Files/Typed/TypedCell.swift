/// What the values of a typed column are, and so how they are written as cells: the same text that a CSV of the table has.
enum TypedCell: Equatable {
    case boolean
    case signed
    /// From so many bits: what lies above them is no part of the number.
    case unsigned(bits: Int)
    case float
    case double
    case half
    case decimal(scale: Int)
    /// Days since 1970.
    case date
    case dateMilliseconds
    case time(TimeUnit)
    case timestamp(TimeUnit, isUTC: Bool)
    /// Nanoseconds of a day and a Julian day, as Spark and Impala once wrote instants.
    case julian
    /// Letters, in UTF-8.
    case text
    case uuid
    /// No value in any row.
    case null

    /// Adds a value that has at most 64 bits, as a signed number where it is one.
    ///
    /// Complexity: O(digits).
    func append(bits: UInt64, to text: inout RowText) throws(Damage) {
        let value = Int64(bitPattern: bits)
        switch self {
        case .boolean: text.plain { $0.append(contentsOf: (bits != 0 ? "true" : "false").utf8) }
        case .signed: text.plain { NumberText.append(value, to: &$0) }
        case .unsigned(let width): text.plain { NumberText.append(width >= 64 ? bits : bits & ((1 << UInt64(width)) - 1), to: &$0) }
        case .float: text.plain { NumberText.append(Float(bitPattern: UInt32(truncatingIfNeeded: bits)), to: &$0) }
        case .double: text.plain { NumberText.append(Double(bitPattern: bits), to: &$0) }
        case .half: text.plain { NumberText.append(NumberText.float(ofHalf: UInt16(truncatingIfNeeded: bits)), to: &$0) }
        case .decimal(let scale):
            text.plain { DecimalCell.append(Array(String(value.magnitude).utf8), isNegative: value < 0, scale, to: &$0) }
        case .date: text.plain { TimeCell.append(days: value, to: &$0) }
        case .dateMilliseconds: text.plain { TimeCell.append(dateMilliseconds: value, to: &$0) }
        case .time(let unit): text.plain { TimeCell.append(time: value, unit, to: &$0) }
        case .timestamp(let unit, let isUTC): text.plain { TimeCell.append(timestamp: value, unit, isUTC: isUTC, to: &$0) }
        case .null: text.empty()
        case .julian, .text, .uuid: throw Damage(what: "a number where bytes must be")
        }
    }

    /// Adds a value that is a row of bytes.
    ///
    /// - Throws: where they are no text, or not as many as the type has. Complexity: O(bytes), of decimals O(bytes²).
    func append(bytes: UnsafeBufferPointer<UInt8>, to text: inout RowText) throws(Damage) {
        switch self {
        case .text:
            guard Self.isText(bytes) else {
                throw Damage(what: "bytes that are no text", remedy: "leave the column out when you write the file, or write it as text")
            }
            text.cell(bytes)
        case .decimal(let scale):
            guard bytes.count <= DecimalCell.mostBytes else {
                throw Damage(what: "a number of \(bytes.count) bytes", remedy: "write the column with a smaller precision")
            }
            text.plain { DecimalCell.append(bigEndian: bytes, scale, to: &$0) }
        case .half:
            guard bytes.count == 2 else { throw Damage(what: "a half of \(bytes.count) bytes") }
            try append(bits: UInt64(bytes[0]) | UInt64(bytes[1]) << 8, to: &text)
        case .uuid:
            guard bytes.count == 16 else { throw Damage(what: "a UUID of \(bytes.count) bytes") }
            text.plain { out in
                for (index, byte) in bytes.enumerated() {
                    if index == 4 || index == 6 || index == 8 || index == 10 { out.append(0x2D) }
                    out.append(Self.digits[Int(byte >> 4)])
                    out.append(Self.digits[Int(byte & 15)])
                }
            }
        case .julian:
            var reader = ByteCursor(bytes)
            let nanoseconds = try reader.number(Int64.self)
            let day = Int64(try reader.number(Int32.self)) - 2_440_588
            text.plain { TimeCell.append(days: day, nanoseconds: nanoseconds, to: &$0) }
        case .null: text.empty()
        case .boolean, .signed, .unsigned, .float, .double, .date, .dateMilliseconds, .time, .timestamp:
            throw Damage(what: "bytes where a number must be")
        }
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func isText(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var all: UInt8 = 0
        var hasNUL = false
        for byte in bytes {
            all |= byte
            if byte == 0 { hasNUL = true }
        }
        return !hasNUL && (all < 0x80 || String(validating: bytes, as: UTF8.self) != nil)
    }
}

/// Exact decimals as text.
enum DecimalCell {
    /// Bytes of the largest number: 76 digits.
    static let mostBytes = 32
    /// Digits behind or before the point that are written out.
    private static let mostScale = 100

    /// Adds the digits of a whole number with the point so many of them from the end; more zeros where the scale is negative.
    static func append(_ digits: [UInt8], isNegative: Bool, _ scale: Int, to text: inout [UInt8]) {
        let scale = min(max(scale, -mostScale), mostScale)
        if isNegative { text.append(0x2D) }
        guard scale > 0 else {
            text.append(contentsOf: digits)
            if digits != [0x30] { for _ in 0..<(-scale) { text.append(0x30) } }
            return
        }
        let padded = digits.count > scale ? digits : [UInt8](repeating: 0x30, count: scale + 1 - digits.count) + digits
        text.append(contentsOf: padded[..<(padded.count - scale)])
        text.append(0x2E)
        text.append(contentsOf: padded[(padded.count - scale)...])
    }

    /// The same of a number in two's complement, its first byte the highest.
    static func append(bigEndian bytes: UnsafeBufferPointer<UInt8>, _ scale: Int, to text: inout [UInt8]) {
        let isNegative = (bytes.first ?? 0) & 0x80 != 0
        var magnitude = Array(bytes)
        if isNegative {
            var carry: UInt8 = 1
            for index in magnitude.indices.reversed() {
                let (sum, overflow) = (~magnitude[index]).addingReportingOverflow(carry)
                magnitude[index] = sum
                carry = overflow ? 1 : 0
            }
        }
        var digits: [UInt8] = []
        while magnitude.contains(where: { $0 != 0 }) {
            var remainder = 0
            for index in magnitude.indices {
                let value = remainder << 8 | Int(magnitude[index])
                magnitude[index] = UInt8(value / 10)
                remainder = value % 10
            }
            digits.append(UInt8(0x30 + remainder))
        }
        append(digits.isEmpty ? [0x30] : digits.reversed(), isNegative: isNegative && !digits.isEmpty, scale, to: &text)
    }
}
