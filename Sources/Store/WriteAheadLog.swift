import Foundation
import Tabular

/// SQLite's write-ahead log as bytes: where its last commit begins, and how that one is taken out again.
///
/// A commit whose sync failed was refused to whoever asked for it. Its frames may be whole all the same, and the next process that opens the
/// file would take them for a commit. No descriptor of the log holds a lock, so that it may be opened and closed beside SQLite.
///
/// Format: <https://www.sqlite.org/fileformat2.html#the_write_ahead_log>.
package struct WriteAheadLog: Equatable {
    static let headerBytes: Int64 = 32
    static let frameHeaderBytes = 24

    /// Of the present generation of the log; a log that begins anew takes others.
    package private(set) var salts: UInt64
    /// Where the commit before the last one ends, bytes: as much of the log holds if the last one does not.
    package private(set) var formerEnd: Int64
    /// Where the last commit ends, bytes; equal to `formerEnd` when there is none.
    package private(set) var end: Int64
    /// Where frames of this generation begin that no longer follow from those before, though a commit stands among them: the log was changed after it
    /// was written, and SQLite passes over them.
    package private(set) var broken: Int64?
    /// Where a refused commit was cut out of the log; what is behind counts no more.
    private(set) var cut: Int64?

    /// Reads a log; nil when there is none, or none that SQLite would read.
    ///
    /// Complexity: O(bytes of its present generation).
    package init?(path: String) throws(StoreFailure) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw Self.failure(path)
        }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: Int(Self.headerBytes))
        guard pread(descriptor, &header, header.count, 0) == header.count else { return nil }
        let magic = Self.word(header, 0)
        let pageBytes = Int(Self.word(header, 8))
        guard magic & ~1 == 0x377f_0682, Self.word(header, 4) == 3_007_000, (512...65_536).contains(pageBytes) else { return nil }
        var sum = Checksum(isBigEndian: magic & 1 == 1)
        sum.add(header, upTo: 24)
        guard sum.first == Self.word(header, 24), sum.second == Self.word(header, 28) else { return nil }
        salts = UInt64(Self.word(header, 16)) << 32 | UInt64(Self.word(header, 20))
        formerEnd = Self.headerBytes
        end = Self.headerBytes
        var position = Self.headerBytes
        var frame = [UInt8](repeating: 0, count: Self.frameHeaderBytes + pageBytes)
        while pread(descriptor, &frame, frame.count, off_t(position)) == frame.count {
            sum.add(frame, upTo: 8)
            sum.add(frame, from: Self.frameHeaderBytes, upTo: frame.count)
            guard Self.salts(frame) == salts, Self.word(frame, 0) != 0, sum.first == Self.word(frame, 16),
                sum.second == Self.word(frame, 20)
            else {
                if frame.prefix(Self.frameHeaderBytes).allSatisfy({ $0 == 0 }) {
                    cut = position
                } else {
                    broken = Self.hasCommit(descriptor, from: position, pageBytes: pageBytes, salts: salts) ? position : nil
                }
                return
            }
            position += Int64(frame.count)
            if Self.word(frame, 4) != 0 { (formerEnd, end) = (end, position) }
        }
    }

    private static func salts(_ frame: [UInt8]) -> UInt64 { UInt64(word(frame, 8)) << 32 | UInt64(word(frame, 12)) }

    /// Whether a commit of a generation stands in a log from a place on, by what the headers of frames say of themselves.
    ///
    /// Frames of a transaction that was given up half-way are none: its last one, which makes it a commit, was never written.
    private static func hasCommit(_ descriptor: Int32, from start: Int64, pageBytes: Int, salts: UInt64) -> Bool {
        var header = [UInt8](repeating: 0, count: frameHeaderBytes)
        var position = start
        while pread(descriptor, &header, header.count, off_t(position)) == header.count {
            if Self.salts(header) == salts, word(header, 4) != 0 { return true }
            position += Int64(frameHeaderBytes + pageBytes)
        }
        return false
    }

    /// Whether there is a log whose own first bytes are not those that were written, with a commit behind them.
    ///
    /// - Parameter pageBytes: of the store.
    static func isHeadless(path: String, pageBytes: Int) -> Bool {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var frame = [UInt8](repeating: 0, count: frameHeaderBytes)
        guard pread(descriptor, &frame, frame.count, off_t(headerBytes)) == frame.count, word(frame, 0) != 0 else { return false }
        return hasCommit(descriptor, from: headerBytes, pageBytes: pageBytes, salts: salts(frame))
    }

    /// Makes everything from a place on unreadable, and puts that on the disk: SQLite reads up to the first frame that is none.
    static func cut(path: String, at position: Int64) throws(StoreFailure) {
        let descriptor = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        let zeros = [UInt8](repeating: 0, count: frameHeaderBytes)
        guard WholeWrite.write(zeros, to: descriptor, at: position), fsync(descriptor) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> StoreFailure { .cannotOpen(path: path, reason: String(cString: strerror(errno))) }

    private static func word(_ bytes: [UInt8], _ position: Int) -> UInt32 {
        (0..<4).reduce(0) { $0 << 8 | UInt32(bytes[position + $1]) }
    }

    /// The running checksum of a log, over words of four bytes in pairs.
    private struct Checksum {
        let isBigEndian: Bool
        var first: UInt32 = 0
        var second: UInt32 = 0

        init(isBigEndian: Bool) { self.isBigEndian = isBigEndian }

        mutating func add(_ bytes: [UInt8], from start: Int = 0, upTo end: Int) {
            bytes.withUnsafeBytes { bytes in
                for position in stride(from: start, to: end - 7, by: 8) {
                    first = first &+ word(bytes, position) &+ second
                    second = second &+ word(bytes, position + 4) &+ first
                }
            }
        }

        private func word(_ bytes: UnsafeRawBufferPointer, _ position: Int) -> UInt32 {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt32.self)
            return isBigEndian ? UInt32(bigEndian: word) : UInt32(littleEndian: word)
        }
    }
}

