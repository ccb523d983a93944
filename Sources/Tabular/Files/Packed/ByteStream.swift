/// The bytes of one file, unpacked where it is packed, in pieces.
protocol ByteStream: AnyObject {
    /// The file itself.
    var file: ReadableFile { get }

    /// Back to the first byte.
    func restart() throws(TabularFailure)
    /// Fills a part of `buffer`, which must not be empty; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int
}

/// A file that is not packed.
final class FileBytes: ByteStream {
    let file: ReadableFile

    init(_ file: ReadableFile) { self.file = file }

    func restart() throws(TabularFailure) { try file.rewind() }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TabularFailure) -> Int { try file.read(into: buffer) }
}

/// How a file is packed, told by its first bytes whatever its name.
enum Packing: CaseIterable {
    case gzip
    case bzip2
    case xz
    case zstd

    /// The packing that bytes at the start of a file speak of; nil for none.
    init?(_ start: [UInt8]) {
        guard let found = Self.allCases.first(where: { start.starts(with: $0.signature) }) else { return nil }
        self = found
    }

    private var signature: [UInt8] {
        switch self {
        case .gzip: [0x1F, 0x8B]
        case .bzip2: Array("BZh".utf8)
        case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]
        case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
        }
    }

    /// As it is called.
    var name: String {
        switch self {
        case .gzip: "gzip"
        case .bzip2: "bzip2"
        case .xz: "xz"
        case .zstd: "zstd"
        }
    }

    /// A file's bytes, unpacked where its first bytes say so.
    static func open(_ file: ReadableFile) throws(TabularFailure) -> any ByteStream {
        switch Packing(try file.start(8)) {
        case nil: FileBytes(file)
        case .gzip: GzipInflater(file: file)
        case .some(let packing): PressInflater(file: file, packing: packing)
        }
    }
}

/// When what comes out of a packed file is too much to be a table.
enum Swelling {
    /// Text below this size is never called a bomb.
    private static let harmlessBytes: Int64 = 64 << 20
    /// Tables shrink 3 to 50 times; DEFLATE's own limit is 1,032, and the others have none.
    private static let largestRatio: Int64 = 500

    /// Throws where so many bytes came out of what was read of a file.
    static func check(_ produced: Int64, of file: ReadableFile, _ packing: Packing) throws(TabularFailure) {
        guard produced > harmlessBytes, produced / largestRatio > max(file.bytesRead, 1) else { return }
        throw .unreadable(
            path: file.path, reason: "it swells more than \(largestRatio) times when unpacked, as a \(packing.name) bomb does",
            remedy: "unpack it yourself if you trust it")
    }
}
