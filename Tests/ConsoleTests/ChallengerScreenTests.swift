import Console
import Engine
import Tabular
import Testing

@Suite("Challengers, on screen") struct ChallengerScreenTests {
    /// The calm fleet; v13 of flight-delay answers 5 % beside v12.
    private static func challenged(_ change: (inout ChallengerStatus) -> Void = { _ in }) throws -> Snapshot {
        var snapshot = SessionDriver.calm
        let index = try #require(snapshot.deployments.firstIndex { $0.name == "flight-delay" })
        let plan = ArmPlan(.canary, share: 0.05, steps: [0.25, 1], bake: 1_800_000)
        var present = ChallengerStatus(
            challenger: Challenger(version: 13, plan: plan, since: snapshot.asOf - 600_000, by: "oncall (uid 1001)"), isLoaded: true)
        present.answered = 1_204
        present.championAnswered = 22_903
        present.observed = ChallengerStatus.Interval(share: 0.0499, lower: 0.0472, upper: 0.0528)
        present.splitOdds = 0.2
        present.meanScore = 0.31
        present.championMeanScore = 0.29
        change(&present)
        snapshot.deployments[index].challengers = [present]
        snapshot.deployments[index].advised = nil
        snapshot.deployments[index].arms = [
            ArmStatus(
                role: .champion, version: 12, share: 0.95, observedShare: 0.9501, latencyP50Milliseconds: 0.31, latencyP99Milliseconds: 1.2),
            ArmStatus(
                role: .canary, version: 13, share: 0.05, observedShare: 0.0499, latencyP50Milliseconds: 0.33, latencyP99Milliseconds: 1.3),
            ArmStatus(role: .lastGood, version: 11, share: 0, observedShare: 0),
        ]
        return snapshot
    }

    private static func console(_ snapshot: Snapshot) -> SessionDriver {
        SessionDriver(snapshot, size: Size(width: 160, height: 50)).visit(.deployment("flight-delay"))
    }

    @Test("Deployment shows what was asked and seen, with its interval, both mean scores and the next step; Fleet shows it under ROLL-OUT")
    func shown() throws {
        let console = Self.console(try Self.challenged())
        console.expect("canary  v13 5 % for 10m").expect("seen 4.99 % (4.72 % to 5.28 %)  1,204 answered").expect("25 % in 19m")
        console.expect("mean 0.310, champion 0.290")
        SessionDriver(try Self.challenged(), size: Size(width: 200, height: 60)).visit(.fleet).expect("canary v13 5 %")
        let off = Self.console(
            try Self.challenged {
                $0.splitOdds = 5_000; $0.failed = 3
            })
        off.expect("chance does not explain it").expect("3 failed")
        Self.console(try Self.challenged { $0.waits = "promotion is frozen by ada (uid 1000)" })
            .expect("waits: promotion is frozen by ada")
        Self.console(try Self.challenged { $0.isLoaded = false }).expect("not in memory: it gets nothing")
    }

    @Test("c asks for the part of the version that waits; arrows move the share, the preview says what it does, and nothing happens before")
    func begin() async throws {
        let console = SessionDriver(size: Size(width: 120, height: 40)).visit(.deployment("flight-delay"))
        console.press("c").expectDialog("v13 of flight-delay beside v12").expect("share").press("right", "right")
        // 5, 10, 20.
        console.press("ctrl-s").expectDialog("Give v13 of flight-delay canary 20 %").expect("cut if it fails")
        #expect(console.link.requests.isEmpty)
        await console.confirm().expectToast("done")
        #expect(
            console.link.requests.last?.action == .challenge(deployment: "flight-delay", version: 13, plan: ArmPlan(.canary, share: 0.2)))
    }

    @Test("the form says what goes together: an a/b and its key, steps and bake, a percentage")
    func form() throws {
        let console = SessionDriver(size: Size(width: 120, height: 40)).visit(.deployment("flight-delay")).press("c")
        console.press("ctrl-u").type("140").press("ctrl-s").expect("share: per cent from 0 to 100").press("ctrl-u").type("2.5")
        console.press("tab", "right", "ctrl-s").expect("key: an a/b needs one").type("carrier").press("tab").type("50 100")
        console.press("ctrl-s").expect("bake: steps and bake go together").type("1h").press("ctrl-s")
        console.expect("v13 gets a/b 2.5 % by carrier").expect("50 %, 100 % after 1h 00m each")
    }

    @Test("of a version that has a part c moves its share, x takes it out; both say what it has done so far")
    func move() async throws {
        let console = Self.console(try Self.challenged())
        console.press("c", "right", "ctrl-s").expectDialog("Give v13 of flight-delay 10 %").expect("1204 answered, 0 failed")
        await console.confirm().expectToast("done")
        #expect(console.link.requests.last?.action == .share(deployment: "flight-delay", version: 13, share: 0.1))
        console.press("x").expectDialog("Take v13 out of flight-delay").expect("v12 from the next one on")
        await console.confirm().expectToast("done")
        #expect(console.link.requests.last?.action == .abort(deployment: "flight-delay", version: 13))
    }

    @Test("keys that do nothing say why: a viewer, nobody that waits, nobody to take out")
    func refusals() throws {
        let place = Place.deployment("flight-delay")
        SessionDriver(try Self.challenged(), role: .viewer).visit(place).press("c").expect("needs the role operator").press("x").expect(
            "needs the role operator")
        SessionDriver().visit(place).press("x").expect("has no version beside its champion")
        var snapshot = SessionDriver.calm
        let index = try #require(snapshot.deployments.firstIndex { $0.name == "flight-delay" })
        snapshot.deployments[index].advised = nil
        SessionDriver(snapshot).visit(place).press("c").expect("no version of flight-delay waits")
    }
}
