import Foundation
import Testing

@Suite("Several operators on one engine", .serialized)
struct AttachTests {
    @Test("An attached screen operates the engine, sees what others do, and leaves without a trace")
    func attach() async throws {
        try await ConsoleRig.with { rig in
            let first = try await rig.console(width: 100, height: 30)
            let second = try await rig.console(width: 120, height: 35, arguments: "attach")
            try await first.wait(for: "2 on watch")
            try await second.press("p")
            try await second.wait(for: "Promote v2 of churn")
            try await second.press("C-s")
            try await first.wait("the first screen shows what the second one did") { $0.contains("v2 answers instead of v1") }
            try await second.press("q")
            try await second.wait(for: "ready>")
            #expect(try await second.fact("alternate_on") == "0")
            try await first.wait(for: "1 on watch")
        }
    }

    @Test("A read-only screen changes nothing and says why")
    func readOnly() async throws {
        try await ConsoleRig.with { rig in
            _ = try await rig.console()
            let viewer = try await rig.console(width: 100, height: 30, arguments: "attach --read-only")
            try await viewer.press("p")
            try await viewer.wait("the reason") { $0.contains("viewer") || $0.contains("needs") }
            try await viewer.press("C-s")
            #expect(try await rig.answering() == "v1 live")
        }
    }

    @Test("Attaching where no engine runs says what to do")
    func noEngine() async throws {
        try await ConsoleRig.with(isTrained: false) { rig in
            let terminal = try await rig.terminal()
            try await terminal.enter("\(ConsoleRig.product) attach; echo status $?")
            let screen = try await terminal.wait(for: "status 1")
            #expect(screen.contains("no engine runs"))
        }
    }

    @Test("An engine that is killed leaves the attached terminal sane, with a clear message")
    func engineKilled() async throws {
        try await ConsoleRig.with { rig in
            _ = try await rig.console()
            let second = try await rig.console(arguments: "attach")
            kill(try await rig.enginePID(), SIGKILL)
            try await second.wait(for: "ready>")
            try await second.wait(for: "the connection to the engine is lost")
            #expect(try await second.fact("alternate_on") == "0")
            #expect(try await second.fact("cursor_flag") == "1")
        }
    }

    @Test("A screen that dies or stops in the middle of its frames disturbs neither serving nor another operator")
    func deadAndStopped() async throws {
        try await ConsoleRig.with { rig in
            let first = try await rig.console(width: 100, height: 30)
            let second = try await rig.console(arguments: "attach")
            let pid = try await ProcessFacts.screen("attach-process", rig)
            try await first.wait(for: "2 on watch")
            kill(pid, SIGSTOP)
            #expect(try await rig.infer() == 200)
            try await first.press("p")
            try await first.wait(for: "Promote v2 of churn")
            try await first.press("C-s")
            try await first.wait(for: "v2 answers instead of v1")
            // Killed while a frame is under way to it: the launcher gives its shell back.
            kill(pid, SIGKILL)
            try await second.wait(for: "Start it again?")
            #expect(try await second.fact("alternate_on") == "0")
            try await first.wait(for: "1 on watch")
            try await second.enter("y")
            try await second.wait(for: "1 deployment")
            let engine = try await rig.enginePID()
            #expect(ProcessFacts.isAlive(engine))
        }
    }

    @Test("An engine that does not answer can be left")
    func stoppedEngine() async throws {
        try await ConsoleRig.with { rig in
            _ = try await rig.console()
            let second = try await rig.console(arguments: "attach")
            let engine = try await rig.enginePID()
            kill(engine, SIGSTOP)
            defer { kill(engine, SIGCONT) }
            for _ in 0..<20 { try await second.press("j") }
            try await second.press("C-\\")
            try await second.wait(for: "ready>")
        }
    }

    @Test(
        "Another uid is refused without an entry, looks as a viewer, promotes as an operator, and the journal names each",
        .enabled(if: geteuid() == 0))
    func otherUID() async throws {
        for (entry, expectation) in [("", Access.refused), ("viewer", .looks), ("operator", .promotes)] {
            let configuration = entry.isEmpty ? "" : "group = \"nogroup\"\n[operators]\nnobody = \"\(entry)\"\n"
            try await ConsoleRig.with(configuration: configuration) { rig in
                chmod(rig.directory, 0o755)
                // The build may stand where another uid cannot reach it. Another process copies: while this one wrote the file, a child that
                // another test forks would hold it open, and it could not be executed.
                let copy = rig.directory + "/flyball"
                _ = try await ShellCommand.run("/bin/cp", [ConsoleRig.product, copy], environment: [:])
                _ = try await rig.console()
                let other = try await rig.terminal(width: 100, height: 30)
                try await other.enter(
                    "HOME=/nonexistent setpriv --reuid nobody --regid nogroup --clear-groups \(copy) attach; echo status $?")
                switch expectation {
                case .refused:
                    let screen = try await other.wait(for: "status 1")
                    #expect(screen.contains("ask its owner") || screen.contains("[operators]"))
                case .looks:
                    try await other.wait(for: "1 deployment")
                    try await other.press("p")
                    try await other.wait("the reason") { $0.contains("viewer") || $0.contains("needs") }
                    #expect(try await rig.answering() == "v1 live")
                case .promotes:
                    try await other.wait(for: "1 deployment")
                    try await other.press("p")
                    try await other.wait(for: "Promote v2 of churn")
                    try await other.press("C-s")
                    try await eventually("promoted") { try await rig.answering() == "v2 live" ? true : nil }
                    #expect(try await rig.done(["journal"]).contains("nobody"))
                }
            }
        }
    }

    private enum Access { case refused, looks, promotes }
}
