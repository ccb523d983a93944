/// Reads a delimited file record by record in constant memory: for replay and batch prediction.
///
/// The same rules and limits as `CSVImport`: plain or gzip, strict quotes, one width. Copies share one position.
public struct CSVRecordReader {
    private let scanner: CSVScanner

    /// Opens a file and reads its header.
    public init(path: String) throws(TabularFailure) { scanner = try CSVScanner(path: path) }

    /// The column names, in the file's order.
    public var header: [String] { scanner.header }

    /// The file's line on which the latest record starts; the header is line 1.
    public var rowNumber: Int { scanner.row }

    /// The fields of the next record, nil at the end; throws `raggedRow` or `malformed` with the place.
    public mutating func next() throws(TabularFailure) -> [String]? {
        guard try scanner.next() else { return nil }
        var texts: [String] = []
        texts.reserveCapacity(scanner.header.count)
        for index in scanner.header.indices { texts.append(try scanner.text(index)) }
        return texts
    }

    /// A place in the latest record, for messages; `column` counts from 0.
    public func location(column: Int) -> CellLocation { scanner.location(column) }
}
