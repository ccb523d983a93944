import Console
import Engine
import Testing

/// A deployment with more versions than a snapshot holds.
@Suite("A deployment of hundreds of versions in a session", .serialized) struct ManyVersionsTests {
    private static let all = SampleVersions.many(230, like: SampleVersions.flightDelay[1])

    /// The console with the newest five versions in its snapshot; the rest is the engine's to tell.
    private func console(size: Size = Size(width: 120, height: 40)) -> SessionDriver {
        var snapshot = SessionDriver.calm
        if let index = snapshot.deployments.firstIndex(where: { $0.name == "flight-delay" }) {
            snapshot.deployments[index].versions = Array(Self.all.prefix(5))
            snapshot.deployments[index].versionCount = Self.all.count
            snapshot.deployments[index].champion = 230
            snapshot.deployments[index].lastKnownGood = 229
            snapshot.deployments[index].advised = nil
        }
        let console = SessionDriver(snapshot, size: size)
        console.link.know(Self.all, of: "flight-delay")
        return console
    }

    @Test("Versions shows the newest at once and all of them when their pages have come") func screen() async {
        let console = console().command("versions flight-delay")
        await console.expectToast("─ 230 versions")
        console.press("G").expect("▸v1 ").press("p").expectDialog("Promote v1 of flight-delay").expect("gates").press("esc")
        console.press("/").type("v37").press("enter").expect("1 of 230")
    }

    @Test("a version on the command line is completed, and promoted with all that is known of it") func completion() async {
        let console = console().press(":").type("promote flight-delay v1")
        await console.expectToast("v199")
        await console.press("ctrl-u").type("promote flight-delay v37").press("enter").expectToast("Promote v37 of flight-delay")
        console.expect("gates")
    }

    @Test(
        "a line that is entered before its versions are known runs when they are",
        arguments: [
            ("promote flight-delay v37", "Promote v37 of flight-delay"), ("compare v40 v12", "on the same rows"),
        ])
    func waits(line: String, shown: String) async {
        let console = console().command("deployment flight-delay")
        for scalar in (":" + line).unicodeScalars { console.session.receive(.key(.character(scalar))) }
        console.session.receive(.key(Key(.enter)))
        console.take()
        console.expect("looking up the versions of flight-delay")
        await console.expectToast(shown)
    }

    @Test("a roll back to a time finds what answered then among all of them") func moment() async throws {
        let console = console().command("rollback flight-delay 04:30")
        // An hour a version: 14:02 is now, and v230 has answered for an hour.
        await console.expectToast("v221 answered at 2013-04-18T04:30:00")
        await console.confirm().expectToast("done")
        let time: Int64 = 1_366_259_400_000
        #expect(console.link.requests.map(\.action) == [.rollbackToTime(deployment: "flight-delay", time: time)])
    }

    @Test("a version that is not there is refused once all are known") func unknown() async {
        let console = console().command("promote flight-delay v999")
        await console.expectToast("no such version: flight-delay v999")
        console.expectNoDialog()
    }
}
