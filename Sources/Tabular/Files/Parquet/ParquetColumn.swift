/// One column of a Parquet file: gives its cells one after the other, and holds one page and one dictionary at a time.
struct ParquetColumn {
    /// Bytes of the longest page header: it may hold the least and the largest value.
    private static let longestHeader = 16 << 20
    /// Bytes of the largest dictionary; writers end theirs at one or two million.
    private static let largestDictionary = 32 << 20

    let name: String
    let type: ParquetType
    private let scratch: Scratch
    private let memory: PageMemory
    private let page: PageBuffer
    private let dictionary: PageBuffer

    /// Where the chunk goes on, and where it ends.
    private var place: Int64 = 0
    private var end: Int64 = 0
    private var packing = BlockPacking.none
    private var valuesLeft: Int64 = 0
    private var pageLeft = 0
    private var levels: RunDecoder?
    private var values: ParquetValues?
    /// Where each text of the dictionary ends; the texts themselves are cells, ready to be written.
    private var entries: [Int] = []

    init(name: String, type: ParquetType, scratch: Scratch, memory: PageMemory) {
        self.name = name
        self.type = type
        self.scratch = scratch
        self.memory = memory
        page = PageBuffer(memory)
        dictionary = PageBuffer(memory)
    }

    /// Begins with the pages of a row group.
    mutating func begin(_ chunk: ParquetMetadata.Chunk, rows: Int64, file: ReadableFile) throws(Damage) {
        guard !chunk.isEncrypted else { throw Damage(what: "an encrypted column", remedy: "write the file without encryption") }
        guard !chunk.isElsewhere else { throw Damage(what: "a column in another file", remedy: "write the table into one file") }
        packing = try Self.packing(chunk.codec)
        guard chunk.values == rows else { throw Damage(what: "\(chunk.values) values for \(rows) rows") }
        var start = chunk.firstDataPage
        if let dictionary = chunk.dictionaryPage, dictionary > 0, dictionary < start { start = dictionary }
        guard start >= 4, chunk.compressedBytes >= 0, start <= file.size, chunk.compressedBytes <= file.size - start else {
            throw Damage(what: "pages that stand outside of the file")
        }
        (place, end) = (start, start + chunk.compressedBytes)
        (valuesLeft, pageLeft) = (rows, 0)
        (levels, values) = (nil, nil)
        entries.removeAll(keepingCapacity: true)
    }

    private static func packing(_ codec: Int) throws(Damage) -> BlockPacking {
        switch codec {
        case 0: return .none
        case 1: return .snappy
        case 2: return .gzip
        case 5: return .lz4Hadoop
        case 6: return .zstd
        case 7: return .lz4
        case 3, 4:
            throw Damage(
                what: "pages packed with \(codec == 3 ? "LZO" : "Brotli"), which is not read here",
                remedy: "write the file with compression zstd, snappy or gzip")
        default:
            throw Damage(what: "pages packed in an unknown way (\(codec))", remedy: "write the file with compression zstd, snappy or gzip")
        }
    }

    /// Adds the next row's cell.
    mutating func append(to text: inout RowText, file: ReadableFile) throws(Damage) {
        while pageLeft == 0 { try nextPage(file) }
        pageLeft -= 1
        valuesLeft -= 1
        if levels != nil {
            guard let level = try levels?.next(), level <= 1 else { throw Damage(what: "levels of lists in a column of cells") }
            if level == 0 { return text.empty() }
        }
        guard let value = try values?.next() else { throw .tooShort }
        switch value {
        case .bits(let bits): try type.cell.append(bits: bits, to: &text)
        case .bytes(let bytes): try type.cell.append(bytes: bytes, to: &text)
        case .entry(let index):
            guard index >= 0, index < entries.count else { throw Damage(what: "a value that its dictionary has not") }
            let start = index == 0 ? 0 : entries[index - 1]
            text.ready(UnsafeBufferPointer(rebasing: dictionary.bytes[start..<entries[index]]))
        }
    }

    // MARK: Pages

