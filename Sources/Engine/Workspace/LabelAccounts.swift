import Foundation

/// Accounts of this machine whose labels are taken without a token, where several share it.
public struct LabelAccounts: Sendable, Equatable {
    /// The workspace's owner, and operators who may do more than look.
    public var uids: Set<UInt32>
    /// The owner's group; nil: none counts.
    public var group: UInt32?

    /// Makes a list.
    public init(uids: Set<UInt32>, group: UInt32?) {
        self.uids = uids
        self.group = group
    }

    /// Those of a configuration; nil where nobody but the owner is named, and so nobody is told apart.
    init?(_ configuration: WorkspaceConfiguration, owner: UInt32 = geteuid(), group: UInt32 = getegid()) {
        guard !configuration.operators.isEmpty else { return nil }
        let named = configuration.operators.filter { $0.value > .viewer }.keys.compactMap(Self.uid)
        self.init(uids: Set(named + [owner]), group: group)
    }

    /// Whether an account may send labels.
    public func allows(_ uid: UInt32) -> Bool {
        if uids.contains(uid) { return true }
        return group.map { Self.groups(of: uid).contains($0) } ?? false
    }

    /// Room for one entry's texts, bytes; more than any account needs.
    private static let room = 1 << 16

    private static func uid(of name: String) -> UInt32? {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
            guard let texts = buffer.baseAddress, getpwnam_r(name, &entry, texts, room, &found) == 0, found != nil else { return nil }
            return entry.pw_uid
        }
    }

    /// The groups of an account; none of one that this machine does not know.
    private static func groups(of uid: UInt32) -> Set<UInt32> {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: room) { buffer in
            guard let texts = buffer.baseAddress, getpwuid_r(uid, &entry, texts, room, &found) == 0, found != nil,
                let name = entry.pw_name
            else { return [] }
            var count: Int32 = 256
            var groups = [gid_t](repeating: 0, count: Int(count))
            guard getgrouplist(name, entry.pw_gid, &groups, &count) >= 0, count >= 0, Int(count) <= groups.count else {
                return [entry.pw_gid]
            }
            return Set(groups.prefix(Int(count)))
        }
    }
}
