/// One message of an Arrow stream or file, its body left where it stands.
///
/// Source: Apache Arrow, "Message.fbs" and "IPC.rst".
enum ArrowMessage {
    case schema([ArrowField])
    case dictionary(id: Int64, ArrowBatch, isDelta: Bool)
    case batch(ArrowBatch)
    /// Something that tables do not need.
    case other

    /// Reads the metadata of a message.
    ///
    /// - Parameters:
    ///   - body: where the body stands in the file.
    ///   - bodyBytes: gets how long it is.
    init(_ bytes: UnsafeBufferPointer<UInt8>, body: Int64, bodyBytes: inout Int64) throws(Damage) {
        let message = try FlatTable(bytes)
        bodyBytes = try message.number(3, Int64(0))
        guard bodyBytes >= 0 else { throw .tooShort }
        let header = try message.table(2)
        switch (try message.number(1, UInt8(0)), header) {
        case (1, let header?): self = .schema(try Self.fields(header))
        case (2, let header?):
            guard let data = try header.table(1) else { throw .tooShort }
            self = .dictionary(
                id: try header.number(0, Int64(0)), try ArrowBatch(data, body: body, bodyBytes: bodyBytes), isDelta: try header.truth(2))
        case (3, let header?): self = .batch(try ArrowBatch(header, body: body, bodyBytes: bodyBytes))
        default: self = .other
        }
    }

    /// The columns of a schema.
    static func fields(_ schema: FlatTable) throws(Damage) -> [ArrowField] {
        guard try schema.number(0, Int16(0)) == 0 else {
            throw Damage(what: "its numbers have their highest byte first", remedy: "write it on a usual machine")
        }
        var fields: [ArrowField] = []
        for table in try schema.tables(1, most: CSVScanner.mostColumns) { fields.append(try ArrowField(table)) }
        guard !fields.isEmpty else { throw Damage(what: "it has no columns") }
        return fields
    }
}

/// Where the rows of one batch stand.
struct ArrowBatch {
    /// A buffer's place in the file, and its bytes.
    struct Span {
        var place: Int64
        var bytes: Int64
    }

    let rows: Int64
    /// Missing values by column.
    let missing: [Int64]
    let buffers: [Span]
    let packing: BlockPacking
    /// Further buffers of the columns whose texts stand in views, in their order.
    let viewBuffers: [Int64]

    init(_ table: FlatTable, body: Int64, bodyBytes: Int64) throws(Damage) {
        let rows = try table.number(0, Int64(0))
        guard rows >= 0, rows <= Int64(Int32.max) else { throw Damage(what: "a batch of \(rows) rows") }
        self.rows = rows
        missing = try table.structures(1, width: 16) { cursor throws(Damage) in
            guard try cursor.number(Int64.self) == rows else { throw Damage(what: "columns of different lengths") }
            return try cursor.number(Int64.self)
        }
        buffers = try table.structures(2, width: 16) { cursor throws(Damage) in
            let (offset, bytes) = (try cursor.number(Int64.self), try cursor.number(Int64.self))
            guard offset >= 0, bytes >= 0, offset <= bodyBytes, bytes <= bodyBytes - offset else {
                throw Damage(what: "a buffer that stands outside of its message")
            }
            return Span(place: body + offset, bytes: bytes)
        }
        viewBuffers = try table.structures(4, width: 8) { cursor throws(Damage) in try cursor.number(Int64.self) }
        guard let compression = try table.table(3) else {
            packing = .none
            return
        }
        switch try compression.number(0, Int8(0)) {
        case 0: packing = .lz4Frame
        case 1: packing = .zstd
        default: throw Damage(what: "buffers packed in an unknown way", remedy: "write the file with compression lz4 or zstd")
        }
    }
}
