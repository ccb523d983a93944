import Console
import Engine
import Foundation
import Monitoring
import Testing

@Suite("Drift screen") struct DriftScreenTests {
    /// The sample's columns as a version with a table of healthy stretches has them.
    private static func context() -> ScreenContext {
        var context = SampleContext.make()
        guard let index = context.snapshot.deployments.firstIndex(where: { $0.name == "flight-delay" }),
            var report = context.snapshot.deployments[index].drift
        else { return context }
        for (number, feature) in report.features.enumerated() {
            let state = feature.state
            let still = StatisticVerdict(psi: 0, expected: 0.001, pValue: 1, state: .ok)
            var verdict = ColumnVerdict(
                shape: StatisticVerdict(psi: feature.psi, expected: 0.012, pValue: feature.pValue, state: state), new: still,
                missing: still, newShare: 0, isText: feature.feature == "carrier", usual: feature.threshold, isBlind: false,
                isDependent: number == 2)
            if feature.feature == "wind_speed" {
                verdict.missing = StatisticVerdict(psi: 6, expected: 0.002, pValue: 0, state: .drift)
                verdict.changing = ChangeVerdict(
                    shape: StatisticVerdict(psi: 5, expected: 0.05, pValue: 0, state: .drift), missing: still,
                    since: SampleSnapshot.now - 600_000)
            }
            report.features[number].verdict = verdict
        }
        report.features[4].state = .calendar
        report.features[4].calendar = "is the month of time"
        report.features[2].psi = 1.4
        report.features[2].threshold = 1.9
        context.snapshot.deployments[index].drift = report
        return context
    }

    @Test("the columns and what is said of one look as recorded", arguments: ScreenPicture.all)
    func pictures(_ picture: ScreenPicture) {
        let screen = DriftScreen(deployment: "flight-delay")
        picture.check(screen, SampleContext.loaded(screen, Self.context(), size: picture.body), "Drift/list")
    }

    @Test("what asks for attention comes first, a column that runs with the calendar last, and a filter finds columns by their words")
    func order() throws {
        let size = Size(width: 200, height: 40)
        var screen = DriftScreen(deployment: "flight-delay")
        let text = SampleContext.draw(screen, Self.context(), size: size).text
        let first = try #require(text.range(of: "wind_speed"))
        let second = try #require(text.range(of: "sched_dep_hour"))
        let last = try #require(text.range(of: "runs with the calendar: is the month of time"))
        #expect(first.lowerBound < second.lowerBound && second.lowerBound < last.lowerBound)
        #expect(text.contains("96 % missing, training had 0.1 %") && text.contains("changing now: against the 16 windows before"))
        #expect(text.contains("differs as stretches of the training did (usual here: PSI"))
        #expect(screen.setFilter("calendar", Self.context()) == nil)
        #expect(screen.filterState(Self.context())?.hits == 1)
    }

    @Test(
        "a version without a table says that it is judged as if rows were independent; without a window the screen says what it waits for")
    func without() {
        let size = Size(width: 160, height: 40)
        let screen = DriftScreen(deployment: "flight-delay")
        #expect(SampleContext.draw(screen, SampleContext.make(), size: size).text.contains("judged        as if rows were independent"))
        var context = SampleContext.make()
        for index in context.snapshot.deployments.indices { context.snapshot.deployments[index].drift = nil }
        #expect(SampleContext.draw(screen, context, size: size).text.contains("no window has closed yet"))
        #expect(screen.wantedPages(context, size: size).isEmpty)
    }
}
