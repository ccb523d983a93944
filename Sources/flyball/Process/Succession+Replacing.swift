import CLinux
import Foundation
import Tabular

// Apart from the rest, which looks at files: the headers behind CLinux declare `stat` as well, and a file sees only one of them.
extension Succession {
    /// Replaces this program; returns only when neither that one nor this one anew can be run, with the reason.
    static func replace(with program: String, sockets: Sockets) -> String {
        // Nothing but the sockets and the standard streams goes over.
        _ = flyball_close_on_exec(STDERR_FILENO + 1)
        for (variable, socket) in sockets.named {
            _ = fcntl(socket, F_SETFD, 0)
            setenv(variable, "\(socket)", 1)
        }
        // This thread may hold signals back that the other program waits for.
        flyball_take_all_signals()
        var reason = ""
        for path in [program, ChildProcess.ownProgram] {
            let words = ([program] + CommandLine.arguments.dropFirst()).map { strdup($0) } + [nil]
            execv(path, words)
            reason = String(cString: strerror(errno))
            for word in words { free(word) }
            Output.remark("flyball: \(SafeText.escape(path)): \(reason)")
        }
        return reason
    }
}
