import Console
import Engine
import Foundation
import Testing

@Suite("Deployment") struct DeploymentTests {
    @Test("looks as it should at every size, with and without symbols", arguments: SampleContext.sizes)
    func golden(size: Size) async {
        for level in [GlyphLevel.braille, .ascii] {
            let console = SessionDriver(SampleSnapshot.standard, size: size, glyphs: level).visit(.deployment("flight-delay"))
            await console.still()
            Golden.check(
                console.surface, "Deployment/\(size.width)x\(size.height)-\(level.rawValue)", styles: size.width == 80 && level == .braille)
        }
    }

    @Test("shows charts with deploy markers and the threshold, arms, the loop by stage, gates, policy and events") func content() async {
        let console = SessionDriver(size: Size(width: 200, height: 60)).visit(.deployment("flight-delay"))
        console.command("span 1h")
        await console.load()
        for words in [
            "requests/s", "latency", "mean score", "drift (PSI, worst feature)", "P v12", "significant at n 1,000", "champion", "last good",
            "advised", "the loop", "trained",
            "answered", "in all", "gates of v13", "policy", "learning frozen by oncall", "waits:", "1,204,311 labels",
            "window 640 of 1,000 rows",
            "froze learning of flight-delay", "«a retrain would learn the fault»",
        ] { console.expect(words) }
    }

    @Test("every state of a deployment draws at every size", arguments: SampleSnapshot.standard.deployments.map(\.name))
    func states(name: String) async {
        for size in SampleContext.sizes {
            let console = SessionDriver(size: size).visit(.deployment(name))
            await console.load()
            console.expectNot("nan").expectNot("inf ")
        }
    }

    @Test("one that is gone says so") func gone() {
        let console = SessionDriver().press("enter")
        var snapshot = SessionDriver.calm
        snapshot.deployments = []
        console.publish(snapshot).expect("there is no deployment flight-delay any more")
    }

    @Test(
        "z and the arrows change the time of the charts, :span takes any"
    ) func span() {
        let console = SessionDriver().press("enter").press("z").expect("charts show the last 1h").press("z").expect("last 6h")
        console.press("z").expect("charts show the last 1d").press("right").expect("last 6h").press("left").expect("last 1d")
        console.press("z").expect("charts show the last 5m").press("right").expect("shortest")
        console.command("span 2h").expect("last 2h").command("span 1s").expect("a length of time from 1m to 30d")
    }

    @Test("i shows the policy's text and the charts again") func policy() async {
        let console = SessionDriver().press("enter", "i")
        await console.load()
        console.expect("automation = \"auto\"").press("esc").expect("requests/s")
        #expect(console.session.place == .deployment("flight-delay"))
    }

    @Test("what does not fit scrolls") func scrolling() async {
        let console = SessionDriver(size: Size(width: 80, height: 24)).press("enter")
        await console.load()
        console.expect("wind_speed is missing").expect("more ─┘").press("G").expectNot("more ─┘")
    }
}
