/// What the end of a Parquet file says about it: columns, row groups, and where their pages stand.
///
/// Source: Apache Parquet, "parquet.thrift"; the numbers are those of its fields.
struct ParquetMetadata {
    /// A column's pages in one row group.
    struct Chunk {
        var codec = 0
        var values: Int64 = 0
        var compressedBytes: Int64 = 0
        var firstDataPage: Int64 = 0
        var dictionaryPage: Int64?
        /// Whether the pages stand in another file, or cannot be read without a key.
        var isElsewhere = false
        var isEncrypted = false
    }

    struct RowGroup {
        var rows: Int64 = 0
        var chunks: [Chunk] = []
    }

    private(set) var schema: [ParquetElement] = []
    private(set) var rows: Int64 = 0
    private(set) var groups: [RowGroup] = []
    private(set) var isEncrypted = false

    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Damage) {
        var reader = ThriftReader(bytes)
        var schema: [ParquetElement] = []
        var groups: [RowGroup] = []
        var rows: Int64 = 0
        var isEncrypted = false
        try reader.structure(.structure) { reader, field, kind throws(Damage) in
            switch field {
            case 2:
                schema = try Self.list(&reader, kind, most: 2 * CSVScanner.mostColumns) { reader, kind throws(Damage) in
                    try ParquetElement(&reader, kind)
                }
            case 3: rows = try reader.integer(kind)
            case 4: groups = try Self.list(&reader, kind, most: 1 << 20) { reader, kind throws(Damage) in try Self.group(&reader, kind) }
            case 8:
                isEncrypted = true
                try reader.skip(kind)
            default: try reader.skip(kind)
            }
        }
        (self.schema, self.groups, self.rows, self.isEncrypted) = (schema, groups, rows, isEncrypted)
    }

    /// - Parameter most: elements at most: an empty one takes a byte of the file and a hundred of memory.
    private static func list<Element>(
        _ reader: inout ThriftReader, _ kind: ThriftReader.Kind, most: Int,
        _ element: (inout ThriftReader, ThriftReader.Kind) throws(Damage) -> Element
    ) throws(Damage) -> [Element] {
        let (kind, count) = try reader.list(kind)
        guard count <= most else { throw Damage(what: "a list of \(count) elements, where \(most) are the most") }
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&reader, kind)) }
        return elements
    }

    private static func group(_ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) -> RowGroup {
        var group = RowGroup()
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 1:
                group.chunks = try list(&reader, kind, most: CSVScanner.mostColumns) { reader, kind throws(Damage) in
                    try chunk(&reader, kind)
                }
            case 3: group.rows = try reader.integer(kind)
            default: try reader.skip(kind)
            }
        }
        return group
    }

    private static func chunk(_ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) -> Chunk {
        var chunk = Chunk()
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 1: chunk.isElsewhere = try !reader.text(kind).isEmpty
            case 3: try describe(&chunk, &reader, kind)
            case 8, 9:
                chunk.isEncrypted = true
                try reader.skip(kind)
            default: try reader.skip(kind)
            }
        }
        guard chunk.firstDataPage > 0 || chunk.isEncrypted || chunk.isElsewhere else { throw Damage(what: "a column without pages") }
        return chunk
    }

    private static func describe(_ chunk: inout Chunk, _ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) {
        var found = chunk
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 4: found.codec = Int(truncatingIfNeeded: try reader.integer(kind))
            case 5: found.values = try reader.integer(kind)
            case 7: found.compressedBytes = try reader.integer(kind)
            case 9: found.firstDataPage = try reader.integer(kind)
            case 11: found.dictionaryPage = try reader.integer(kind)
            default: try reader.skip(kind)
            }
        }
        chunk = found
    }
}

/// One node of a Parquet file's tree of columns.
struct ParquetElement {
    /// What the bytes mean, where the file says it in the newer way.
    enum Logical {
        case text
        case decimal
        case date
        case time(TimeUnit)
        case timestamp(TimeUnit, isUTC: Bool)
        case integer(isSigned: Bool)
        case null
        case uuid
        case half
        case list
        case map
        case other
    }

    var type: Int?
    var length = 0
    var repetition = 0
    var name = ""
    var children = 0
    var converted: Int?
    var scale = 0
    var logical: Logical?

    init(_ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) {
        var found = Self()
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 1: found.type = Int(truncatingIfNeeded: try reader.integer(kind))
            case 2: found.length = Int(truncatingIfNeeded: try reader.integer(kind))
            case 3: found.repetition = Int(truncatingIfNeeded: try reader.integer(kind))
            case 4: found.name = try reader.text(kind)
            case 5: found.children = Int(truncatingIfNeeded: try reader.integer(kind))
            case 6: found.converted = Int(truncatingIfNeeded: try reader.integer(kind))
            case 7: found.scale = Int(truncatingIfNeeded: try reader.integer(kind))
            case 10: found.logical = try Self.logical(&reader, kind)
            default: try reader.skip(kind)
            }
        }
        self = found
    }

    private init() {}

    private static func logical(_ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) -> Logical? {
        var found: Logical?
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 7:
                let time = try Self.time(&reader, kind)
                found = .time(time.unit)
            case 8:
                let time = try Self.time(&reader, kind)
                found = .timestamp(time.unit, isUTC: time.isUTC)
            case 10:
                var isSigned = true
                try reader.structure(kind) { reader, field, kind throws(Damage) in
                    if field == 2 { isSigned = kind == .yes }
                    try reader.skip(kind)
                }
                found = .integer(isSigned: isSigned)
            default:
                found =
                    switch field {
                    case 1, 4, 12: .text
                    case 2: .map
                    case 3: .list
                    case 5: .decimal
                    case 6: .date
                    case 11: .null
                    case 14: .uuid
                    case 15: .half
                    default: .other
                    }
                try reader.skip(kind)
            }
        }
        return found
    }

    private static func time(_ reader: inout ThriftReader, _ kind: ThriftReader.Kind) throws(Damage) -> (unit: TimeUnit, isUTC: Bool) {
        var unit = TimeUnit.milliseconds
        var isUTC = false
        try reader.structure(kind) { reader, field, kind throws(Damage) in
            switch field {
            case 1:
                isUTC = kind == .yes
                try reader.skip(kind)
            case 2:
                try reader.structure(kind) { reader, field, kind throws(Damage) in
                    unit = field == 1 ? .milliseconds : field == 2 ? .microseconds : .nanoseconds
                    try reader.skip(kind)
                }
            default: try reader.skip(kind)
            }
        }
        return (unit, isUTC)
    }
}
