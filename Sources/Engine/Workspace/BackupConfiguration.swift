/// What `[backup]` in `flyball.toml` says.
public struct BackupConfiguration: Sendable, Equatable {
    /// Bytes a second when nobody says otherwise.
    public static let standardBytesPerSecond: Int64 = 32 << 20

    /// The directory that the backups go to, absolute.
    public var target: String
    /// Time between two backups, milliseconds; nil: only when somebody orders one.
    public var everyMilliseconds: Int64?
    /// Good backups that stay.
    public var keep = 7
    /// Whether each is tried by a restore drill; old ones go only when a newer one has passed.
    public var verifies = true
    /// Bytes a second at most.
    public var bytesPerSecond = Self.standardBytesPerSecond

    /// Backups into a directory.
    public init(target: String) { self.target = target }

    /// Reads the section.
    static func parse(_ reader: inout TOMLReader) throws(WorkspaceFailure) -> BackupConfiguration {
        guard let target = try reader.string("target"), target.hasPrefix("/"), target.utf8.count < 4_000 else {
            throw .configuration(key: "backup.target", reason: "name the directory that backups go to by its absolute path")
        }
        var result = BackupConfiguration(target: target)
        result.everyMilliseconds = try reader.duration("every")
        if let keep = try reader.integer("keep", in: 1...10_000) { result.keep = keep }
        if let verifies = try reader.boolean("verify") { result.verifies = verifies }
        if let rate = try reader.bytes("rate") { result.bytesPerSecond = rate }
        try reader.finish()
        return result
    }
}
