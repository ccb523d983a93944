import Tabular

/// Why a workspace cannot be used.
public enum WorkspaceFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// A directory or file cannot be made or read.
    case unusable(path: String, reason: String)
    /// Another engine has it.
    case busy(path: String, pid: Int32)
    /// `flyball.toml` or a policy is wrong.
    case configuration(key: String, reason: String)

    /// One line: what, where, what to do.
    public var description: String {
        switch self {
        case .unusable(let path, let reason): "workspace: \(SafeText.escape(path)): \(reason)"
        case .busy(let path, let pid):
            "already running: \(SafeText.escape(path)) belongs to process \(pid): use `flyball attach`, or `flyball stop` first"
        case .configuration(let key, let reason): "configuration: \(SafeText.escape(key)): \(reason)"
        }
    }
}
