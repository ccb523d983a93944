import Console
import Engine
import Foundation
import Monitoring
import Testing

@Suite("A console session") struct SessionTests {
    @Test("opens on the fleet with the worst first, and says who is on watch") func opening() {
        let console = SessionDriver()
        console.expect("flight-delay").expect("3 on watch").expect("loan-default")
        #expect(console.session.place == .fleet)
        if ProcessInfo.processInfo.environment["SHOW_SCREENS"] == "1" {
            for size in SampleContext.sizes {
                for place in ["fleet", "deployment flight-delay", "alerts"] {
                    let other = SessionDriver(SampleSnapshot.standard, size: size)
                    other.command(place)
                    Thread.sleep(forTimeInterval: 0.2)
                    other.settle()
                    print("\(size.width)x\(size.height) \(place)\n" + other.text)
                }
            }
            for (size, keys) in [
                (Size(width: 80, height: 24), ["p"]), (Size(width: 40, height: 10), ["p"]), (Size(width: 80, height: 24), ["t"]),
                (Size(width: 80, height: 24), [":", "p"]),
            ] {
                let other = SessionDriver(SessionDriver.calm, size: size)
                other.press("down")
                for key in keys { other.press(key) }
                print(other.text)
            }
        }
    }
}
