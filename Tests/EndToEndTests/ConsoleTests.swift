import Foundation
import Testing

@Suite("The console, by its keys", .serialized)
struct ConsoleTests {
    @Test("It opens in a small and in a large terminal and follows a change of size", arguments: [(80, 24), (200, 60), (40, 10)])
    func sizes(_ width: Int, _ height: Int) async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: width, height: height)
            let screen = try await terminal.wait("the whole height is drawn") {
                $0.split(separator: "\n", omittingEmptySubsequences: false).count >= height
            }
            #expect(screen.contains("churn"))
            try await terminal.resize(width: 100, height: 30)
            try await terminal.wait("the new width is drawn") { screen in
                screen.split(separator: "\n").contains { $0.count >= 99 && $0.contains("─") }
            }
        }
    }

    @Test("Each screen is one key away")
    func screens() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 120, height: 40)
            for (key, word) in [
                ("2", "requests/s"), ("4", "logistic"), ("5", "train"), ("6", "alert"), ("7", "journal"), ("9", "threads"),
                ("1", "1 deployment"),
            ] {
                try await terminal.press(key)
                try await terminal.wait("the screen of key \(key) with «\(word)»") { $0.lowercased().contains(word) }
            }
            try await terminal.press("?")
            try await terminal.wait("the help") { $0.lowercased().contains("help") && $0.contains("promote") }
        }
    }

    @Test("Predictions show what was answered as it is logged, and enter says why", arguments: [(80, 24), (160, 50)])
    func predictions(_ width: Int, _ height: Int) async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: width, height: height)
            try await terminal.press("8")
            try await terminal.wait(for: "no prediction yet: send rows to /v2/models/churn/infer")
            #expect(try await rig.infer() == 200)
            #expect(try await rig.infer() == 200)
            // The row that `infer` sends: age 40, spend 50.
            try await terminal.wait("both rows") { screen in
                screen.contains("2 predictions") && screen.split(separator: "\n").count { $0.contains("40") && $0.contains("50") } == 2
            }
            try await terminal.press("/")
            try await terminal.enter("age=41")
            try await terminal.wait(for: "0 of 2")
            try await terminal.press("Escape")
            try await terminal.wait("the filter is gone") { !$0.contains("0 of 2") && $0.contains("2 predictions") }
            try await terminal.press("j", "Enter")
            let why = try await terminal.wait(for: "the raw score")
            for words in ["churn ▸ predictions ▸ why", "log-odds of yes", "spend", "base", "no other version"] {
                #expect(why.contains(words), "\(words)")
            }
            try await terminal.press("f")
            try await terminal.wait("the tail follows") { $0.contains("the predictions follow the traffic") && !$0.contains("raw score") }
            try await terminal.press("2")
            try await terminal.wait(for: "requests/s")
        }
    }

    @Test("Promote, pause, resume and roll back by key: asked first, then done, and the journal names who")
    func operate() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 100, height: 30)
            try await terminal.press("p")
            try await terminal.wait(for: "Promote v2 of churn")
            // The key that asked does not confirm: it is the reason's first letter.
            try await terminal.press("p")
            try await terminal.wait(for: "reason p")
            try await terminal.press("Escape")
            try await terminal.wait("the dialog is closed") { !$0.contains("Promote v2 of churn") }
            #expect(try await rig.answering() == "v1 live")
            try await terminal.press("p")
            try await terminal.wait(for: "Promote v2 of churn")
            try await terminal.press("C-s")
            try await terminal.wait(for: "v2 answers instead of v1")
            #expect(try await rig.answering() == "v2 live")
            #expect(try await rig.infer() == 200)

            try await terminal.press("P")
            try await terminal.wait(for: "Pause churn")
            try await terminal.press("C-s")
            try await eventually("paused") { try await rig.answering() == "v2 paused" ? true : nil }
            #expect(try await rig.infer() == 503)
            try await terminal.press("P")
            try await terminal.wait(for: "Resume churn")
            try await terminal.press("C-s")
            try await eventually("resumed") { try await rig.answering() == "v2 live" ? true : nil }
            #expect(try await rig.infer() == 200)

            try await terminal.press("R")
            try await terminal.wait(for: "Roll")
            try await terminal.press("C-s")
            try await eventually("rolled back") { try await rig.answering() == "v1 live" ? true : nil }
            let journal = try await rig.done(["journal"])
            for word in ["promote", "pause", "resume", "roll"] { #expect(journal.lowercased().contains(word)) }
            #expect(try await rig.flyball(["journal", "verify"]).status == 0)
        }
    }

    @Test("A reason is typed straight into the dialog, and no word of it confirms, cancels or opens anything")
    func reason() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 100, height: 30)
            // The whole sentence in one read, as a slow line delivers it.
            try await terminal.type("Pby hand")
            try await terminal.wait("the reason in the dialog") { $0.contains("Pause churn") && $0.contains("reason by hand") }
            #expect(try await rig.answering() == "v1 live")
            try await terminal.press("C-s")
            try await eventually("paused") { try await rig.answering() == "v1 paused" ? true : nil }
            #expect(try await rig.done(["journal"]).contains("by hand"))

            try await terminal.press("P")
            try await terminal.wait(for: "Resume churn")
            try await terminal.type("night incident")
            let screen = try await terminal.wait(for: "reason night incident")
            #expect(screen.contains("Resume churn"))
            // What follows the key that closes is dropped, in one read as well: nothing is opened and nobody leaves.
            try await terminal.type("\u{3}tPq2:")
            try await terminal.wait("the dialog is closed") { !$0.contains("Resume churn") }
            let after = try await terminal.wait(for: "nothing was done")
            #expect(after.contains("DEPLOYMENT") && !after.contains("Train a version"))
            #expect(try await rig.answering() == "v1 paused")
            // Two lines and a key that confirms, unread: nothing is done.
            try await terminal.type("Pcalm again\r\r\u{13}")
            try await terminal.wait(for: "reason calm again")
            #expect(try await rig.answering() == "v1 paused")
            try await terminal.press("Enter")
            try await eventually("resumed") { try await rig.answering() == "v1 live" ? true : nil }
        }
    }

    @Test("An attached screen keeps the same rule: its own words are the reason, what was typed ahead is dropped")
    func attachedReason() async throws {
        try await ConsoleRig.with { rig in
            _ = try await rig.console(width: 100, height: 30)
            let terminal = try await rig.console(width: 100, height: 30, arguments: "attach")
            try await terminal.type("Pnight incident\u{13}")
            try await terminal.wait("the reason in the dialog") { $0.contains("Pause churn") && $0.contains("reason night incident") }
            #expect(try await rig.answering() == "v1 live")
            try await terminal.type("\u{3}tq2")
            let after = try await terminal.wait("the dialog is closed") { !$0.contains("Pause churn") }
            #expect(after.contains("DEPLOYMENT") && !after.contains("Train a version"))
            try await terminal.press("P")
            try await terminal.wait(for: "Pause churn")
            try await terminal.type("by hand")
            try await terminal.wait(for: "reason by hand")
            try await terminal.press("Enter")
            try await terminal.wait(for: "[enter pause]")
            try await terminal.press("Enter")
            try await eventually("paused") { try await rig.answering() == "v1 paused" ? true : nil }
            #expect(try await rig.done(["journal"]).contains("by hand"))
        }
    }

    @Test("Pasted text confirms nothing")
    func paste() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 100, height: 30)
            try await terminal.paste("py\n")
            try await terminal.wait(for: "pasted text is not taken for keys")
            try await terminal.press("p")
            try await terminal.wait(for: "Promote v2 of churn")
            try await terminal.paste("y\ny\n")
            try await terminal.paste(String(repeating: "y promote it all\n", count: 60_000))
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await rig.answering() == "v1 live")
            try await terminal.press("Escape")
            try await terminal.wait("the dialog is closed") { !$0.contains("Promote v2 of churn") }
        }
    }

    @Test("The detach key gives the shell back with its terminal as it was, and everything goes on")
    func detach() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.terminal(width: 100, height: 30)
            try await terminal.enter("stty -g > \(rig.directory)/before; \(ConsoleRig.product)")
            try await terminal.wait(for: "1 deployment")
            let pid = try await rig.enginePID()
            #expect(try await terminal.fact("alternate_on") == "1")
            try await terminal.press("q")
            try await terminal.wait(for: "detached: the engine goes on as process \(pid)")
            try await terminal.wait(for: "ready>")
            #expect(try await terminal.fact("alternate_on") == "0")
            #expect(try await terminal.fact("cursor_flag") == "1")
            try await terminal.enter("stty -g | cmp - \(rig.directory)/before && echo un''changed")
            try await terminal.wait(for: "unchanged")
            #expect(ProcessFacts.isAlive(pid))
            #expect(try await rig.infer() == 200)
            // A second `flyball` in the same workspace attaches to it.
            try await terminal.enter(ConsoleRig.product)
            try await terminal.wait(for: "1 deployment")
            #expect(try await rig.enginePID() == pid)
            try await terminal.press("q")
            try await terminal.wait("the shell") { !$0.contains("1 deployment") }
            #expect(ProcessFacts.isAlive(pid))
            try await rig.done(["stop"])
            try await eventually("the engine has ended") { ProcessFacts.isAlive(pid) ? nil : true }
        }
    }

    @Test("ctrl-z stops the screen and not the engine, fg brings the screen back")
    func suspend() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 100, height: 30)
            try await terminal.press("C-z")
            try await terminal.wait(for: "Stopped")
            #expect(try await rig.infer() == 200)
            try await terminal.enter("echo a''live")
            try await terminal.wait(for: "alive")
            try await terminal.enter("fg")
            try await terminal.wait(for: "1 deployment")
            try await terminal.press("p")
            try await terminal.wait(for: "Promote v2 of churn")
        }
    }

    @Test("Stopping the engine by another command closes the screen and says so")
    func stopFromElsewhere() async throws {
        try await ConsoleRig.with { rig in
            let terminal = try await rig.console(width: 100, height: 30)
            try await rig.done(["stop", "--reason", "test"])
            try await terminal.wait(for: "the engine has stopped")
            try await terminal.wait(for: "ready>")
            #expect(try await terminal.fact("alternate_on") == "0")
        }
    }

    @Test("The demo opens its console and ends with it")
    func demo() async throws {
        try await ConsoleRig.with(isTrained: false) { rig in
            let terminal = try await rig.terminal(width: 120, height: 40)
            try await terminal.enter("\(ConsoleRig.product) demo --listen 127.0.0.1:0")
            try await terminal.wait(for: "6 deployments", within: 60)
            try await terminal.press("q")
            try await terminal.wait(for: "the demo has ended")
            let left = try FileManager.default.contentsOfDirectory(atPath: rig.directory).filter { $0.hasPrefix("flyball-demo") }
            #expect(left.isEmpty)
        }
    }
}
