import CLinux
import Foundation

/// The terminal as the launcher found it, to be put back when the process that drew on it could not do so itself.
struct SavedTerminal {
    /// How long a terminal may take no output before its screen is left as it is, milliseconds.
    private static let patience: Int32 = 250

    private let modes: flyball_modes
    /// Leaves the alternate screen, shows the cursor, takes off colours, other characters, bracketed paste and the keypad's mode.
    ///
    /// Terminals pass over what they do not know.
    private static let reset = "\u{1B}[0m\u{1B}(B\u{0F}\u{1B}[?2004l\u{1B}[?1049l\u{1B}[?25h\u{1B}[?1l\u{1B}>\r"

    /// - Returns: nil without a terminal on standard input.
    init?() {
        var modes = flyball_modes()
        guard flyball_read_modes(STDIN_FILENO, &modes) == 0 else { return nil }
        self.modes = modes
    }

    /// Puts the modes back, and the screen when it was taken.
    ///
    /// The terminal may be stopped: then the modes are put back and the screen is not waited for.
    func restore(screen isTaken: Bool) {
        var modes = modes
        _ = flyball_set_modes(STDIN_FILENO, &modes)
        guard isTaken else { return }
        // What the dead process left unsent would only be drawn over the shell, and nothing of ours may wait behind it.
        flyball_free_output(STDOUT_FILENO)
        var descriptor = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&descriptor, 1, SavedTerminal.patience) == 1 else { return }
        let bytes = Array(SavedTerminal.reset.utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }

    /// Whether the modes are the ones that were found.
    var isUntouched: Bool {
        var now = flyball_modes()
        var found = modes
        guard flyball_read_modes(STDIN_FILENO, &now) == 0 else { return true }
        return flyball_same_modes(&now, &found) != 0
    }

    /// Whether this job has the terminal.
    static var isOurs: Bool { tcgetpgrp(STDIN_FILENO) == getpgrp() }

    /// Whether a shell would take the job back after it was stopped.
    static var hasJobControl: Bool { getpgrp() != getsid(0) }
}
