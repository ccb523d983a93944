import CLinux
public import Engine
import Foundation

/// Who may do what, by uid. Names of `[operators]` are resolved once, when the engine starts.
struct PeerRoles: Sendable {
    private let owner: uid_t
    private let roles: [uid_t: Role]

    init(owner: uid_t, operators: [String: Role]) {
        self.owner = owner
        var roles: [uid_t: Role] = [:]
        for (name, role) in operators {
            if let entry = getpwnam(name) { roles[entry.pointee.pw_uid] = role }
        }
        self.roles = roles
    }

    /// The operator behind a uid; nil when it has no entry. Root has none of its own unless it owns the workspace.
    func `operator`(uid: uid_t) -> Operator? {
        let role = uid == owner ? Role.admin : roles[uid]
        return role.map { Operator(name: Self.login(uid), uid: uid, role: $0) }
    }

    /// Login name of a uid, or `uid 1001`.
    static func login(_ uid: uid_t) -> String {
        guard let entry = getpwuid(uid) else { return "uid \(uid)" }
        return String(cString: entry.pointee.pw_name)
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
