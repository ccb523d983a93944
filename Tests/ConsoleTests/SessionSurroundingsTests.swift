import Console
import Engine
import Testing

/// What a session shows of what is around it, and hands to the terminal.
extension SessionTests {
    @Test("q leaves the screen and nothing else") func detach() {
        let console = SessionDriver().press("q")
        #expect(console.session.ending == .detached)
        #expect(console.link.requests.isEmpty)
    }

    // MARK: What the chrome says

    @Test("a degraded store is a banner on every screen") func degraded() {
        var snapshot = SessionDriver.calm
        snapshot.engine.degraded = "control store refuses writes: disk full"
        let console = SessionDriver(snapshot)
        for digit in ["1", "2", "4", "5", "6", "7", "9", "?"] { console.press(digit).expect("control store refuses writes: disk full") }
    }

    @Test("the demo says that its windows are shortened") func demo() {
        var snapshot = SessionDriver.calm
        snapshot.engine.isDemo = true
        SessionDriver(snapshot, size: Size(width: 140, height: 40)).expect("demo, windows shortened")
    }

    @Test("times are in the operator's zone, which the header names") func zone() {
        #expect(SessionDriver().text.contains("UTC"))
        let terminal = TerminalFacts()
        let session = ConsoleSession(
            opening: ConsoleOpening(width: 100, height: 30, timeZone: ":America/New_York", terminal: terminal), link: ScriptedLink(),
            snapshot: SessionDriver.calm,
            operatorName: "oncall", role: .viewer, clock: ManualClock(SampleSnapshot.now).clock, wake: {})
        _ = session.nextDelta()
        let header = session.surface?.rowText(0) ?? ""
        #expect(header.contains("10:02:11"), "\(header)")
        #expect(header.contains("EDT") || header.contains("GMT-4"), "\(header)")
    }

    @Test("copying hands the screen to the terminal, a theme too") func effects() {
        let console = SessionDriver().press("ctrl-y").command("theme daylight")
        #expect(console.effects.contains(.theme("daylight")))
        let copied = console.effects.compactMap { if case .copy(let text) = $0 { text } else { nil } }
        #expect(copied.first?.contains("flight-delay") == true)
    }
}
