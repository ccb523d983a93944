import CLinux
public import Engine
import Foundation

/// Who may do what, by uid.
///
/// Names of `[operators]` are resolved once, when the engine starts.
struct PeerRoles: Sendable {
    private let owner: uid_t
    private let roles: [uid_t: Role]

    /// Configured logins that this machine does not know.
    let unknown: [String]

    init(owner: uid_t, operators: [String: Role]) {
        self.owner = owner
        var roles: [uid_t: Role] = [:]
        var unknown: [String] = []
        for (name, role) in operators.sorted(by: { $0.key < $1.key }) {
            if let uid = Accounts.uid(of: name) { roles[uid] = role } else { unknown.append(name) }
        }
        self.roles = roles
        self.unknown = unknown
    }

    /// The operator behind a uid; nil when it has no entry.
    ///
    /// Root has none of its own unless it owns the workspace.
    func `operator`(uid: uid_t) -> Operator? {
        let role = uid == owner ? Role.admin : roles[uid]
        return role.map { Operator(name: Self.login(uid), uid: uid, role: $0) }
    }

    /// Whether a uid owns the workspace.
    func isOwner(_ uid: uid_t) -> Bool { uid == owner }

    /// Login name of a uid, or `uid 1001`.
    static func login(_ uid: uid_t) -> String { Accounts.name(of: uid) ?? "uid \(uid)" }
}

/// The machine's accounts.
///
/// Connections ask for them at the same time, so only the re-entrant calls will do.
private enum Accounts {
    /// Room for one entry's texts, bytes; more than any account needs.
    private static let room = 1 << 16

    static func name(of uid: uid_t) -> String? {
        look { entry, buffer, found in
            getpwuid_r(uid, entry, buffer, room, found)
        } take: {
            String(cString: $0.pw_name)
        }
    }

    static func uid(of name: String) -> uid_t? {
        look { entry, buffer, found in
            getpwnam_r(name, entry, buffer, room, found)
        } take: {
            $0.pw_uid
        }
    }

    private static func look<Value>(
        _ call: (UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>) -> Int32,
        take: (passwd) -> Value
    ) -> Value? {
        let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: room)
        defer { buffer.deallocate() }
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        guard call(&entry, buffer, &found) == 0, let found else { return nil }
        return take(found.pointee)
    }
}

extension Operator {
    /// Who runs this process, as the owner of its own workspace.
    public static func current() -> Operator {
        let uid = geteuid()
        return Operator(name: PeerRoles.login(uid), uid: uid, role: .admin)
    }
}

extension SocketHandle {
    /// The peer's uid, as the kernel attests it; nil when it cannot be had, which means no access.
    var peerUID: uid_t? {
        var uid = uid_t()
        return flyball_peer_uid(descriptor, &uid) == 0 ? uid : nil
    }
}
