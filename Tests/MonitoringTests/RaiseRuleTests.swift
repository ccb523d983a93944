import Foundation
import Monitoring
import Testing

@Suite("raising and clearing")
struct RaiseRuleTests {
    /// Feeds windows, one a minute; gives what changed, by window.
    private func changes(_ windows: String, cooldown: Int64 = 0) -> [Int: RaiseRule.Change] {
        var windowing = DriftWindowing()
        windowing.cooldownMilliseconds = cooldown
        var rule = RaiseRule(windowing)
        var result: [Int: RaiseRule.Change] = [:]
        for (index, letter) in windows.enumerated() {
            let start = Int64(index) * 60_000
            result[index] = rule.observe(bad: letter == "x", windowStart: start, at: start + 60_000)
        }
        return result
    }

    @Test(
        "two bad windows of three raise, three clean ones in a row clear",
        arguments: [
            ("x", [:]), ("xx", [1: .raised(onset: 0)]), ("x.x", [2: .raised(onset: 0)]), ("x..x", [:]), (".x..x..x..", [:]),
            ("xx..", [1: .raised(onset: 0)]), ("xx...", [1: .raised(onset: 0), 4: .cleared]),
            ("xx..x...", [1: .raised(onset: 0), 7: .cleared]),
            ("..xx", [3: .raised(onset: 120_000)]), ("xxxxx", [1: .raised(onset: 0)]), ("xx...x", [1: .raised(onset: 0), 4: .cleared]),
            ("xx...xx", [1: .raised(onset: 0), 4: .cleared, 6: .raised(onset: 300_000)]),
        ] as [(String, [Int: RaiseRule.Change])])
    func table(windows: String, wanted: [Int: RaiseRule.Change]) { #expect(changes(windows) == wanted) }

    @Test("after a clearing nothing raises until the cooldown is over")
    func cooldown() {
        // Cleared at 300 s; quiet until 600 s; the window that ends then raises.
        #expect(changes("xx...xxxxxx", cooldown: 300_000) == [1: .raised(onset: 0), 4: .cleared, 9: .raised(onset: 420_000)])
    }

    @Test("a rule goes on where it was after a restart")
    func coding() throws {
        var rule = RaiseRule(DriftWindowing())
        _ = rule.observe(bad: true, windowStart: 0, at: 1)
        var restored = try JSONDecoder().decode(RaiseRule.self, from: JSONEncoder().encode(rule))
        let change = restored.observe(bad: true, windowStart: 2, at: 3)
        #expect(change == .raised(onset: 0))
        #expect(restored.isRaised)
    }
}
