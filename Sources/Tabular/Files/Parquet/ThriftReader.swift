/// Reads structures of Thrift's compact protocol, field by field.
///
/// Source: Apache Thrift, "thrift-compact-protocol.md".
struct ThriftReader {
    /// A field's or element's kind.
    enum Kind: UInt8 {
        case yes = 1
        case no = 2
        case byte = 3
        case short = 4
        case whole = 5
        case long = 6
        case double = 7
        case bytes = 8
        case list = 9
        case set = 10
        case map = 11
        case structure = 12
    }

    /// Structures within one another.
    private static let deepest = 32

    private var reader: ByteCursor
    private var depth = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { reader = ByteCursor(bytes) }

    /// Bytes used up.
    var position: Int { reader.position }

    /// The next field of a structure whose last field was `last`, which moves on; nil at its end.
    mutating func field(after last: inout Int) throws(Damage) -> Kind? {
        let head = try reader.byte()
        if head == 0 { return nil }
        guard let kind = Kind(rawValue: head & 0x0F) else { throw Damage(what: "a field of an unknown kind") }
        if head >> 4 != 0 {
            last += Int(head >> 4)
        } else {
            last = Int(Int16(truncatingIfNeeded: try reader.zigzag()))
        }
        return kind
    }

    /// A whole number of any width.
    mutating func integer(_ kind: Kind) throws(Damage) -> Int64 {
        switch kind {
        case .byte: return Int64(Int8(bitPattern: try reader.byte()))
        case .short, .whole, .long: return try reader.zigzag()
        default: throw Damage(what: "a field that is no number")
        }
    }

    mutating func text(_ kind: Kind) throws(Damage) -> String {
        guard kind == .bytes else { throw Damage(what: "a field that is no text") }
        return String(decoding: try reader.take(try reader.count()), as: UTF8.self)
    }

    /// Begins a list; how many elements of which kind.
    ///
    /// An element takes a byte at least, so that a list cannot be longer than what is left.
    mutating func list(_ kind: Kind) throws(Damage) -> (kind: Kind, count: Int) {
        guard kind == .list || kind == .set else { throw Damage(what: "a field that is no list") }
        let head = try reader.byte()
        let count = head >> 4 == 15 ? try reader.count() : Int(head >> 4)
        guard count <= reader.rest, let element = Kind(rawValue: head & 0x0F) ?? (count == 0 ? .byte : nil) else {
            throw Damage(what: "a list beyond all bounds")
        }
        return (element, count)
    }

    /// Reads a structure: `body` gets each field's number and kind, and reads or skips it.
    mutating func structure(_ kind: Kind, _ body: (inout ThriftReader, Int, Kind) throws(Damage) -> Void) throws(Damage) {
        guard kind == .structure else { throw Damage(what: "a field that is no structure") }
        try begin()
        var last = 0
        while let kind = try field(after: &last) { try body(&self, last, kind) }
        depth -= 1
    }

    private mutating func begin() throws(Damage) {
        depth += 1
        guard depth <= Self.deepest else { throw Damage(what: "structures within one another without an end") }
    }

    /// Leaves out a field or, with `isElement`, an element of a list, in which truths take a byte.
    mutating func skip(_ kind: Kind, isElement: Bool = false) throws(Damage) {
        switch kind {
        case .yes, .no: if isElement { _ = try reader.byte() }
        case .byte: _ = try reader.byte()
        case .short, .whole, .long: _ = try reader.variable()
        case .double: _ = try reader.take(8)
        case .bytes: _ = try reader.take(try reader.count())
        case .list, .set:
            try begin()
            let (kind, count) = try list(.list)
            for _ in 0..<count { try skip(kind, isElement: true) }
            depth -= 1
        case .map:
            try begin()
            let count = try reader.count()
            if count > 0 {
                let kinds = try reader.byte()
                guard count <= reader.rest, let key = Kind(rawValue: kinds >> 4), let value = Kind(rawValue: kinds & 0x0F) else {
                    throw Damage(what: "a map beyond all bounds")
                }
                for _ in 0..<count {
                    try skip(key, isElement: true)
                    try skip(value, isElement: true)
                }
            }
            depth -= 1
        case .structure: try structure(.structure) { reader, _, kind throws(Damage) in try reader.skip(kind) }
        }
    }
}
