/// The text of a table as CSV with commas, in pieces, from its start as often as one likes.
///
/// Whatever a file is, its table comes as this one kind of text, so that one scanner splits it and one reader says what its cells mean.
protocol TextSource: AnyObject {
    /// What the table is called in messages: a file's name without its folders.
    var name: String { get }
    /// Bytes of the files that the text comes from.
    var size: Int64 { get }
    /// About how many of them are used up.
    var bytesRead: Int64 { get }
    /// Whether messages count records from 1, as of a file that has no lines; else lines.
    var countsRecords: Bool { get }

    /// Back to the first byte.
    func restart() throws(TabularFailure)
    /// Fills a part of `buffer`, which must not be empty; 0 at the end of the text.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int
    /// Throws when what the text comes from is no longer what it was when it was opened.
    func checkUnchanged() throws(TabularFailure)
    /// Where in which file a line of the text stands; the header is line 1.
    ///
    /// On any thread.
    func place(line: Int) -> (file: String, row: Int)
}

extension TextSource {
    var countsRecords: Bool { false }

    func place(line: Int) -> (file: String, row: Int) { (name, countsRecords ? max(1, line - 1) : line) }
}

/// A CSV file as it stands, its packing undone.
final class PlainText: TextSource {
    private let bytes: any ByteStream

    init(_ bytes: any ByteStream) { self.bytes = bytes }

    var name: String { bytes.file.name }
    var size: Int64 { bytes.file.size }
    var bytesRead: Int64 { bytes.file.bytesRead }

    func restart() throws(TabularFailure) { try bytes.restart() }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int { try bytes.read(into: buffer) }

    func checkUnchanged() throws(TabularFailure) { try bytes.file.checkUnchanged() }
}
