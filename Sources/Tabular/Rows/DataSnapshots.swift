import Crypto
import Foundation

/// Imports as content-addressed files `<hash>.fbd` in a directory.
///
/// A file is whole or absent: it is written under another name, flushed, renamed, and the directory flushed. Layout: `FBDSNAP1`, the
/// content's length (8 bytes), the content (`SnapshotCodec`), source and notes, and their SHA-256.
public enum DataSnapshots {
    static let magic: [UInt8] = Array("FBDSNAP1".utf8)

    /// Bytes of the file that rows would take, but for a few hundred that say where they come from.
    ///
    /// Complexity: O(rows).
    public static func size(of rows: LabelledRows) -> Int64 {
        var length: Int64 = 0
        SnapshotCodec.forEachChunk(rows) { length += Int64($0.count) }
        return length
    }

    /// Writes an import; a file of the same content stays as it is.
    ///
    /// Makes the directory when it is missing.
    ///
    /// Throws `snapshot` with the system's reason; nothing is left behind then.
    public static func write(_ data: ImportedData, directory: String) throws(TabularFailure) {
        let path = directory + "/" + data.hash + ".fbd"
        guard isHash(data.hash) else { throw .snapshot(what: "'\(data.hash)' is no content hash", path: directory, remedy: "import again") }
        if (try? read(hash: data.hash, directory: directory)) != nil { return }
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .snapshot(what: "cannot make the directory", path: directory, remedy: "check the permissions and the free space")
        }
        let temporary = directory + "/.\(data.hash).\(getpid()).\(UInt32.random(in: 0...UInt32.max)).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw systemFailure("cannot create the snapshot", path) }
        do throws(TabularFailure) {
            try writeAll(data, to: descriptor, path: path)
        } catch {
            close(descriptor)
            unlink(temporary)
            throw error
        }
        guard close(descriptor) == 0, rename(temporary, path) == 0 else {
            let failure = systemFailure("cannot put the snapshot in its place", path)
            unlink(temporary)
            throw failure
        }
        try flushDirectory(directory)
    }

    /// Reads an import and verifies its hash; throws `snapshot` when it is absent or one bit of it differs.
    public static func read(hash: String, directory: String) throws(TabularFailure) -> ImportedData {
        let path = directory + "/" + hash + ".fbd"
        guard isHash(hash) else {
            throw .snapshot(
                what: "'\(SafeText.escape(String(hash.prefix(80))))' is no content hash", path: directory,
                remedy: "pass 64 hexadecimal digits")
        }
        let bytes = try wholeFile(path)
        let damaged = TabularFailure.snapshot(
            what: "the snapshot is damaged", path: path, remedy: "restore it from a backup or import again")
        let start = magic.count + 8
        guard bytes.count >= start, Array(bytes[0..<magic.count]) == magic else { throw damaged }
        var lengthReader = ByteReader(bytes[magic.count..<start])
        guard let length64 = lengthReader.integer(UInt64.self), let length = Int(exactly: length64), length <= bytes.count - start else {
            throw damaged
        }
        let content = bytes[start..<(start + length)]
        let found = content.withUnsafeBytes { buffer in
            var hasher = SHA256()
            hasher.update(bufferPointer: buffer)
            return SnapshotCodec.hexadecimal(hasher.finalize())
        }
        let trailer = bytes[(start + length)...]
        guard found == hash, trailer.count >= 32 else { throw damaged }
        let about = trailer.dropLast(32)
        var reader = ByteReader(about)
        guard Array(SHA256.hash(data: Data(about))) == Array(trailer.suffix(32)), let rows = SnapshotCodec.decode(content),
            let source = reader.text(), let notes = reader.texts(), reader.remaining == 0
        else { throw damaged }
        return ImportedData(rows: rows, source: source, notes: notes, verifiedHash: hash)
    }

    private static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { ($0 >= 0x30 && $0 <= 0x39) || ($0 >= 0x61 && $0 <= 0x66) }
    }

    private static func writeAll(_ data: ImportedData, to descriptor: Int32, path: String) throws(TabularFailure) {
        var length: UInt64 = 0
        SnapshotCodec.forEachChunk(data.rows) { length += UInt64($0.count) }
        var head = ByteWriter()
        for byte in magic { head.write(byte) }
        head.write(length)
        try write(head.bytes, to: descriptor, path: path)
        try SnapshotCodec.forEachChunk(data.rows) { (buffer: UnsafeRawBufferPointer) throws(TabularFailure) in
            try write(buffer, to: descriptor, path: path)
        }
        var about = ByteWriter()
        about.write(data.source)
        about.write(data.notes)
        try write(about.bytes + Array(SHA256.hash(data: Data(about.bytes))), to: descriptor, path: path)
        guard fsync(descriptor) == 0 else { throw systemFailure("cannot flush the snapshot", path) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(TabularFailure) {
        let outcome: Result<Void, TabularFailure> = bytes.withUnsafeBytes { buffer in
            do throws(TabularFailure) { return .success(try write(buffer, to: descriptor, path: path)) } catch { return .failure(error) }
        }
        try outcome.get()
    }

    private static func write(_ buffer: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(TabularFailure) {
        guard let base = buffer.baseAddress else { return }
        var done = 0
        while done < buffer.count {
            #if canImport(Glibc)
                let written = Glibc.write(descriptor, base + done, buffer.count - done)
            #else
                let written = Darwin.write(descriptor, base + done, buffer.count - done)
            #endif
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw systemFailure("cannot write the snapshot", path) }
            done += written
        }
    }

    private static func flushDirectory(_ directory: String) throws(TabularFailure) {
        let descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw systemFailure("cannot open the directory", directory) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw systemFailure("cannot flush the directory", directory) }
    }

    private static func wholeFile(_ path: String) throws(TabularFailure) -> [UInt8] {
        let file = try ReadableFile(path: path)
        guard let size = Int(exactly: file.size) else { throw systemFailure("the snapshot is too large", path) }
        var bytes = [UInt8](repeating: 0, count: size)
        let outcome: Result<Int, TabularFailure> = bytes.withUnsafeMutableBytes { buffer in
            do throws(TabularFailure) {
                var done = 0
                while done < size {
                    let count = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
                    if count == 0 { break }
                    done += count
                }
                return .success(done)
            } catch { return .failure(error) }
        }
        bytes.removeLast(size - (try outcome.get()))
        return bytes
    }

    private static func systemFailure(_ what: String, _ path: String) -> TabularFailure {
        let code = errno
        let remedy = code == ENOSPC || code == EDQUOT ? "free some space and import again" : "check the directory and its permissions"
        return .snapshot(what: "\(what), \(String(cString: strerror(code)))", path: path, remedy: remedy)
    }
}
