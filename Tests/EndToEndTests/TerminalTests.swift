import Foundation
import Testing

@Suite("Terminals that go away, stop and lie", .serialized)
struct TerminalTests {
    @Test("Closing the terminal leaves the engine serving, and no process spins")
    func hangup() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console()
            let pid = try await rig.enginePID()
            try await terminal.close()
            #expect(try await rig.infer() == 200)
            try await expectIdle(pid)
            let again = try await rig.console(arguments: "attach")
            try await again.wait(for: "churn")
            #expect(try await rig.enginePID() == pid)
        }
    }

    @Test("kill -9 of the engine under the launcher: the shell's terminal is sane, the log is named, and a restart is offered")
    func killedEngine() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console()
            let tty = try await terminal.fact("pane_tty")
            kill(try await rig.enginePID(), SIGKILL)
            try await terminal.wait(for: "Start it again?")
            let screen = try await terminal.screen()
            #expect(screen.contains("signal 9"))
            #expect(screen.replacing("\n", with: "").contains("log/engine.log"))
            #expect(try await terminal.fact("alternate_on") == "0")
            #expect(try await terminal.fact("cursor_flag") == "1")
            let modes = try await ShellCommand.run("/usr/bin/stty", ["-F", tty, "-a"], environment: rig.environment).output
            for mode in ["icanon", "echo", "isig", "icrnl", "opost"] {
                #expect(modes.split(whereSeparator: { " ;\n".contains($0) }).contains(Substring(mode)), "\(mode) is off")
            }
            // Keys that were meant for the screen do not answer the question; Enter does.
            try await terminal.press("Enter")
            try await terminal.wait(for: "1 deployment")
            #expect(try await rig.infer() == 200)
            kill(try await rig.enginePID(), SIGKILL)
            try await terminal.wait(for: "Start it again?")
            try await terminal.enter("n")
            try await terminal.wait(for: "ready>")
        }
    }

    @Test("Ctrl-S holds nothing up")
    func controlS() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console()
            try await terminal.press("C-s")
            #expect(try await rig.infer() == 200)
            try await terminal.press("p")
            try await terminal.wait(for: "Promote v2 of churn")
        }
    }

    @Test("A terminal that takes no output holds up nobody: the engine stops in time, and the launcher restores")
    func stalledOutput() async throws {
        try await ConsoleRig.with { rig in
            let pty = try PseudoTerminal(rig: rig, arguments: [])
            defer { pty.close() }
            let pid = try await rig.enginePID()
            // Nothing reads: redraws fill the kernel's buffer until a write blocks.
            for step in 0..<60 {
                pty.resize(width: 180 + step % 2, height: 60)
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(try await rig.infer() == 200)
            try await rig.done(["stop"])
            try await eventually("the engine has ended", within: 12) { ProcessFacts.isAlive(pid) ? nil : true }
            try await eventually("the launcher has ended", within: 5) { pty.hasEnded ? true : nil }
        }
    }

    @Test("A hundred sizes a second are followed, and the last one is drawn")
    func resizeStorm() async throws {
        try await ConsoleRig.with { rig in
            let pty = try PseudoTerminal(rig: rig, arguments: [])
            defer { pty.close() }
            pty.readInBackground()
            try await eventually("the console") { pty.hasShown("deployment") ? true : nil }
            let sizes = [(1, 1), (500, 200), (80, 24), (2, 50), (300, 3), (40, 10)]
            for step in 0..<300 {
                let (width, height) = sizes[step % sizes.count]
                pty.resize(width: width, height: height)
                try await Task.sleep(for: .milliseconds(10))
            }
            pty.forget()
            pty.resize(width: 101, height: 31)
            try await eventually("the console at its last size") { pty.hasShown("churn") ? true : nil }
            #expect(try await rig.infer() == 200)
            #expect(!pty.hasEnded)
        }
    }

    struct Setting: Sendable, CustomStringConvertible {
        var name: String
        var environment: [String: String]
        var expected: [String]
        var forbidden: [Character] = []
        var description: String { name }
    }

    @Test(
        "Every kind of terminal gets what it can show",
        arguments: [
            Setting(name: "the Linux console", environment: ["TERM": "linux"], expected: ["┌", "churn"], forbidden: ["⣿", "⠤"]),
            Setting(name: "LANG=C", environment: ["LANG": "C", "LC_ALL": "C"], expected: ["+-", "churn"], forbidden: ["┌", "●", "▸"]),
            Setting(name: "vt100", environment: ["TERM": "vt100"], expected: ["+-", "churn"], forbidden: ["┌"]),
            Setting(name: "a locale that is not installed", environment: ["LANG": "de_DE.UTF-8"], expected: ["┌", "churn"]),
            Setting(name: "no colours", environment: ["NO_COLOR": "1"], expected: ["┌", "churn"]),
        ])
    func kinds(_ setting: Setting) async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(arguments: "", shell: setting.environment)
            let screen = try await terminal.wait(for: "churn")
            for text in setting.expected { #expect(screen.contains(text)) }
            for character in setting.forbidden { #expect(!screen.contains(character)) }
            if setting.environment["NO_COLOR"] != nil { #expect(!(try await terminal.styledScreen().contains("[38;"))) }
            try await terminal.press("q")
            try await terminal.wait(for: "detached")
        }
    }

    @Test("An unknown TERM falls back and says so")
    func garbage() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 120, height: 40, shell: ["TERM": "garbage"])
            try await terminal.press("9")
            try await terminal.wait(for: "TERM=garbage has no terminfo entry")
            try await terminal.press("q")
            try await terminal.wait(for: "detached")
            #expect(
                try await terminal.screen().replacing("\n", with: "").contains("TERM=garbage has no terminfo entry: using xterm-256color"))
        }
    }

    @Test("A terminal that cannot place text is refused with what to use instead, and so is none")
    func refused() async throws {
        try await ConsoleRig.with(isTrained: false) { rig in
            let terminal = try await rig.terminal()
            try await terminal.enter("TERM=dumb \(ConsoleRig.product); echo status $?")
            try await terminal.wait(for: "status 1")
            #expect(try await terminal.screen().contains("flyball status"))
            let result = try await rig.flyball([])
            #expect(result.status == 1)
            #expect(result.errors.contains("no terminal"))
            #expect(result.errors.contains("flyball status"))
            // What only the launcher may start is refused to everybody else.
            #expect(try await rig.flyball(["console-process", "--channel", "1"]).status == 64)
        }
    }

    /// Measures what a process uses in a second and a half; a spinning one uses all of it.
    private func expectIdle(_ pid: pid_t) async throws {
        try await Task.sleep(for: .milliseconds(300))
        let before = ProcessFacts.ticks(pid)
        try await Task.sleep(for: .milliseconds(1_500))
        #expect(ProcessFacts.ticks(pid) - before < 40)
    }
}