    private mutating func nextPage(_ file: ReadableFile) throws(Damage) {
        guard place < end else { throw .tooShort }
        let header = try readHeader(file)
        let body = place + Int64(header.length)
        guard Int64(header.packedBytes) <= end - body else { throw .tooShort }
        guard max(header.packedBytes, header.unpackedBytes) <= PageMemory.limit else {
            throw Damage(what: "a page of more than 1 GiB", remedy: "write the file with smaller pages")
        }
        place = body + Int64(header.packedBytes)
        switch header.kind {
        case .dictionary: try readDictionary(header, at: body, file)
        case .data, .dataV2:
            guard header.values <= valuesLeft else { throw Damage(what: "more values than rows") }
            pageLeft = header.values
            if header.values > 0 { try readData(header, at: body, file) }
        case .other: break
        }
    }

    private func readHeader(_ file: ReadableFile) throws(Damage) -> ParquetPageHeader {
        var size = 512
        while true {
            let count = Int(min(Int64(size), end - place))
            let bytes = try file.fill(scratch.bytes(count: count), at: place)
            do throws(Damage) { return try ParquetPageHeader(bytes) } catch {
                guard Int64(count) < end - place, size < Self.longestHeader else { throw error }
                size *= 8
            }
        }
    }

    /// Puts a page's bytes, but for so many at its front, unpacked into a buffer.
    private func unpack(
        _ header: ParquetPageHeader, at body: Int64, leaving front: Int, isPacked: Bool, into buffer: PageBuffer, _ file: ReadableFile
    ) throws(Damage) {
        let (packed, unpacked) = (header.packedBytes - front, header.unpackedBytes - front)
        guard packed >= 0, unpacked >= 0 else { throw Damage(what: "a page of impossible size") }
        let room = try buffer.room(front + unpacked)
        if front > 0 { try file.fill(UnsafeMutableBufferPointer(rebasing: room[..<front]), at: body) }
        let target = UnsafeMutableBufferPointer(rebasing: room[front...])
        guard isPacked, packing != .none else {
            guard packed == unpacked else { throw Damage(what: "a page of two sizes") }
            try file.fill(target, at: body + Int64(front))
            return
        }
        guard unpacked > 0 else { return }
        try packing.unpack(try file.fill(scratch.bytes(count: packed), at: body + Int64(front)), into: target)
    }

    private mutating func readData(_ header: ParquetPageHeader, at body: Int64, _ file: ReadableFile) throws(Damage) {
        let isSecond = header.kind == .dataV2
        let front = isSecond ? header.repetitionBytes + header.definitionBytes : 0
        guard front <= header.packedBytes else { throw .tooShort }
        try unpack(header, at: body, leaving: front, isPacked: header.isPacked, into: page, file)
        var reader = ByteCursor(page.bytes)
        levels = nil
        if isSecond {
            _ = try reader.take(header.repetitionBytes)
            let bytes = try reader.take(header.definitionBytes)
            if type.isOptional { levels = try RunDecoder(bytes, width: 1) }
        } else if type.isOptional {
            guard header.levelEncoding == 3 else {
                throw Damage(what: "levels in an encoding that nobody writes any more", remedy: "write the file anew")
            }
            levels = try RunDecoder(try reader.take(Int(try reader.number(UInt32.self))), width: 1)
        }
        values = try ParquetValues(
            reader.takeRest(), encoding: header.encoding, physical: type.physical, count: header.values,
            scratch: scratch)
    }

    /// Reads a dictionary's values and keeps them as cells, so that each is written once.
    private mutating func readDictionary(_ header: ParquetPageHeader, at body: Int64, _ file: ReadableFile) throws(Damage) {
        guard entries.isEmpty else { throw Damage(what: "a second dictionary") }
        guard header.values > 0 else { return }
        guard header.unpackedBytes <= Self.largestDictionary else {
            throw Damage(what: "a dictionary of more than 32 MiB", remedy: "write the column without a dictionary")
        }
        try unpack(header, at: body, leaving: 0, isPacked: true, into: page, file)
        guard type.physical != .boolean else { throw Damage(what: "a dictionary of truths") }
        var values = try ParquetValues(
            page.bytes, encoding: 0, physical: type.physical, count: header.values, scratch: scratch)
        var cells = RowText()
        for _ in 0..<header.values {
            cells.beginRow()
            switch try values.next() {
            case .bits(let bits): try type.cell.append(bits: bits, to: &cells)
            case .bytes(let bytes): try type.cell.append(bytes: bytes, to: &cells)
            case .entry: throw Damage(what: "a dictionary of a dictionary")
            }
            entries.append(cells.waiting)
        }
        try cells.withWaiting { bytes throws(Damage) in
            _ = try dictionary.room(bytes.count).update(fromContentsOf: bytes)
        }
    }
}
