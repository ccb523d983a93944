import Foundation

/// A terminal with a shell in it, on a tmux server of its own.
struct Tmux: Sendable {
    private static let program = "/usr/bin/tmux"

    private let socket: String
    private let environment: [String: String]

    /// Starts a server with one pane.
    ///
    /// - Parameters:
    ///   - environment: of the shell in the pane.
    ///   - command: what runs in the pane; without one an interactive shell whose prompt is `ready>`.
    static func start(width: Int = 80, height: Int = 24, environment: [String: String], command: String? = nil) async throws -> Tmux {
        var own = environment
        own["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let terminal = Tmux(socket: "flyball-test-\(UUID().uuidString.prefix(8))", environment: own)
        try await terminal.tmux(
            [
                "-f", "/dev/null", "new-session", "-d", "-s", "main", "-x", "\(width)", "-y", "\(height)",
                // Set behind the shell that tmux starts: a shell that is not interactive takes PS1 away.
                command ?? "env PS1='ready> ' bash --norc --noprofile -i",
            ])
        try await terminal.tmux(["set-option", "-g", "remain-on-exit", "on"])
        if command == nil { try await terminal.wait(for: "ready>") }
        return terminal
    }

    private init(socket: String, environment: [String: String]) {
        self.socket = socket
        self.environment = environment
    }

    @discardableResult
    private func tmux(_ arguments: [String]) async throws -> String {
        let result = try await ShellCommand.run(Tmux.program, ["-L", socket] + arguments, environment: environment)
        guard result.status == 0 else { throw Overdue(description: "tmux \(arguments.joined(separator: " ")): \(result.errors)") }
        return result.output
    }

    /// Presses keys, by tmux' names: `p`, `Enter`, `C-z`, `Left`.
    func press(_ keys: String...) async throws { try await tmux(["send-keys", "-t", "main"] + keys) }

    /// Types characters as they are, all in one write: control characters too.
    func type(_ text: String) async throws {
        try await tmux(["send-keys", "-t", "main", "-H"] + text.utf8.map { String($0, radix: 16) })
    }

    /// Types a line into the shell.
    func enter(_ line: String) async throws {
        try await tmux(["send-keys", "-t", "main", "-l", line])
        try await press("Enter")
    }

    /// Pastes as a terminal does: between marks when the program has asked for them.
    func paste(_ text: String) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try await tmux(["load-buffer", file.path])
        try await tmux(["paste-buffer", "-p", "-r", "-t", "main"])
    }

    /// What is on the screen.
    func screen() async throws -> String { try await tmux(["capture-pane", "-p", "-t", "main"]) }

    /// The same with colours and emphasis as escape sequences.
    func styledScreen() async throws -> String { try await tmux(["capture-pane", "-p", "-e", "-t", "main"]) }

    /// A fact of the pane by tmux' name: `alternate_on`, `cursor_flag`, `pane_tty`.
    func fact(_ name: String) async throws -> String {
        try await tmux(["display-message", "-p", "-t", "main", "#{\(name)}"]).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Waits until the screen contains a text; returns the screen.
    @discardableResult
    func wait(for text: String, within seconds: Double = 30) async throws -> String {
        try await wait("«\(text)» on the screen", within: seconds) { $0.contains(text) }
    }

    /// Waits until the screen is as it should be; returns it.
    @discardableResult
    func wait(_ what: String, within seconds: Double = 30, _ isRight: (String) -> Bool) async throws -> String {
        try await eventually(what, within: seconds, last: { (try? await screen()) ?? "" }) {
            let now = try await screen()
            return isRight(now) ? now : nil
        }
    }

    func resize(width: Int, height: Int) async throws {
        try await tmux(["resize-window", "-t", "main", "-x", "\(width)", "-y", "\(height)"])
    }

    /// Closes the terminal: what runs in it is hung up.
    func close() async throws { try await tmux(["kill-session", "-t", "main"]) }

    /// Ends the server, whatever is left.
    func end() async { _ = try? await tmux(["kill-server"]) }
}
