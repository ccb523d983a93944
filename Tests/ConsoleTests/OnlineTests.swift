import Console
import Engine
import Foundation
import Tabular
import Testing

@Suite("Learning online, on screen") struct OnlineTests {
    /// The calm fleet, with one deployment that learns; its versions answered in turn, a minute each, the newest since a minute ago.
    private static func learning(_ change: (inout OnlineStatus) -> Void = { _ in }) throws -> Snapshot {
        var snapshot = SampleSnapshot.standard
        let index = try #require(snapshot.deployments.firstIndex { $0.name == "flight-delay" })
        var online = OnlineStatus(base: 12, publishLabels: 10_000, publishInterval: 300_000)
        online.learnt = 2_400
        online.fresh = 2_400
        online.primary = OnlineFigure(name: "auc", value: 0.7421, n: 5_000)
        online.published = snapshot.asOf - 48_000
        change(&online)
        snapshot.deployments[index].online = online
        let newest = snapshot.deployments[index].champion ?? 0
        for position in snapshot.deployments[index].versions.indices {
            let number = snapshot.deployments[index].versions[position].number
            let from = snapshot.asOf - (Int64(newest) - Int64(number) + 1) * 60_000
            let interval = ServiceInterval(from: from, until: number == newest ? nil : from + 60_000)
            snapshot.deployments[index].versions[position].served = number <= newest ? [interval] : []
        }
        return snapshot
    }

    private static func console(_ snapshot: Snapshot) -> SessionDriver {
        SessionDriver(snapshot, size: Size(width: 140, height: 50)).visit(.deployment("flight-delay"))
    }

    @Test("where no training has turned the loop, versions come from online learning; where nothing learns, it has not turned yet")
    func loop() throws {
        var snapshot = try Self.learning()
        let index = try #require(snapshot.deployments.firstIndex { $0.name == "flight-delay" })
        snapshot.deployments[index].loop = nil
        Self.console(snapshot).expect("versions come from online learning").expectNot("has not turned yet")
        snapshot.deployments[index].online = nil
        Self.console(snapshot).expect("has not turned yet")
    }

    @Test("a gate that passed with a warning is no green light, on Deployment and on Versions")
    func warning() throws {
        var snapshot = try Self.learning()
        let index = try #require(snapshot.deployments.firstIndex { $0.name == "flight-delay" })
        let newest = try #require(snapshot.deployments[index].versions.indices.first)
        let said = "60 of 1060 rows (5.66 %) repeat another one exactly"
        snapshot.deployments[index].versions[newest].gates = [GateResult(name: "data checks", passed: true, detail: said, warning: true)]
        snapshot.deployments[index].advised = snapshot.deployments[index].versions[newest].number
        let console = SessionDriver(snapshot, size: Size(width: 200, height: 60)).visit(.deployment("flight-delay"))
        console.expect("▲ data checks  60 of 1060").expectNot("● data checks")
        console.visit(.versions("flight-delay")).expect("1/1 ▲").expect("▲ data checks passed with a warning")
    }

    @Test("Deployment says how much was learnt, how well, and when the next version comes; Jobs counts who learns")
    func line() async throws {
        let console = Self.console(try Self.learning())
        await console.load()
        console.expect("online  learns  v12 and 2,400 labels  auc 0.742 on the last 5,000  next version in 7,600 labels or 4m 0")
        console.press("5").expect("1 learns online")
    }

    @Test(
        "what holds it, what was passed over, and what the next version waits for is said",
        arguments: [
            ("holds: learning is frozen by oncall", 0), ("3 passed over", 1), ("next version is due", 2),
            ("next version not before ", 3), ("next version in 9,990 labels with the next ones", 4),
        ])
    func states(words: String, kind: Int) async throws {
        let console = Self.console(
            try Self.learning { online in
                switch kind {
                case 0: online.held = "learning is frozen by oncall"
                case 1: online.skipped = 3
                case 2: online.fresh = 10_000
                case 3: online.quietUntil = SampleSnapshot.now + 60_000
                default:
                    online.fresh = 10
                    online.published = SampleSnapshot.now - 400_000
                }
            })
        await console.load()
        console.expect(words)
    }

    @Test(":publish asks first and says what becomes a version; of a deployment that does not learn it says why not")
    func publish() throws {
        Self.console(try Self.learning()).command("publish").expectDialog("Publish what flight-delay has learnt")
            .expect("with 2400 labels more becomes a version")
        SessionDriver(SampleSnapshot.standard, size: Size(width: 140, height: 50)).command("publish churn").expect(
            "churn does not learn online")
    }

    @Test(":rollback with a time returns to what answered then; a time to come is refused")
    func putBack() throws {
        let snapshot = try Self.learning()
        let champion = try #require(snapshot.deployment("flight-delay")?.champion)
        let moment = TimeText.local(snapshot.asOf - 90_000, zone: .gmt, format: .second)
        Self.console(snapshot).command("rollback \(moment)").expectDialog("Roll back flight-delay").expect("→ v\(champion - 1)")
        // Earlier than what the snapshot holds: the engine looks it up.
        Self.console(snapshot).command("rollback 1999-01-01T00:00").expectDialog("Roll back flight-delay")
            .expect("→ what answered at 1999-01-01T00:00:00Z")
        Self.console(snapshot).command("rollback 25:99").expect("is no time that has been")
    }
}
