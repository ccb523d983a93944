/// The messages of an Arrow file or stream in the order in which a reader needs them: dictionaries before the batches that use them.
final class ArrowMessages {
    /// Bytes of the longest description of a message.
    private static let longestMetadata = 64 << 20
    private static let endBytes: Int64 = 10

    private let file: ReadableFile
    /// Of a file: where its dictionaries and batches stand; nil for a stream.
    private var blocks: [Int64]?
    private var nextBlock = 0
    private var start: Int64 = 0
    /// Where the next message of a stream stands; about how far a reader is.
    private(set) var place: Int64 = 0

    init(_ file: ReadableFile) { self.file = file }

    /// Reads a stream's schema, which comes first.
    func openStream() throws(Damage) -> [ArrowField] {
        guard case .schema(let fields)? = try next() else { throw Damage(what: "it is an Arrow stream without a schema") }
        start = place
        return fields
    }

    /// Reads the schema and the list of messages at a file's end.
    func openFile() throws(Damage) -> [ArrowField] {
        let end = try bytes(at: max(0, file.size - Self.endBytes), count: Int(Self.endBytes))
        guard file.size >= 20, end.suffix(6).elementsEqual(ArrowText.signature) else {
            throw Damage(what: "it is an Arrow file without its end", remedy: "copy it again: it is not whole")
        }
        let length = end.withUnsafeBytes { Int(Int32(littleEndian: $0.loadUnaligned(as: Int32.self))) }
        guard length > 0, length <= Self.longestMetadata, Int64(length) <= file.size - Self.endBytes else { throw .tooShort }
        let footer = try bytes(at: file.size - Self.endBytes - Int64(length), count: length)
        let (fields, blocks) = try Self.reading(footer) { bytes throws(Damage) in
            let footer = try FlatTable(bytes)
            guard let schema = try footer.table(1) else { throw Damage(what: "it is an Arrow file without a schema") }
            var blocks: [Int64] = []
            for field in [2, 3] {
                blocks += try footer.structures(field, width: 24) { cursor throws(Damage) in try cursor.number(Int64.self) }
            }
            return (try ArrowMessage.fields(schema), blocks)
        }
        self.blocks = blocks
        return fields
    }

    func restart() {
        place = start
        nextBlock = 0
    }

    /// The next message; nil at the end.
    func next() throws(Damage) -> ArrowMessage? {
        if let blocks {
            guard nextBlock < blocks.count else { return nil }
            place = blocks[nextBlock]
            guard place >= 8 else { throw Damage(what: "a batch that stands outside of the file") }
            nextBlock += 1
        }
        guard place >= 0, place < file.size else {
            guard blocks == nil else { throw Damage(what: "a batch that stands outside of the file") }
            return nil
        }
        let head = try bytes(at: place, count: Int(min(8, file.size - place)))
        let hasMark = head.starts(with: [0xFF, 0xFF, 0xFF, 0xFF])
        let prefix = hasMark ? 8 : 4
        guard head.count >= prefix else { throw .tooShort }
        // Before version 0.15 the length came first.
        let length = head[(prefix - 4)..<prefix].withUnsafeBytes { Int(Int32(littleEndian: $0.loadUnaligned(as: Int32.self))) }
        if length == 0, blocks == nil { return nil }
        guard length > 0, length <= Self.longestMetadata else { throw Damage(what: "a message of impossible size") }
        let body = place + Int64(prefix + length)
        guard body <= file.size else { throw .tooShort }
        var bodyBytes: Int64 = 0
        let message = try Self.reading(try bytes(at: place + Int64(prefix), count: length)) { bytes throws(Damage) in
            try ArrowMessage(bytes, body: body, bodyBytes: &bodyBytes)
        }
        guard bodyBytes <= file.size - body else { throw .tooShort }
        place = body + bodyBytes
        return message
    }

    private func bytes(at place: Int64, count: Int) throws(Damage) -> [UInt8] {
        let found: [UInt8]
        do throws(TabularFailure) { found = try file.bytes(at: place, count: count) } catch {
            throw Damage(what: "the disk gives an error", remedy: "check the disk")
        }
        guard found.count == count else { throw .tooShort }
        return found
    }

    private static func reading<Value>(
        _ bytes: [UInt8], _ body: (UnsafeBufferPointer<UInt8>) throws(Damage) -> Value
    ) throws(Damage) -> Value {
        let result: Result<Value, Damage> = bytes.withUnsafeBufferPointer { bytes in
            do throws(Damage) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
