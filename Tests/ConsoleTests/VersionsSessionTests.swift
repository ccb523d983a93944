import Console
import Engine
import Testing

/// Versions, Jobs, Journal, System and Help as an operator goes through them.
@Suite("Screens in a session", .serialized) struct ScreensInSessionTests {
    @Test("from Versions, = compares the marked ones, esc returns, p promotes the selected one with a preview") func versions() async {
        let console = SessionDriver()
        console.command("versions flight-delay").expect("14 versions")
        await console.load()
        console.press("down", "space", "down", "space", "=").expect("on the same rows")
        await console.expectToast("+0.0051 better")
        console.press("esc").expect("14 versions")
        console.press("up", "p").expectDialog("Promote v13 of flight-delay").press("esc").expectNoDialog()
        console.press("up", "p").expectNoDialog().expect("refused by the gate against the champion")
    }

    @Test("what is being figured out is asked for again, what is known is not") func importance() async {
        let console = SessionDriver(size: Size(width: 200, height: 60))
        console.command("versions flight-delay").expect("14 versions")
        func asked(_ version: UInt32) -> Int {
            console.link.queries.count { $0 == .importance(deployment: "flight-delay", version: version) }
        }
        for _ in 0..<1_000 where asked(14) < 2 {
            try? await Task.sleep(for: .milliseconds(5))
            console.press("tab", "tab").settle()
        }
        #expect(asked(14) >= 2)
        console.press("down")
        await console.expectToast("mean |SHAP| on 256 held-out rows")
        console.press("down", "up", "tab", "tab").settle()
        #expect(asked(13) == 1)
    }

    @Test("on Jobs the keys are about the selected job, and refuse with the reason") func jobs() async {
        let console = SessionDriver()
        console.press("4").command("jobs").expect("2 running, 2 queued")
        console.press("down", "down").expect("job 216")
        await console.load()
        console.expect("tree 61 of 100")
        console.press("r").expect("only a failed, cancelled or parked job can be queued again")
        console.press("c")
        await console.expectToast("cancel job 216")
        await expect(.cancelJob(id: 216), of: console)
        console.press("up", "+")
        await expect(.raiseJob(id: 217), of: console)
    }

    /// Waits until the engine was asked for an action: requests leave on another thread.
    private func expect(_ action: Action, of console: SessionDriver) async {
        for _ in 0..<400 where console.link.requests.last?.action != action { try? await Task.sleep(for: .milliseconds(5)) }
        #expect(console.link.requests.last?.action == action)
    }

    @Test("a log of many pages is followed to its end") func longLog() async {
        let console = SessionDriver()
        console.command("jobs").press("G").expect("job 210")
        await console.expectToast("step 1234")
    }

    @Test("on Journal enter shows an entry, v verifies the chain, G goes to the first row ever") func journal() async {
        let console = SessionDriver()
        console.command("journal").expect("1,288 rows")
        console.press("down", "enter").expect("ordered a logistic version").press("esc")
        console.press("v")
        for _ in 0..<400 where console.text.contains("walking along") {
            try? await Task.sleep(for: .milliseconds(5))
            console.settle()
        }
        console.expect("the journal is intact").expect("1,288 rows at")
        console.press("esc", "G")
        await console.load()
        console.expect("v2 answers instead of v1")
        console.press("/").type("rollback").press("enter").expectNot("v2 answers instead of v1")
    }

    @Test("8 shows what the selected deployment answers: it follows, holds, filters by slice, explains, and goes back") func predictions()
        async
    {
        let console = SessionDriver()
        console.press("/").type("flight").press("enter", "8")
        await console.load()
        #expect(console.session.place == .predictions("flight-delay"))
        console.expect("flight-delay ▸ predictions").expect("newest 300 predictions").expect("P(yes)").expect("follows")
        console.press("down", "down").expect("f follows")
        console.press("/").type("carrier=AA").press("enter").expect("43 of 300")
        console.press("enter")
        await console.expectToast("what adds up to the log-odds of yes")
        console.expect("▸ why").expect("last good").press("esc").expect("43 of 300")
        console.press("f").expect("the predictions follow the traffic")
        console.press("esc").expect("newest 300 predictions").press("p").expectDialog("Promote v13 of flight-delay").press("esc", "esc")
        console.command("predictions delivery-minutes")
        await console.load()
        console.expect("40 predictions").press("2").expect("delivery-minutes").press("8").expect("40 predictions")
        console.command("predictions nowhere").expect("no such deployment: nowhere")
    }

    @Test("a console that is left on the tail asks for it once a second and no more") func rate() async {
        let console = SessionDriver()
        console.command("predictions flight-delay")
        await console.load()
        let before = console.link.queries.count
        var snapshot = SessionDriver.calm
        for _ in 0..<40 {
            snapshot.generation += 1
            console.session.publish(snapshot)
            console.take()
            console.clock.advance(250)
            try? await Task.sleep(for: .milliseconds(2))
        }
        // 40 presents a quarter of a second apart: ten seconds.
        #expect(console.link.queries.count - before <= 12)
    }

    @Test("help shows the keys of the screen one came from first, whatever the size", arguments: SampleContext.sizes) func help(
        _ size: Size
    ) {
        let console = SessionDriver(size: size)
        console.command("jobs").press("?").expect("On Jobs").expect(":cancel")
        console.press("esc").expectNot("On Jobs")
    }

    @Test("every screen stands in the console at every size and glyph level", arguments: ScreenPicture.all) func everywhere(
        _ picture: ScreenPicture
    ) async {
        let console = SessionDriver(size: picture.size, glyphs: picture.glyphs)
        for line in ["versions flight-delay", "jobs", "journal", "predictions flight-delay", "system", "help"] {
            console.command(line)
            await console.load()
            console.press("down", "tab", "enter", "pagedown", "G", "g", "esc")
            #expect(!console.text.isEmpty)
            if picture.glyphs == .ascii { #expect(console.text.utf8.allSatisfy { $0 < 0x80 }, "\(line)") }
        }
    }
}
