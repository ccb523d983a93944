import Console
import Engine
import Monitoring
import Testing

@Suite("The command table") struct CommandsTests {
    static let places: [Place] = [
        .fleet, .deployment("flight-delay"), .drift("flight-delay"), .versions("flight-delay"), .jobs, .alerts, .journal,
        .predictions("flight-delay"), .system,
        .help,
    ]
    static let keyed = CommandTable.all.flatMap { command in command.keys.map { KeyedCommand(name: command.name, key: $0) } }

    /// A key of a command, for a readable argument.
    struct KeyedCommand: CustomTestStringConvertible, Sendable {
        let name: String
        let key: String
        var testDescription: String { "\(key) (\(name))" }
    }

    @Test("has no key with two meanings at one place, no name twice, and a sentence for everything") func soundness() {
        #expect(CommandTable.conflicts.isEmpty, "\(CommandTable.conflicts)")
        let names = CommandTable.all.flatMap { [$0.name] + $0.aliases }
        #expect(Set(names).count == names.count)
        for command in CommandTable.all {
            #expect(command.doc.hasSuffix(".") && command.doc.first?.isUppercase == true, "\(command.name): \(command.doc)")
            #expect(command.keys.allSatisfy { Key(name: $0) != nil }, "\(command.name) has a key that no terminal sends")
            #expect(!command.group.isEmpty && !command.label.isEmpty)
            // A key that says yes in a dialog must never have opened it.
            #expect(!command.keys.contains("ctrl-s"), "\(command.name) may not be on ctrl-s")
        }
    }

    @Test("each place has its digit") func digits() {
        let names = [
            1: "fleet", 2: "deployment", 3: "drift", 4: "versions", 5: "jobs", 6: "alerts", 7: "journal", 8: "predictions", 9: "system",
        ]
        for (digit, name) in names {
            let key = Key.character(Unicode.Scalar(UInt8(ascii: "0") + UInt8(digit)))
            #expect(CommandTable.command(for: key, at: .fleet)?.name == name)
        }
    }

    @Test("every key does what the help says, or says why not, at every place and for every role", arguments: keyed)
    func everyKey(command: KeyedCommand) async throws {
        let record = try #require(CommandTable.named(command.name))
        for place in Self.places where record.works(at: place.kind) {
            for role in [OperatorRole.viewer, .admin] {
                let console = SessionDriver(role: role).visit(place)
                await console.load()
                let before = console.text
                let reason = record.disabledReason(console.call(at: place))
                console.press(command.key)
                console.expectNot("does nothing here")
                if let reason {
                    // The toast may be cut at the right edge.
                    console.expect(String(reason.prefix(60)))
                    console.expectNoDialog()
                } else if !["up", "left", "page-up", "top", "redraw", "down", "page-down", "bottom", "right"].contains(command.name) {
                    let isEnded = console.session.ending != nil
                    #expect(isEnded || console.text != before, "\(command.key) at \(place) does nothing that can be seen")
                }
            }
        }
    }

    @Test("a key that means nothing says so") func unknownKey() {
        SessionDriver().press("W").expect("W does nothing here: ? lists the keys")
    }

    @Test("a viewer sees every change disabled with the reason", arguments: ["P", "R", "t", "F", "a", "n"])
    func viewer(key: String) {
        SessionDriver(role: .viewer).press(key).expect("needs the role").expectNoDialog()
    }

    // MARK: The command line

    @Test("a mistyped name is answered with the nearest one") func nearest() {
        SessionDriver().command("prmote").expect("no such command: prmote: did you mean promote?")
    }

    @Test("Tab completes names and what they take, and the line says what the command does") func completion() {
        let console = SessionDriver().press(":").type("prom")
        console.expect("promote [DEPLOYMENT] [vN]: Makes a version the champion").expect(":promote")
    }

    @Test("the ghost is taken by the right arrow") func ghost() {
        SessionDriver().press(":").type("syst").press("right", "enter").expect("system")
    }

    @Test(
        "what is typed wins over what is selected, and words find their argument",
        arguments: [
            ("promote card-fraud v40", "Promote v40 of card-fraud"), ("promote v13", "Promote v13 of flight-delay"),
            ("pause churn", "churn is paused: nothing to do"),
            ("resume churn", "everything is frozen by ds"),
            ("rollback v11", "Roll back flight-delay"), ("promote v99 nowhere", "takes nothing more: nowhere"),
            ("freeze learn", "no such deployment: learn"),
            ("stop", "needs the role admin"), ("theme nowhere", "no such theme: nowhere"), ("theme", "themes: ansi16"),
            ("glyphs ascii", "flight-delay"), ("glyphs runes", "no such glyphs"),
            ("span 2h", "there is nothing"), ("acknowledge 999", "no such alert: 999"), ("deployment churn", "churn"),
            ("versions nowhere", "no such deployment"),
        ])
    func lines(line: String, answer: String) {
        let console = SessionDriver(size: Size(width: 100, height: 30)).command(line)
        if line != "span 2h" { console.expect(answer) } else { console.expect("does nothing here") }
    }

    @Test("earlier lines come back with the up arrow") func history() {
        let console = SessionDriver().command("theme")
        console.press(":", "up").expect(":theme")
    }

    @Test("random lines never trap") func fuzz() {
        var random = SplitMix(seed: 31)
        let console = SessionDriver(role: .admin)
        let words =
            CommandTable.all.map(\.name).filter { !["detach", "stop"].contains($0) } + [
                "flight-delay", "v13", "99999999999999999999", "-1", "\u{202E}", "30d", "all", "(((", "",
            ]
        for _ in 0..<150 {
            let line = (0...random.next() % 4).map { _ in words[Int(random.next() % UInt64(words.count))] }.joined(separator: " ")
            console.press("esc", "esc").command(line)
        }
        #expect(console.session.ending == nil)
    }
}

extension SessionDriver {
    /// Goes to a place as an operator would name it.
    @discardableResult
    func visit(_ place: Place) -> SessionDriver {
        guard place != .fleet else { return self }
        return command(place.kind.rawValue + (place.deployment.map { " \($0)" } ?? ""))
    }

    /// The call that a key would make at a place with nothing selected but what that place selects by itself.
    func call(at place: Place) -> CommandCall {
        CommandCall(context: session.context, place: place, subject: session.subject)
    }
}
