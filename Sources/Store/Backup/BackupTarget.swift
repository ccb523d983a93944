import Foundation

/// A directory of backups.
///
/// ```
/// flyball-backups   says what this directory is
/// manifests/        000017.backup: what each backup is made of
/// pieces/ab/        what they are made of, by SHA-256, each once
/// part/             copies of stores while a backup is made
/// lock, readers     who is at work here
/// ```
public struct BackupTarget: Sendable {
    /// The absolute path.
    public let directory: String

    private static let mark = "flyball-backups"
    private static let markText = "backups of flyball, format 1: see `flyball backup list`\n"
    private static let suffix = ".backup"
    /// Backups that one target has at most.
    static let limit = 100_000

    /// Where copies of stores are made.
    var part: String { directory + "/part" }
    private var manifests: String { directory + "/manifests" }

    /// Takes a directory for backups: one of earlier ones, or an empty or new one.
    ///
    /// - Throws: `unusable` for a directory that holds anything else.
    static func open(writing directory: String) throws(BackupFailure) -> BackupTarget {
        let target = BackupTarget(directory: directory)
        try makePrivate(directory)
        if StoreDirectory.size("\(directory)/\(mark)") == 0 {
            let found = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []).filter {
                $0 != mark + ".part" && $0 != "lost+found"
            }
            if let stray = found.first {
                throw .unusable(
                    file: directory, reason: "it holds something else already (\(stray))",
                    remedy: "name an empty directory, or one of backups")
            }
            try PrivateFile.write(Array(markText.utf8)[...], to: "\(directory)/\(mark)")
        }
        try makePrivate(target.manifests)
        return target
    }

    /// The backups in a directory, to be read.
    public static func open(reading directory: String) throws(BackupFailure) -> BackupTarget {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw .unusable(file: directory, reason: "there is no such directory", remedy: "name the directory of the backups, or mount it")
        }
        guard StoreDirectory.size("\(directory)/\(mark)") > 0 else {
            throw .unusable(
                file: directory, reason: "it is no directory of backups", remedy: "name the one that `flyball backup` has written")
        }
        return BackupTarget(directory: directory)
    }

    static func makePrivate(_ path: String) throws(BackupFailure) {
        do throws(StoreFailure) { try StoreDirectory.prepare(path) } catch {
            guard case .cannotOpen(_, let reason) = error else { throw .store(error) }
            throw .unusable(file: path, reason: reason, remedy: "the directory of backups is its owner's alone")
        }
    }

    // MARK: Backups

    /// The numbers of its backups, oldest first.
    public func numbers() throws(BackupFailure) -> [Int] {
        let names: [String]
        do { names = try FileManager.default.contentsOfDirectory(atPath: manifests) } catch {
            throw .unusable(file: manifests, reason: "it cannot be read", remedy: "check the place and its permissions")
        }
        return names.filter { $0.hasSuffix(Self.suffix) }.compactMap { Int($0.dropLast(Self.suffix.count)) }.filter { $0 > 0 }.sorted()
    }

    func path(_ number: Int) -> String {
        let digits = String(number)
        return "\(manifests)/\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)\(Self.suffix)"
    }

    /// What a backup is made of.
    public func manifest(_ number: Int) throws(BackupFailure) -> BackupManifest {
        let path = path(number)
        guard access(path, F_OK) == 0 else { throw .none(file: directory, what: "it has no backup \(number)") }
        let manifest = try BackupManifest.unseal(try PrivateFile.read(path, limit: BackupManifest.limitBytes + 1_024), file: path)
        guard manifest.number == number else {
            throw .damaged(file: path, reason: "it calls itself backup \(manifest.number)", remedy: "give it back its name")
        }
        return manifest
    }

    /// The newest good backup whose list can be read, or the one of that number.
    ///
    /// - Returns: it, and what was passed over, a line each.
    public func choose(_ number: Int?) throws(BackupFailure) -> (manifest: BackupManifest, passedOver: [String]) {
        if let number { return (try manifest(number), []) }
        var passedOver: [String] = []
        let numbers = try numbers()
        for number in numbers.reversed() {
            do throws(BackupFailure) {
                let manifest = try manifest(number)
                if let flaw = manifest.flaws.first {
                    passedOver.append("backup \(number) was passed over: it was damaged when it was made: \(flaw)")
                    continue
                }
                return (manifest, passedOver)
            } catch { passedOver.append("backup \(number) was passed over: \(error)") }
        }
        throw .none(file: directory, what: numbers.isEmpty ? "it has no backup yet" : "none of its \(numbers.count) backups is good")
    }

    /// Gives a backup its place: from here on it is one.
    func add(_ manifest: BackupManifest) throws(BackupFailure) {
        try PrivateFile.write(try manifest.sealed()[...], to: path(manifest.number))
        try PrivateFile.synchronise(manifests)
        try PrivateFile.synchronise(directory)
    }

    // MARK: Who is at work

    /// Holds a lock for as long as it lives.
    final class Hold: Sendable {
        private let descriptor: Int32

        fileprivate init(descriptor: Int32) { self.descriptor = descriptor }

        deinit { close(descriptor) }
    }

    private func lock(_ name: String, _ kind: Int32) throws(BackupFailure) -> Hold? {
        let path = "\(directory)/\(name)"
        let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system(path, "it cannot be opened") }
        let hold = Hold(descriptor: descriptor)
        return flock(descriptor, kind | LOCK_NB) == 0 ? hold : nil
    }

    /// The only one that writes here.
    func holdForWriting() throws(BackupFailure) -> Hold {
        guard let hold = try lock("lock", LOCK_EX) else { throw .busy(file: directory, what: "another backup is being made here") }
        return hold
    }

    /// Keeps what it reads from being deleted; nil where the directory takes no lock, since it takes no writes either.
    func holdForReading() throws(BackupFailure) -> Hold? {
        do throws(BackupFailure) {
            guard let hold = try lock("readers", LOCK_SH) else { throw .busy(file: directory, what: "old backups are being deleted here") }
            return hold
        } catch {
            guard case .unusable = error else { throw error }
            return nil
        }
    }

    // MARK: Retention

    /// What was deleted.
    public struct Removal: Sendable, Equatable {
        /// The backups.
        public var numbers: [Int] = []
        /// Bytes that went.
        public var bytes: Int64 = 0
    }

    /// Deletes the oldest backups but for so many good ones, and the pieces that no other needs; of those that were damaged when they were made only one
    /// that is newer than every good one stays.
    ///
    /// Deletes nothing at all while a list cannot be read, or somebody reads here.
    package func keep(_ count: Int) throws(BackupFailure) -> Removal {
        let writing = try holdForWriting()
        defer { withExtendedLifetime(writing) {} }
        guard let reading = try lock("readers", LOCK_EX) else { return Removal() }
        defer { withExtendedLifetime(reading) {} }
        var kept: Set<String> = []
        var removal = Removal()
        var good = 0
        for number in try numbers().reversed() {
            let manifest = try manifest(number)
            let stays = manifest.isGood ? good < max(1, count) : good == 0 && kept.isEmpty
            if manifest.isGood { good += 1 }
            if stays {
                for file in manifest.files { kept.formUnion(file.pieces) }
            } else {
                removal.numbers.append(number)
            }
        }
        // The lists first: a backup without its pieces must not be one.
        for number in removal.numbers {
            let path = path(number)
            guard unlink(path) == 0 else { throw .system(path, "it cannot be deleted") }
        }
        if !removal.numbers.isEmpty { try PrivateFile.synchronise(manifests) }
        removal.bytes = BackupPieces(target: directory).remove(allBut: kept)
        return removal
    }
}
