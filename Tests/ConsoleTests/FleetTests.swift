import Console
import Engine
import Foundation
import Testing

@Suite("Fleet") struct FleetTests {
    @Test("looks as it should at every size, with and without symbols", arguments: SampleContext.sizes)
    func golden(size: Size) async {
        for level in [GlyphLevel.braille, .ascii] {
            let console = SessionDriver(SampleSnapshot.standard, size: size, glyphs: level)
            await console.still()
            Golden.check(
                console.surface, "Fleet/\(size.width)x\(size.height)-\(level.rawValue)", styles: size.width == 80 && level == .braille)
        }
    }

    @Test("looks as it should in true colour, sixteen and none", arguments: [ColourDepth.truecolor, .ansi16, .mono])
    func painted(depth: ColourDepth) async throws {
        let console = SessionDriver(SampleSnapshot.standard, size: Size(width: 80, height: 24))
        await console.still()
        let theme = try ThemeCatalog.builtIn.load(depth == .mono ? "mono" : depth == .ansi16 ? "ansi16" : "midnight")
        let text = console.surface.ansi(theme: theme, depth: depth)
        Golden.check(text.replacing("\u{1B}", with: "^["), "Fleet/80x24-\(depth)")
        if depth == .mono { #expect(!text.contains("\u{1B}[0;3") && !text.contains(";38;")) }
    }

    @Test("an engine without deployments says how to make one") func empty() {
        SessionDriver(SampleSnapshot.empty).expect("none yet: flyball deploy NAME --data FILE.csv --target COLUMN makes one")
    }

    @Test("the worst come first, then by name") func order() {
        let console = SessionDriver()
        let names = console.text.split(separator: "\n").compactMap { line in
            SampleSnapshot.standard.deployments.map(\.name).first { line.dropFirst(2).hasPrefix($0) }
        }
        #expect(names.prefix(4) == ["flight-delay", "loan-default", "electricity-price", "churn"])
    }

    @Test("says why, with n, since and what changed, for the selected one") func reasons() {
        let console = SessionDriver().expect("why: flight-delay").expect(
            "wind_speed is missing in 96 % of rows (was 0.1 %), threshold 10.0 %")
        console.expect("n 24,180").expect("since 13:41").expect("changed")
        console.press("down").expect("why: loan-default")
    }

    @Test("sorts by what is chosen, either way round") func sorting() {
        let console = SessionDriver().press(">").expect("sorted by requests")
        console.press("o").expect("sorted by requests, upwards").press("<", "<").expect("sorted by name")
    }

    @Test("ten thousand rows: the last is one key away, a filter finds one, and only what shows is asked for") func large() async {
        let console = SessionDriver(SampleSnapshot.large(10_000)).press("G").expect("▸model-09999")
        console.press("g").expect("▸model-00000").press("/").type("0777[0-3]$").press("enter").expect("4 of 10000")
        try? await Task.sleep(for: .milliseconds(20))
        let asked = Set(console.link.queries)
        #expect(asked.count < 200, "\(asked.count) questions about the past")
    }

    @Test("hostile names and texts do no harm", arguments: SampleContext.sizes) func hostile(size: Size) {
        let console = SessionDriver(HostileText.snapshot, size: size)
        for key in ["j", "enter", "esc", "G", "6", "enter", "p", "y", "esc", "1", "/", "x", "esc", "F", "esc", "t", "esc"] {
            console.press(key)
        }
        #expect(!console.text.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E })
    }
}

extension SessionDriver {
    /// The screen when everything has come and no toast stands any more, at one fixed time.
    func still() async {
        for _ in 0..<400 where link.queries.isEmpty { try? await Task.sleep(for: .milliseconds(2)) }
        await load()
        // Pages come from other threads: a few rounds until two frames are the same.
        for _ in 0..<40 {
            let before = surface
            try? await Task.sleep(for: .milliseconds(5))
            rest()
            if surface == before { break }
        }
    }

    @Test(
        "a paused deployment says what its requests get, on Fleet and on Deployment",
        arguments: [
            (PausedAnswer(.constant("yes"), scores: [1]), "gets constant=yes", "requests get the constant yes until"),
            (PausedAnswer(.lastKnownGood, version: 11), "gets v11", "requests get answers of v11 until"),
            (nil, "paused", "requests get 503 until"),
        ] as [(PausedAnswer?, String, String)])
    func paused(_ answer: PausedAnswer?, _ column: String, _ reason: String) throws {
        var snapshot = SessionDriver.calm
        let index = try #require(snapshot.deployments.firstIndex { $0.name == "flight-delay" })
        snapshot.deployments[index].state = .paused
        snapshot.deployments[index].pausedAnswer = answer
        SessionDriver(snapshot, size: Size(width: 200, height: 60)).visit(.fleet).expect(column)
        SessionDriver(snapshot, size: Size(width: 160, height: 50)).visit(.deployment("flight-delay")).expect(reason)
    }
}
