import Foundation
import Testing

/// One night of an operator on the flights sample: every step by the real program, in real terminals, under replayed traffic.
@Suite("A night on call", .serialized)
struct NightTests {
    @Test("deploy, replay, promote, pause, resume and roll back by key, lose the terminal, attach again: everything goes on")
    func night() async throws {
        try await ConsoleRig.with(isTrained: false) { rig in
            let file = CLIRig.flights
            try await rig.done([
                "deploy", "flight-delay", "--data", file, "--target", "late", "--positive", "yes", "--time", "time", "--zone",
                "America/New_York", "--exclude", "dep_delay", "--until", "2013-04-01", "--wait",
            ])
            let console = try await rig.console(width: 120, height: 40)
            let other = try await rig.terminal(width: 120, height: 40)
            try await other.enter(
                "\(ConsoleRig.product) replay flight-delay --data \(file) --from 2013-04-01 --rate 200 --labels --label-delay 1s --loop")
            // Enough of them that the version is judged by what it learnt, not by chance.
            try await eventually("labelled traffic") { try await Self.count("labels", rig) > 400 ? true : nil }

            // v2 is ordered by key, while v1 answers.
            try await console.press("t")
            try await console.wait(for: "Train a version of flight-delay")
            try await console.press("M-Enter")
            try await console.wait("v2 is made", within: 60) { $0.contains("v2") }
            try await eventually("v2 is a candidate") { try await Self.isCandidate("v2", rig) ? true : nil }

            try await Self.ask("p", "Promote v2 of flight-delay", on: console)
            try await eventually("v2 answers") { try await rig.answering() == "v2 live" ? true : nil }
            try await Self.ask("P", "Pause flight-delay", on: console)
            try await eventually("paused") { try await rig.answering() == "v2 paused" ? true : nil }
            try await Self.ask("P", "Resume flight-delay", on: console)
            try await eventually("resumed") { try await rig.answering() == "v2 live" ? true : nil }
            try await Self.ask("R", "Roll back flight-delay", on: console)
            try await eventually("rolled back") { try await rig.answering() == "v1 live" ? true : nil }

            // The terminal is closed, as when the line breaks: nothing else notices.
            try await console.close()
            let before = try await Self.answered(rig)
            try await eventually("traffic goes on") { try await Self.answered(rig) > before + 200 ? true : nil }
            let again = try await rig.console(width: 120, height: 40, arguments: "attach")
            try await again.press("7")
            try await again.wait("the journal names what was done") { screen in
                ["rolled back from v2 to v1", "v2 answers instead of v1"].allSatisfy(screen.contains)
            }

            try await other.press("C-c")
            let report = try await other.wait(for: "versions  v1")
            // Refused while paused, and nothing else went wrong.
            let statuses = report.split(separator: "\n").last { $0.hasPrefix("statuses") }?.split(whereSeparator: { " ,".contains($0) })
            let codes = (statuses ?? []).dropFirst().enumerated().filter { $0.offset.isMultiple(of: 2) }.map { String($0.element) }
            #expect(Set(codes) == ["200", "503"], "\(report)")
            #expect(try await rig.flyball(["journal", "verify"]).status == 0)
        }
    }

    /// Presses a key, reads the question, says yes.
    private static func ask(_ key: String, _ title: String, on console: Tmux) async throws {
        try await console.press(key)
        try await console.wait(for: title)
        try await console.press("C-s")
        try await console.wait("the dialog is closed") { !$0.contains(title) }
    }

    private static func deployment(_ rig: ConsoleRig) async throws -> [String: Any] {
        (try await rig.status()["deployments"] as? [[String: Any]])?.first ?? [:]
    }

    private static func answered(_ rig: ConsoleRig) async throws -> Int { try await count("predictions", rig) }

    private static func count(_ key: String, _ rig: ConsoleRig) async throws -> Int {
        (try await deployment(rig)[key] as? NSNumber)?.intValue ?? 0
    }

    private static func isCandidate(_ version: String, _ rig: ConsoleRig) async throws -> Bool {
        try await rig.done(["versions", "flight-delay"]).split(separator: "\n").contains {
            $0.contains(version) && $0.contains("candidate")
        }
    }
}
