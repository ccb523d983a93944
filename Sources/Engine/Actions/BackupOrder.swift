/// The order behind `flyball backup`.
public struct BackupOrder: Codable, Sendable, Equatable {
    /// The directory on the engine's machine, absolute; nil: as `[backup]` in `flyball.toml` says.
    public var target: String?
    /// Bytes a second at most, 0: as fast as can be; nil: as `[backup]` says.
    public var bytesPerSecond: Int64?
    /// Whether what the target has already is read before it is relied upon.
    public var rechecks: Bool

    /// Makes an order.
    public init(target: String? = nil, bytesPerSecond: Int64? = nil, rechecks: Bool = false) {
        self.target = target
        self.bytesPerSecond = bytesPerSecond
        self.rechecks = rechecks
    }
}

extension BackupOrder {
    /// Why none can be begun now; nil when one can.
    func refusal(_ status: BackupStatus?) -> ActionFailure? {
        if let running = status?.running {
            return .refused(what: "a backup into \(running.directory) is being made", advice: "wait for its end")
        }
        guard target == nil, status?.plan == nil else { return nil }
        return .refused(
            what: "no place for backups is named", advice: "name one: `flyball backup DIR`, or target in [backup] of flyball.toml")
    }
}
