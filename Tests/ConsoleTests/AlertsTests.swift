import Console
import Engine
import Foundation
import Testing

@Suite("Alerts") struct AlertsTests {
    @Test("looks as it should at every size, with and without symbols", arguments: SampleContext.sizes)
    func golden(size: Size) async {
        for level in [GlyphLevel.braille, .ascii] {
            let console = SessionDriver(SampleSnapshot.standard, size: size, glyphs: level).visit(.alerts)
            await console.still()
            Golden.check(
                console.surface, "Alerts/\(size.width)x\(size.height)-\(level.rawValue)", styles: size.width == 80 && level == .braille)
        }
    }

    @Test("firing comes first, with what, since when, how sure, and what to do") func content() {
        let console = SessionDriver(size: Size(width: 160, height: 40)).press("6").expect("3 firing").expect(
            "1. An upstream source has stopped filling the feature")
        console.expect("missing rate 96.0 %, threshold 10.0 %").expect("n 24,180")
        let order = ["✖ firing", "◆ acknowledged", "● resolved"].compactMap { console.text.range(of: $0)?.lowerBound }
        #expect(order.count == 3 && order == order.sorted())
    }

    @Test("the badge stands on every screen, and goes when nothing fires") func badge() {
        let console = SessionDriver()
        for digit in ["1", "2", "3", "4", "5", "6", "7", "9"] {
            console.press(digit)
            #expect(console.surface.rowText(0).contains("✖ 2 ▲ 1"), "on screen \(digit)")
        }
        var quiet = SessionDriver.calm
        quiet.alerts = []
        console.press("6").publish(quiet).expect("nothing fires")
        #expect(!console.surface.rowText(0).contains("✖"))
    }

    @Test("on a small terminal Enter opens the alert and Esc closes it again") func small() {
        let console = SessionDriver(size: Size(width: 40, height: 10)).press("6", "enter").expect("state").press("esc").expect("firing")
        #expect(console.session.place == .alerts)
    }

    @Test("an acknowledged one says who is on it until when, a resolved one how long it lasted") func states() {
        let console = SessionDriver(size: Size(width: 160, height: 40)).press("6", "down", "down", "down")
        console.expect("ds (uid 1002), until 15:30").expect("known, the market was closed")
        console.press("down", "down").expect("after 44m")
    }
}
