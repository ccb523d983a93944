/// An Arrow IPC file (Feather) or stream as CSV: a batch after the other.
///
/// What is packed is unpacked a buffer at a time; what is not is read through small windows, however long a batch is.
final class ArrowText: TextSource {
    static let signature = Array("ARROW1".utf8)

    private let file: ReadableFile
    private let messages: ArrowMessages
    private let fields: [ArrowField]
    private var columns: [ArrowColumn] = []
    private var dictionaries: [Int64: ArrowDictionary] = [:]
    private let scratch = Scratch()
    private let memory = PageMemory()
    private var text = RowText()
    private var batch = 0
    private var batchRow = 0
    private var batchRows = 0
    private var row = 0
    private var isAtEnd = false

    /// - Parameter isFile: whether it is a file with its list of batches; else a stream.
    init(_ file: ReadableFile, isFile: Bool) throws(TabularFailure) {
        self.file = file
        messages = ArrowMessages(file)
        do throws(Damage) {
            fields = try isFile ? messages.openFile() : messages.openStream()
        } catch {
            throw .unreadable(path: file.path, reason: error.what, remedy: error.remedy)
        }
        for field in fields {
            let index = field.dictionary.map { ArrowField.Layout.numbers($0.indexBytes, isSigned: $0.isSigned) }
            columns.append(
                ArrowColumn(index == nil ? field.cell : .signed, index ?? field.layout, file: file, memory: memory, scratch: scratch))
        }
        restart()
    }

    /// Whether bytes at the start of a file are a stream's: a mark, the length of the first message, and where its table stands.
    static func isStream(_ start: [UInt8]) -> Bool {
        start.count >= 16 && start.starts(with: [0xFF, 0xFF, 0xFF, 0xFF]) && start[7] == 0 && start[4..<7].contains { $0 != 0 }
            && start[11] == 0
    }

    var name: String { file.name }
    var size: Int64 { file.size }
    var bytesRead: Int64 { messages.place }
    var countsRecords: Bool { true }

    func checkUnchanged() throws(TabularFailure) { try file.checkUnchanged() }

    func restart() {
        messages.restart()
        dictionaries.removeAll()
        (batch, batchRow, batchRows, row, isAtEnd) = (0, 0, 0, 0, false)
        text.reset()
        text.beginRow()
        for field in fields { text.cell(field.name) }
        text.endRow()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while text.waiting < buffer.count, !isAtEnd {
            if batchRow == batchRows {
                do throws(Damage) { try nextBatch() } catch { throw located(error, nil) }
                continue
            }
            text.beginRow()
            for index in columns.indices {
                do throws(Damage) { try append(index) } catch { throw located(error, index) }
            }
            text.endRow()
            row += 1
            batchRow += 1
            try text.check(file)
        }
        return text.give(to: buffer)
    }

    private func append(_ index: Int) throws(Damage) {
        guard let encoding = fields[index].dictionary else { return try columns[index].append(batchRow, to: &text) }
        guard try columns[index].hasValue(batchRow) else { return text.empty() }
        let code = try columns[index].number(batchRow)
        guard let dictionary = dictionaries[encoding.id], code < UInt64(dictionary.count) else {
            throw Damage(what: "a value that its dictionary has not")
        }
        dictionary.append(Int(code), to: &text)
    }

    /// Goes on to the next batch that has rows, past the dictionaries before it.
    private func nextBatch() throws(Damage) {
        (batchRow, batchRows) = (0, 0)
        while batchRows == 0 {
            switch try messages.next() {
            case nil:
                isAtEnd = true
                return
            case .batch(let found):
                batch += 1
                try begin(found)
                batchRows = Int(found.rows)
            case .dictionary(let id, let found, let isDelta): try learn(id, found, isDelta: isDelta)
            case .schema: throw Damage(what: "a second schema")
            case .other: break
            }
        }
    }

    private func begin(_ batch: ArrowBatch) throws(Damage) {
        guard batch.missing.count == fields.count else { throw Damage(what: "a batch of \(batch.missing.count) columns") }
        var next = 0
        var views = 0
        for index in fields.indices {
            var further: Int64 = 0
            if fields[index].dictionary == nil, fields[index].layout == .views {
                guard views < batch.viewBuffers.count else { throw .tooShort }
                further = batch.viewBuffers[views]
                views += 1
            }
            do throws(Damage) {
                try columns[index].begin(batch, missing: batch.missing[index], next: &next, views: further)
            } catch {
                throw Damage(what: "column '\(SafeText.escape(fields[index].name))': \(error.what)", remedy: error.remedy)
            }
        }
    }

    /// Keeps the values of a dictionary, behind those that it has where they are more of the same.
    private func learn(_ id: Int64, _ batch: ArrowBatch, isDelta: Bool) throws(Damage) {
        guard let field = fields.first(where: { $0.dictionary?.id == id }) else { return }
        guard batch.missing.count == 1 else { throw Damage(what: "a dictionary of \(batch.missing.count) columns") }
        var column = ArrowColumn(field.cell, field.layout, file: file, memory: memory, scratch: scratch)
        var next = 0
        try column.begin(batch, missing: batch.missing[0], next: &next, views: batch.viewBuffers.first ?? 0)
        let dictionary = isDelta ? dictionaries[id] ?? ArrowDictionary() : ArrowDictionary()
        let others = dictionaries.reduce(0) { $0 + ($1.key == id ? 0 : $1.value.bytes) }
        try dictionary.learn(&column, rows: Int(batch.rows), limit: ArrowDictionary.mostBytes - others)
        dictionaries[id] = dictionary
    }

    private func located(_ damage: Damage, _ index: Int?) -> TabularFailure {
        .malformed(
            what: "batch \(max(1, batch)): \(damage.what)",
            at: CellLocation(file: file.name, row: row + 1, column: index.map { $0 + 1 }, name: index.map { fields[$0].name }),
            remedy: damage.remedy)
    }
}

/// The values of a dictionary as cells, ready to be written.
final class ArrowDictionary {
    /// Bytes of all dictionaries of a file.
    static let mostBytes = 256 << 20

    private var cells: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }
    /// Bytes of memory.
    var bytes: Int { cells.count + ends.count * 8 }

    /// Adds the values of a column's rows.
    func learn(_ column: inout ArrowColumn, rows: Int, limit: Int) throws(Damage) {
        var text = RowText()
        for row in 0..<rows {
            text.reset()
            text.beginRow()
            try column.append(row, to: &text)
            try text.withWaiting { bytes throws(Damage) in cells.append(contentsOf: bytes) }
            ends.append(cells.count)
            guard bytes <= limit else {
                throw Damage(what: "dictionaries of more than 256 MiB", remedy: "write the columns as plain values")
            }
        }
    }

    func append(_ code: Int, to text: inout RowText) {
        cells.withUnsafeBufferPointer { cells in
            text.ready(UnsafeBufferPointer(rebasing: cells[(code == 0 ? 0 : ends[code - 1])..<ends[code]]))
        }
    }
}
