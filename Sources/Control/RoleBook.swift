import CLinux
import Engine
import Foundation
import Logging
import Synchronization
import Tabular

/// Who may do what now: `[operators]` of `flyball.toml`, read again as soon as the file is another one.
///
/// A file that cannot be read changes nothing: the owner always gets in, and the others keep what they had.
final class RoleBook: Sendable {
    /// What tells one state of the file from another.
    private struct Stamp: Equatable {
        var seconds = 0
        var nanoseconds = 0
        var size: Int64 = 0
        var inode: UInt64 = 0
    }

    private struct State {
        var roles: PeerRoles
        var stamp: Stamp
    }

    private let workspace: String
    private let owner: uid_t
    private let logger: Logger
    private let state: Mutex<State>

    init(workspace: Workspace, owner: uid_t, logger: Logger) {
        self.workspace = workspace.directory
        self.owner = owner
        self.logger = logger
        let roles = PeerRoles(owner: owner, operators: workspace.configuration.operators)
        state = Mutex(State(roles: roles, stamp: Self.stamp(workspace.directory)))
        Self.warn(roles, logger)
    }

    /// The roles that hold.
    var roles: PeerRoles {
        let stamp = Self.stamp(workspace)
        return state.withLock { state in
            guard stamp != state.stamp else { return state.roles }
            state.stamp = stamp
            do throws(WorkspaceFailure) {
                state.roles = PeerRoles(owner: owner, operators: try Workspace.configuration(at: workspace).operators)
                logger.notice("control: [operators] of flyball.toml is read again")
                Self.warn(state.roles, logger)
            } catch { logger.error("control: [operators] stay as they were: \(error)") }
            return state.roles
        }
    }

    private static func warn(_ roles: PeerRoles, _ logger: Logger) {
        for name in roles.unknown {
            logger.warning("control: [operators] names \(SafeText.escape(name)), whom this machine does not know")
        }
    }

    private static func stamp(_ workspace: String) -> Stamp {
        var facts = stat()
        guard stat(workspace + "/flyball.toml", &facts) == 0 else { return Stamp() }
        return Stamp(
            seconds: Int(facts.st_mtim.tv_sec), nanoseconds: Int(facts.st_mtim.tv_nsec), size: Int64(facts.st_size),
            inode: UInt64(facts.st_ino))
    }
}