/// The commit of a store that its disk did not confirm: it was refused, and must not come back.
///
/// It is cut out of the log at once. Where that fails too, a note beside the store says from where on the log does not count, and whoever opens
/// the store next cuts there before anything is read.
package enum RefusedCommit {
    private static func log(_ path: String) -> String { path + "-wal" }
    private static func note(_ path: String) -> String { path + "-refused" }

    /// Takes the last commit out of a store's log.
    ///
    /// - Returns: what could not be done; nil when the commit is gone for good.
    package static func void(_ path: String) -> String? {
        var found: WriteAheadLog?
        do throws(StoreFailure) {
            found = try WriteAheadLog(path: log(path))
            // A sync that failed before the first frame was written has left nothing.
            guard let log = found, log.end > log.formerEnd else { return nil }
            try WriteAheadLog.cut(path: self.log(path), at: log.formerEnd)
            return nil
        } catch {
            guard let found else { return "its log cannot be read: \(error)" }
            do throws(StoreFailure) {
                try write(Note(salts: found.salts, end: found.formerEnd), path)
                return nil
            } catch { return "what was refused is still in its log: \(error)" }
        }
    }

    /// Does what a note asks for; the store is not open yet.
    static func settle(_ path: String) throws(StoreFailure) {
        let notePath = note(path)
        guard StoreDirectory.size(notePath) > 0 else { return }
        guard let note = Note(String(decoding: (FileManager.default.contents(atPath: notePath) ?? Data()), as: UTF8.self)) else {
            throw .corrupt("\(notePath) says up to where the log of the store counts, and cannot be read")
        }
        if let log = try WriteAheadLog(path: log(path)), log.salts == note.salts, log.end > note.end {
            try WriteAheadLog.cut(path: self.log(path), at: note.end)
        }
        try forget(path)
    }

    /// The log has begun anew: nothing of it is refused any more.
    static func forget(_ path: String) throws(StoreFailure) {
        guard unlink(note(path)) == 0 else {
            if errno == ENOENT { return }
            throw .cannotOpen(path: note(path), reason: String(cString: strerror(errno)))
        }
        try StoreDirectory.synchronise((path as NSString).deletingLastPathComponent)
    }

    private static func write(_ note: Note, _ path: String) throws(StoreFailure) {
        let notePath = self.note(path)
        try StoreDirectory.prepareFile(notePath)
        let descriptor = open(notePath, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotOpen(path: notePath, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let bytes = Array(note.text.utf8)
        guard WholeWrite.write(bytes, to: descriptor), fsync(descriptor) == 0 else {
            throw .cannotOpen(path: notePath, reason: String(cString: strerror(errno)))
        }
        try StoreDirectory.synchronise((path as NSString).deletingLastPathComponent)
    }

    /// `the log of salts 123 counts up to byte 456`.
    private struct Note: Equatable {
        var salts: UInt64
        var end: Int64

        init(salts: UInt64, end: Int64) {
            self.salts = salts
            self.end = end
        }

        init?(_ text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 10, let salts = UInt64(words[4]), let end = Int64(words[9]), end >= WriteAheadLog.headerBytes else {
                return nil
            }
            self.init(salts: salts, end: end)
            guard text == self.text else { return nil }
        }

        var text: String { "the log of salts \(salts) counts up to byte \(end)\n" }
    }
}
