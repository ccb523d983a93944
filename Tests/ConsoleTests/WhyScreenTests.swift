import Console
import Engine
import Foundation
import Monitoring
import Testing

@Suite("Why screen") struct WhyScreenTests {
    @Test("causes and what speaks for the first one look as recorded", arguments: ScreenPicture.all)
    func pictures(_ picture: ScreenPicture) {
        let screen = WhyScreen(deployment: "flight-delay")
        picture.check(screen, SampleContext.loaded(screen, SampleContext.make(), size: picture.body), "Why/causes")
    }

    @Test("the first cause has its evidence, what undoing brings, and the safe next key; the one that is ruled out says so")
    func evidence() {
        let size = Size(width: 200, height: 40)
        let screen = WhyScreen(deployment: "flight-delay")
        let text = SampleContext.draw(screen, SampleContext.loaded(screen, SampleContext.make(), size: size), size: size).text
        #expect(text.contains("wind_speed is missing in 96 % of rows") && text.contains("upstream missing"))
        #expect(text.contains("that brings back 91 % of the move") && text.contains("F freezes learning"))
        #expect(text.contains("is not the cause: it came after the onset"))
    }

    @Test("while nothing has come it says what is done, and where nothing is wrong that no cause was found")
    func none() {
        let size = Size(width: 160, height: 30)
        let waiting = WhyScreen(deployment: "flight-delay")
        #expect(SampleContext.draw(waiting, SampleContext.make(), size: size).text.contains("looking through the newest answers"))
        let calm = WhyScreen(deployment: "churn")
        let text = SampleContext.draw(calm, SampleContext.loaded(calm, SampleContext.make(), size: size), size: size).text
        #expect(text.contains("no cause found: nothing in 8,000 answers"))
    }

    @Test("w goes there from Fleet, Deployment, Drift and Alerts")
    func key() throws {
        let command = try #require(CommandTable.all.first { $0.name == "why" })
        #expect(command.keys == ["w"])
        for place in [Place.Kind.fleet, .deployment, .drift, .alerts] { #expect(command.works(at: place)) }
    }
}
