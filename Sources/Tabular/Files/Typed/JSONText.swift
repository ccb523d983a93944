/// JSON lines, or one array of objects, as CSV: a column for each name, in the order in which the names first come.
///
/// The file is read twice, since a name may come late. A number stays as it is written, so that no digit is lost; `null` and a name that an
/// object has not are blank cells. Objects and lists within an object are refused with their name and place.
final class JSONText: TextSource {
    private let records: JSONRecords
    private var columns = 0
    private var header: [String] = []
    private var text = RowText()
    private var isAtEnd = false

    /// Reads the names.
    init(_ bytes: any ByteStream) throws(TabularFailure) {
        records = JSONRecords(bytes)
        while try records.next() {}
        header = records.names
        columns = header.count
        guard columns > 0 else { throw .noRows(file: bytes.file.name, why: "no object in it has a name and a value") }
        try restart()
    }

    /// Whether bytes are JSON by their start: an object, or an array of them.
    ///
    /// The bytes begin anew afterwards.
    static func isJSON(_ bytes: any ByteStream) throws(TabularFailure) -> Bool {
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 16)
        defer { room.deallocate() }
        let count = try bytes.read(into: room)
        try bytes.restart()
        var start = room[..<count].drop { $0 == 0xEF || $0 == 0xBB || $0 == 0xBF || JSONRecords.isBlank($0) }
        if start.first == 0x5B { start = start.dropFirst().drop(while: JSONRecords.isBlank) }
        guard start.first == 0x7B else { return false }
        let next = start.dropFirst().first { !JSONRecords.isBlank($0) }
        return next == 0x22 || next == 0x7D
    }

    var name: String { records.file.name }
    var size: Int64 { records.file.size }
    var bytesRead: Int64 { records.file.bytesRead }
    var countsRecords: Bool { true }

    func checkUnchanged() throws(TabularFailure) { try records.file.checkUnchanged() }

    func restart() throws(TabularFailure) {
        try records.restart()
        isAtEnd = false
        text.reset()
        text.beginRow()
        for name in header { text.cell(name) }
        text.endRow()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while text.waiting < buffer.count, !isAtEnd {
            guard try records.next() else {
                isAtEnd = true
                break
            }
            text.beginRow()
            for column in 0..<columns {
                if let cell = records.cell(column) { records.withCell(cell) { text.cell($0) } } else { text.empty() }
            }
            text.endRow()
            try text.check(records.file)
        }
        return text.give(to: buffer)
    }
}
