import Foundation
import Tabular

/// A result file that is whole or absent: written under another name, flushed, then put in its place, which must be free.
final class NewFile {
    private let path: String
    private let temporary: String
    private var descriptor: Int32
    private var pending: [UInt8] = []

    private static let blockBytes = 1 << 16

    init(_ path: String) throws(CommandFailure) {
        self.path = path
        temporary = path + ".\(getpid()).part"
        guard access(path, F_OK) != 0 else { throw CommandFailure("\(SafeText.escape(path)): it exists already: name another file") }
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
    }

    /// Adds bytes.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        pending += bytes
        if pending.count >= Self.blockBytes { try flush() }
    }

    /// Puts the file in its place.
    func finish() throws(CommandFailure) {
        try flush()
        guard fsync(descriptor) == 0 else { throw Self.failure(path) }
        close(descriptor)
        descriptor = -1
        // link refuses a name that has come into being meanwhile, which rename would replace.
        guard link(temporary, path) == 0 else {
            let failure = Self.failure(path)
            unlink(temporary)
            throw failure
        }
        unlink(temporary)
    }

    private func flush() throws(CommandFailure) {
        try Output.write(pending, to: descriptor)
        pending.removeAll(keepingCapacity: true)
    }

    private static func failure(_ path: String) -> CommandFailure {
        CommandFailure(
            "\(SafeText.escape(path)): \(String(cString: strerror(errno)).lowercased()): choose another place or free some space")
    }
}
