/// A flat Parquet file as CSV: one page of each column in memory at a time.
///
/// Source: Apache Parquet, "README.md" of the format. Columns of lists, maps and groups are refused by name. Where the file was written by pandas
/// with an index of numbers, the index comes first and without a name, as in the CSV that pandas writes, and is left out by an import.
final class ParquetText: TextSource {
    static let signature = Array("PAR1".utf8)
    /// Bytes of the longest footer.
    private static let longestFooter = 64 << 20
    private static let pandasIndex = "__index_level_0__"

    private let file: ReadableFile
    private let metadata: ParquetMetadata
    private var columns: [ParquetColumn] = []
    /// The columns in the order in which they are written.
    private var order: [Int] = []
    private var text = RowText()
    private var group = -1
    private var groupLeft: Int64 = 0
    private var row: Int64 = 0

    init(_ file: ReadableFile) throws(TabularFailure) {
        self.file = file
        metadata = try Self.footer(file)
        let (scratch, memory) = (Scratch(), PageMemory())
        do throws(Damage) {
            for element in try Self.flat(metadata) {
                columns.append(ParquetColumn(name: element.name, type: try ParquetType(element), scratch: scratch, memory: memory))
            }
        } catch { throw .unreadable(path: file.path, reason: error.what, remedy: error.remedy) }
        let index = columns.firstIndex { $0.name == Self.pandasIndex && ($0.type.cell == .signed) }
        order = (index.map { [$0] } ?? []) + columns.indices.filter { $0 != index }
        begin()
    }

    private static func footer(_ file: ReadableFile) throws(TabularFailure) -> ParquetMetadata {
        let end = file.size >= 12 ? try file.bytes(at: file.size - 8, count: 8) : []
        if end.suffix(4).elementsEqual("PARE".utf8) {
            throw .unreadable(path: file.path, reason: "it is an encrypted Parquet file", remedy: "write it without encryption")
        }
        guard end.suffix(4).elementsEqual(signature) else {
            throw .unreadable(path: file.path, reason: "it is a Parquet file without its end", remedy: "copy it again: it is not whole")
        }
        let length = end.withUnsafeBytes { Int(UInt32(littleEndian: $0.loadUnaligned(as: UInt32.self))) }
        guard length <= longestFooter, Int64(length) <= file.size - 12 else {
            throw .unreadable(path: file.path, reason: "the end of the Parquet file is damaged", remedy: "copy it again")
        }
        let bytes = try file.bytes(at: file.size - 8 - Int64(length), count: length)
        let result: Result<ParquetMetadata, Damage> = bytes.withUnsafeBufferPointer { bytes in
            do throws(Damage) { return .success(try ParquetMetadata(bytes)) } catch { return .failure(error) }
        }
        do throws(Damage) {
            let metadata = try result.get()
            guard !metadata.isEncrypted else { throw Damage(what: "encrypted columns", remedy: "write it without encryption") }
            return metadata
        } catch {
            throw .unreadable(path: file.path, reason: "the end of the Parquet file is damaged: \(error.what)", remedy: error.remedy)
        }
    }

    /// The elements below the root, which must be leaves for each of which every row group has a chunk.
    private static func flat(_ metadata: ParquetMetadata) throws(Damage) -> [ParquetElement] {
        guard let root = metadata.schema.first, root.children > 0 else { throw Damage(what: "it is a Parquet file without columns") }
        var elements: [ParquetElement] = []
        for element in metadata.schema.dropFirst() {
            // A group is refused by its name before its members come.
            _ = try ParquetType(element)
            elements.append(element)
        }
        guard elements.count == root.children, elements.count <= CSVScanner.mostColumns else {
            throw Damage(what: "it is a Parquet file with \(elements.count) columns for \(root.children)")
        }
        var rows: Int64 = 0
        for group in metadata.groups {
            guard group.chunks.count == elements.count, group.rows >= 0, group.rows <= Int64(Int32.max) else {
                throw Damage(what: "it is a Parquet file with a row group of other columns")
            }
            rows += group.rows
        }
        guard rows == metadata.rows else { throw Damage(what: "it is a Parquet file of \(metadata.rows) rows with \(rows) in its groups") }
        return elements
    }

    var name: String { file.name }
    var size: Int64 { file.size }
    var bytesRead: Int64 { Int64(Double(file.size) * Double(row) / Double(max(1, metadata.rows))) }
    var countsRecords: Bool { true }

    func checkUnchanged() throws(TabularFailure) { try file.checkUnchanged() }

    func restart() { begin() }

    private func begin() {
        (group, groupLeft, row) = (-1, 0, 0)
        text.reset()
        text.beginRow()
        for index in order { text.cell(columns[index].name == Self.pandasIndex && index == order[0] ? "" : columns[index].name) }
        text.endRow()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int {
        while text.waiting < buffer.count, row < metadata.rows {
            while groupLeft == 0 { try nextGroup() }
            try appendRow()
            try text.check(file)
        }
        return text.give(to: buffer)
    }

    private func appendRow() throws(TabularFailure) {
        text.beginRow()
        for index in order {
            do throws(Damage) { try columns[index].append(to: &text, file: file) } catch { throw located(error, index) }
        }
        text.endRow()
        row += 1
        groupLeft -= 1
    }

    private func nextGroup() throws(TabularFailure) {
        group += 1
        // The rows of all groups add up to those of the file.
        guard group < metadata.groups.count else { throw located(.tooShort, order[0]) }
        let next = metadata.groups[group]
        groupLeft = next.rows
        for index in order where next.rows > 0 {
            do throws(Damage) { try columns[index].begin(next.chunks[index], rows: next.rows, file: file) } catch {
                throw located(error, index)
            }
        }
    }

    private func located(_ damage: Damage, _ index: Int) -> TabularFailure {
        .malformed(
            what: "row group \(group + 1): \(damage.what)",
            at: CellLocation(file: file.name, row: Int(row) + 1, column: (order.firstIndex(of: index) ?? 0) + 1, name: columns[index].name),
            remedy: damage.remedy)
    }
}
