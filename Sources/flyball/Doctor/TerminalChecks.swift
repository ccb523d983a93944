import Foundation
import Tabular

/// Whether the console can be drawn here.
enum TerminalChecks {
    static func run(environment: [String: String] = ProcessInfo.processInfo.environment) -> [Finding] {
        [terminal(environment), terminfo(environment), locale(environment)]
    }

    private static func terminal(_ environment: [String: String]) -> Finding {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else {
            return Finding("terminal", .ok, "none here: the console needs one, serve and the other verbs do not")
        }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return Finding("terminal", .warn, "its size is not known", advice: "set it with `stty cols 120 rows 40`")
        }
        guard size.ws_col >= 40, size.ws_row >= 10 else {
            return Finding("terminal", .warn, "\(size.ws_col)x\(size.ws_row)", advice: "the console needs at least 40x10")
        }
        return Finding("terminal", .ok, "\(size.ws_col)x\(size.ws_row)")
    }

    private static func terminfo(_ environment: [String: String]) -> Finding {
        guard let name = environment["TERM"], !name.isEmpty else {
            return Finding("terminal type", .warn, "TERM is not set", advice: "for the console, set it: `export TERM=xterm-256color`")
        }
        let safe = SafeText.escape(name)
        guard name != "dumb", !name.contains("/"), let first = name.utf8.first else {
            return Finding("terminal type", .warn, safe, advice: "it cannot move the cursor: open another terminal for the console")
        }
        let folders = [
            environment["TERMINFO"], environment["HOME"].map { $0 + "/.terminfo" }, "/etc/terminfo", "/lib/terminfo", "/usr/share/terminfo",
        ]
        let letter = String(UnicodeScalar(first))
        let hex = String(first, radix: 16)
        let isKnown = folders.compactMap { $0 }.contains { folder in
            [letter, hex].contains { FileManager.default.fileExists(atPath: "\(folder)/\($0)/\(name)") }
        }
        return isKnown
            ? Finding("terminal type", .ok, safe)
            : Finding(
                "terminal type", .warn, "\(safe) is not in the terminfo database",
                advice: "install ncurses-term, or set TERM=xterm-256color")
    }

    private static func locale(_ environment: [String: String]) -> Finding {
        let codeset = nl_langinfo(nl_item(CODESET)).map { String(cString: $0) } ?? ""
        let name = setlocale(LC_CTYPE, nil).map { String(cString: $0) } ?? ""
        guard codeset.uppercased() == "UTF-8" else {
            return Finding(
                "locale", .warn, "\(SafeText.escape(name)), \(SafeText.escape(codeset))",
                advice: "charts are drawn in ASCII: `export LC_ALL=C.UTF-8` gives finer ones")
        }
        return Finding("locale", .ok, "\(SafeText.escape(name)), UTF-8")
    }
}
