import Crypto
import Foundation
import Tabular

/// A point of the journal's chain with the signature of the workspace that it came from.
///
/// As one line: `checkpoint 41 HASH TIME KEY SIGNATURE`, the last three of them absent in what earlier releases printed. The signature (Ed25519, RFC 8032) is over
/// the UTF-8 of `flyball journal checkpoint 41 HASH TIME`. It shows that nobody has changed the line since; whose key it is, only a copy of the key
/// that was kept elsewhere shows.
public struct SignedCheckpoint: Codable, Sendable, Equatable {
    /// The row and its hash.
    public var checkpoint: JournalCheckpoint
    /// When it was signed, RFC 3339.
    public var time: String
    /// The public key, hexadecimal.
    public var key: String
    /// Hexadecimal.
    public var signature: String

    /// As it is printed.
    public var text: String { "checkpoint \(checkpoint.sequence) \(checkpoint.hash) \(time) \(key) \(signature)" }

    /// Reads a printed line; nil when it is none.
    public init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard let start = words.firstIndex(of: "checkpoint"), words.count == start + 6, let sequence = Int64(words[start + 1]) else {
            return nil
        }
        checkpoint = JournalCheckpoint(sequence: sequence, hash: words[start + 2])
        time = words[start + 3]
        key = words[start + 4]
        signature = words[start + 5]
    }

    init(_ checkpoint: JournalCheckpoint, time: String, by key: Curve25519.Signing.PrivateKey) throws {
        self.checkpoint = checkpoint
        self.time = time
        self.key = HexText.encode(key.publicKey.rawRepresentation)
        signature = ""
        signature = HexText.encode(try key.signature(for: signed))
    }

    private var signed: Data { Data("flyball journal checkpoint \(checkpoint.sequence) \(checkpoint.hash) \(time)".utf8) }

    /// Whether the line is as it was when the key's owner signed it.
    public var isGenuine: Bool {
        guard let raw = HexText.decode(key), let bytes = HexText.decode(signature),
            let key = try? Curve25519.Signing.PublicKey(rawRepresentation: raw)
        else { return false }
        return key.isValidSignature(bytes, for: signed)
    }
}

/// The key that a workspace signs the checkpoints of its journal with: 32 bytes in `journal.key`, mode 0600, made when first asked for.
enum JournalKey {
    static let fileName = "journal.key"

    /// The key of a workspace's stores.
    static func load(directory: String) throws(StoreFailure) -> Curve25519.Signing.PrivateKey {
        let path = "\(directory)/\(fileName)"
        if StoreDirectory.size(path) == 0 { try make(path, directory) }
        do {
            return try Curve25519.Signing.PrivateKey(rawRepresentation: FileManager.default.contents(atPath: path) ?? Data())
        } catch { throw .corrupt("\(path) is no key: move it away, and another is made") }
    }

    private static func make(_ path: String, _ directory: String) throws(StoreFailure) {
        let part = path + ".part"
        unlink(part)
        let descriptor = open(part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: part, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let bytes = Array(Curve25519.Signing.PrivateKey().rawRepresentation)
        guard WholeWrite.write(bytes, to: descriptor), fsync(descriptor) == 0, rename(part, path) == 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        try StoreDirectory.synchronise(directory)
    }
}

extension ControlStore {
    /// Signs a point of the journal with the workspace's key.
    public func sign(_ checkpoint: JournalCheckpoint, at time: Int64) throws(StoreFailure) -> SignedCheckpoint {
        let key = try JournalKey.load(directory: directory)
        do { return try SignedCheckpoint(checkpoint, time: TimeText.rfc3339(time), by: key) } catch {
            throw .invalid("a signature: \(error)")
        }
    }
}
