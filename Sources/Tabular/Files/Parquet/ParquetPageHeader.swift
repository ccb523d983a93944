/// What stands before each page of a column.
///
/// Source: Apache Parquet, "parquet.thrift", `PageHeader`.
struct ParquetPageHeader {
    enum Kind {
        case data
        case dictionary
        /// Data whose levels stand unpacked before the values.
        case dataV2
        /// Nothing that a reader needs.
        case other
    }

    var kind = Kind.other
    var unpackedBytes = 0
    var packedBytes = 0
    var values = 0
    var encoding = 0
    var levelEncoding = 3
    /// Of a second version's page.
    var definitionBytes = 0
    var repetitionBytes = 0
    var isPacked = true
    /// Bytes of the header itself.
    var length = 0

    /// - Throws: `tooShort` also where the header goes on behind the bytes at hand.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Damage) {
        var reader = ThriftReader(bytes)
        var found = Self()
        try reader.structure(.structure) { reader, field, kind throws(Damage) in
            switch field {
            case 1:
                switch try reader.integer(kind) {
                case 0: found.kind = .data
                case 2: found.kind = .dictionary
                case 3: found.kind = .dataV2
                default: found.kind = .other
                }
            case 2: found.unpackedBytes = Int(try reader.integer(kind))
            case 3: found.packedBytes = Int(try reader.integer(kind))
            case 5, 7: try Self.plain(&found, &reader, kind)
            case 8: try Self.second(&found, &reader, kind)
            default: try reader.skip(kind)
            }
        }
        found.length = reader.position
        let bounds = 0...Int(Int32.max)
        guard bounds.contains(found.unpackedBytes), bounds.contains(found.packedBytes), bounds.contains(found.values),
            bounds.contains(found.definitionBytes), bounds.contains(found.repetitionBytes)
        else { throw Damage(what: "a page of impossible size") }
        self = found
    }

    private init() {}

    private static func plain(_ header: inout Self, _ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) {
        var found = header
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 1: found.values = Int(try reader.integer(kind))
            case 2: found.encoding = Int(try reader.integer(kind))
            // Of a dictionary's header the third field is a truth.
            case 3 where kind != .yes && kind != .no: found.levelEncoding = Int(try reader.integer(kind))
            default: try reader.skip(kind)
            }
        }
        header = found
    }

    private static func second(_ header: inout Self, _ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) {
        var found = header
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 1: found.values = Int(try reader.integer(kind))
            case 4: found.encoding = Int(try reader.integer(kind))
            case 5: found.definitionBytes = Int(try reader.integer(kind))
            case 6: found.repetitionBytes = Int(try reader.integer(kind))
            case 7:
                found.isPacked = kind == .yes
                try reader.skip(kind)
            default: try reader.skip(kind)
            }
        }
        header = found
    }
}
