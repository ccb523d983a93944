import Foundation
import Synchronization
import Tabular

/// Keeps what comes in by standard input or a pipe in a private file, since a table is read more than once; removed when the process ends.
enum Spool {
    private static let directories = Mutex<[String]>([])

    /// Reads a stream to its end; the path of a file of that name with what it held.
    static func file(of descriptor: Int32, name: String) throws(CommandFailure) -> String {
        var template = Array((FileManager.default.temporaryDirectory.path + "/flyball-data-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw failure("no directory for what comes in by a pipe") }
        let directory = template.withUnsafeBufferPointer { String(decoding: $0.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self) }
        let isFirst = directories.withLock { kept in
            kept.append(directory)
            return kept.count == 1
        }
        if isFirst { atexit { Spool.removeAll() } }
        let path = directory + "/" + name
        let output = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure("no file for what comes in by a pipe") }
        defer { close(output) }
        var piece = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("cannot read the pipe") }
            if count == 0 { return path }
            guard WholeWrite.write(count == piece.count ? piece : Array(piece[..<count]), to: output) else {
                throw failure("cannot keep what comes in by a pipe")
            }
        }
    }

    private static func removeAll() {
        for directory in directories.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: directory) }
    }

    private static func failure(_ what: String) -> CommandFailure {
        CommandFailure("\(what): \(String(cString: strerror(errno)).lowercased()): set TMPDIR to a place with room, or save it to a file")
    }
}
