import Console
import Engine
import Learning
import Tabular
import Testing

@Suite("Versions screen") struct VersionsScreenTests {
    private let area = Rect(Size(width: 80, height: 21))

    @Test("the table and what it says of a version look as recorded", arguments: ScreenPicture.all)
    func pictures(_ picture: ScreenPicture) {
        let context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        for _ in 0..<2 { _ = screen.move(.down, context, in: Rect(picture.body)) }
        picture.check(screen, context, "Versions/list")
        _ = screen.move(.up, context, in: Rect(picture.body))
        _ = screen.move(.up, context, in: Rect(picture.body))
        _ = screen.move(.open, context, in: Rect(picture.body))
        picture.check(screen, context, "Versions/refused")
    }

    @Test("what it says of a version whose settings were searched looks as recorded, near its end", arguments: ScreenPicture.all)
    func searched(_ picture: ScreenPicture) {
        let area = Rect(picture.body)
        var screen = VersionsScreen(deployment: "flight-delay")
        _ = screen.move(.down, SampleContext.make(), in: area)
        _ = screen.move(.open, SampleContext.make(), in: area)
        let context = SampleContext.loaded(screen, SampleContext.make(), size: picture.body)
        _ = screen.move(.bottom, context, in: area)
        if area.height < 30 { _ = screen.move(.pageUp, context, in: area) }
        picture.check(screen, context, "Versions/searched")
    }

    @Test("importance is asked for only where it shows, and until it is known the shares stand in, with the reason where it never will")
    func importance() {
        let context = SampleContext.make()
        let small = Size(width: 60, height: 12)
        var screen = VersionsScreen(deployment: "flight-delay")
        func asks(_ size: Size) -> [HistoryQuery] {
            screen.wantedPages(context, size: size).filter { if case .importance = $0 { true } else { false } }
        }
        #expect(asks(small).isEmpty)
        #expect(asks(Size(width: 200, height: 57)) == [.importance(deployment: "flight-delay", version: 14)])
        _ = screen.move(.open, context, in: Rect(small))
        #expect(asks(small) == [.importance(deployment: "flight-delay", version: 14)])
        func text(_ version: UInt32, _ width: Int = 80) -> String {
            var screen = VersionsScreen(deployment: "flight-delay")
            let size = Size(width: width, height: 200)
            for _ in 0..<20 where screen.subject(context).version != version { _ = screen.move(.down, context, in: Rect(size)) }
            return SampleContext.draw(screen, SampleContext.loaded(screen, context, size: size), size: size).text
        }
        #expect(text(14).contains("mean |SHAP| is being figured out") && text(14).contains("31 %"))
        #expect(text(13).contains("mean |SHAP| on 256 held-out rows (exact, tree)"))
        #expect(text(13).contains("0.0610  0.0595 to 0.0625") && !text(13).contains("31 %"))
        #expect(text(3).contains("no mean |SHAP|: the data that it learnt from is"))
        #expect(text(13, 46).contains("0.0610") && !text(13, 46).contains("0.0595 to"))
    }

    @Test("a comparison looks as recorded", arguments: ScreenPicture.all) func comparison(_ picture: ScreenPicture) {
        let context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        let step1 = screen.perform(.compare, arguments: ["v13", "v12"], context)
        #expect(step1 == .done)
        #expect(screen.detail == "v12 = v13")
        #expect(screen.subject(context).version == 13)
        picture.check(screen, SampleContext.loaded(screen, context, size: picture.body), "Versions/compare")
    }

    @Test("a regression names its own metric") func regression() {
        let surface = SampleContext.draw(
            VersionsScreen(deployment: "delivery-minutes"), SampleContext.make(), size: Size(width: 80, height: 21))
        #expect(surface.rowText(1).contains("RMSE"))
        #expect(surface.rowText(2).contains("4.2100"))
    }

    @Test("the selection stays on its version when a newer one comes") func identity() {
        var context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        for _ in 0..<2 { _ = screen.move(.down, context, in: area) }
        #expect(screen.subject(context).version == 12)
        var newer = SampleVersions.flightDelay[0]
        newer.number = 15
        if let index = context.snapshot.deployments.firstIndex(where: { $0.name == "flight-delay" }) {
            context.snapshot.deployments[index].versions.insert(newer, at: 0)
        }
        #expect(screen.subject(context).version == 12)
        let surface = SampleContext.draw(screen, context, size: Size(width: 80, height: 21))
        #expect(surface.text.contains("▸v12"))
    }

    @Test("space marks at most two, and = compares them") func marks() {
        let context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        for _ in 0..<3 {
            _ = screen.move(.mark, context, in: area)
            _ = screen.move(.down, context, in: area)
        }
        let step2 = screen.perform(.compare, arguments: [], context)
        #expect(step2 == .done)
        #expect(screen.detail == "v12 = v13")
        let step3 = screen.leaveInner()
        #expect(step3)
        #expect(screen.detail == nil)
        let step4 = screen.leaveInner()
        #expect(!step4)
    }

    @Test("= without marks compares the selected one with the champion; on the champion it says what to do") func withChampion() {
        let context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        let step5 = screen.perform(.compare, arguments: [], context)
        #expect(step5 == .done)
        #expect(screen.detail == "v12 = v14")
        let step6 = screen.perform(.compare, arguments: [], context)
        #expect(step6 == .done)
        #expect(screen.detail == nil)
        for _ in 0..<2 { _ = screen.move(.down, context, in: area) }
        #expect(
            screen.perform(.compare, arguments: [], context)
                == .refused("mark two versions with space first, or select one that is not the champion"))
        let step7 = screen.perform(.compare, arguments: ["v99"], context)
        #expect(step7 == .refused("no such version: v99"))
        let step8 = screen.perform(.compare, arguments: ["v3", "v3"], context)
        #expect(step8 == .refused("that is the same version twice"))
    }

    @Test("a filter counts its hits, inverts, and says what is wrong with it") func filter() {
        let context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        let step9 = screen.setFilter("logistic", context)
        #expect(step9 == nil)
        #expect(screen.filterState(context) == FilterState(text: "logistic", hits: 3, total: 14))
        let step10 = screen.setFilter("!logistic", context)
        #expect(step10 == nil)
        #expect(screen.filterState(context)?.hits == 11)
        #expect(screen.setFilter("(", context) != nil)
        #expect(screen.filterState(context)?.hits == 11)
        let step11 = screen.setFilter("", context)
        #expect(step11 == nil)
        #expect(screen.filterState(context)?.hits == 14)
    }

    @Test("sorting by the metric puts the best first when turned round") func sorting() {
        let context = SampleContext.make()
        var screen = VersionsScreen(deployment: "flight-delay")
        for _ in 0..<4 { _ = screen.move(.sortNext, context, in: area) }
        #expect(screen.subject(context).version == 13)
        _ = screen.move(.sortFlip, context, in: area)
        #expect(screen.subject(context).version == 1)
    }

    @Test("versions beyond those of the snapshot come page by page, until there are no more") func pages() throws {
        var context = SampleContext.make()
        let screen = VersionsScreen(deployment: "card-fraud")
        let size = Size(width: 80, height: 21)
        let all = SampleVersions.many(214, like: try #require(SampleDeployments.cardFraud.versions.first))
        let index = try #require(context.snapshot.deployments.firstIndex { $0.name == "card-fraud" })
        context.snapshot.deployments[index].versions = Array(all.prefix(5))
        context.snapshot.deployments[index].versionCount = all.count
        var answered: [HistoryQuery: HistoryPage] = [:]
        var totals: [Int] = []
        for _ in 0..<5 {
            totals.append(screen.filterState(context)?.total ?? 0)
            let wanted = screen.wantedPages(context, size: size).filter { if case .versions = $0 { true } else { false } }
            for case .versions(let name, let before, let limit) in wanted {
                #expect(name == "card-fraud" && limit <= 200)
                let rows = Array(all.filter { $0.number < before ?? .max }.prefix(limit))
                answered[.versions(deployment: name, before: before, limit: limit)] = HistoryPage(asOf: 0, content: .versions(rows))
            }
            context.pages = Pages(answered)
        }
        #expect(totals == [5, 100, 114, 214, 214])
        #expect(answered.count == 3)
        // One version more asks for no other pages.
        let before = Set(answered.keys)
        context.snapshot.deployments[index].versions.insert(SampleVersions.many(215, like: all[0])[0], at: 0)
        context.snapshot.deployments[index].versionCount += 1
        #expect(before.isSubset(of: Set(screen.wantedPages(context, size: size))))
        #expect(
            !VersionsScreen(deployment: "churn").wantedPages(context, size: size).contains {
                if case .versions = $0 { true } else { false }
            })
    }

    @Test("a deployment without versions, and one that is not there, say so") func nothing() {
        let size = Size(width: 80, height: 21)
        #expect(
            SampleContext.draw(VersionsScreen(deployment: "new-listing"), SampleContext.make(), size: size).text.contains("no version yet"))
        #expect(
            SampleContext.draw(VersionsScreen(deployment: "gone"), SampleContext.make(), size: size).text.contains(
                "there is no deployment gone"))
    }
}

@Suite("Version comparison") struct VersionComparisonTests {
    private func metric(_ name: String, _ value: Double, _ interval: ClosedRange<Double>? = nil, higher: Bool = true) -> Metric {
        Metric(
            name: name, value: value, lower: interval?.lowerBound, upper: interval?.upperBound, n: 100, higherIsBetter: higher,
            interval: nil)
    }

    private func version(_ number: UInt32, _ metrics: [Metric]) -> VersionSummary {
        var version = SampleVersions.flightDelay[0]
        version.number = number
        version.metrics = metrics
        return version
    }

    private func rows(_ old: [Metric], _ new: [Metric], _ paired: VersionComparison.Pairing = .computing) -> [VersionComparison.Row] {
        VersionComparison(version(1, old), version(2, new), paired: paired).sections.prefix(2).flatMap(\.rows)
    }

    private func figure(_ name: String, _ interval: ClosedRange<Double>, higher: Bool = true) -> VersionComparison.Pairing {
        let middle = (interval.lowerBound + interval.upperBound) / 2
        let figure = PairedFigure(
            name: name, first: 1, second: 1 + middle, lower: interval.lowerBound, upper: interval.upperBound, higherIsBetter: higher)
        return .ready(PairedComparison(first: 1, second: 2, rows: 100, source: "100 rows", figures: [figure]))
    }

    @Test("better and worse are said by the whole interval of the difference on the same rows, and by nothing else") func direction() {
        func verdict(_ interval: ClosedRange<Double>, higher: Bool = true) -> VersionComparison.Verdict? {
            rows([], [], figure("auc", interval, higher: higher)).first?.verdict
        }
        #expect(verdict(0.01...0.02) == .better && verdict(-0.02...(-0.01)) == .worse)
        #expect(verdict(0.01...0.02, higher: false) == .worse && verdict(-0.02...(-0.01), higher: false) == .better)
        #expect(verdict(-0.01...0.02) == .open && verdict(0...0) == .same)
    }

    @Test("of figures on rows of their own nothing is subtracted, however far apart they are") func ownRows() {
        let found = rows([metric("auc", 0.70, 0.69...0.71)], [metric("auc", 0.74, 0.73...0.75)])
        #expect(found.map(\.verdict) == [.differs] && found.map(\.difference) == [""])
        #expect(rows([metric("auc", 0.7)], [metric("auc", 0.7)]).map(\.verdict) == [.same])
        #expect(rows([metric("auc", 0.7)], [metric("rmse", 3)]).map(\.verdict) == [.differs, .differs])
    }

    @Test("where there are no rows that neither has learnt, it says why") func noRows() {
        let comparison = VersionComparison(version(1, []), version(2, []), paired: .failed("v1 never learnt 12 of 40"))
        #expect(comparison.sections.first?.rows.isEmpty == true)
        #expect(comparison.caution == "v1 never learnt 12 of 40" && !comparison.isCompared)
    }

    @Test("settings, data and importance that differ are told from those that do not") func differences() {
        let comparison = VersionComparison(SampleVersions.flightDelay[2], SampleVersions.flightDelay[1])
        let rows = Dictionary(comparison.sections.flatMap(\.rows).map { ($0.label, $0) }) { first, _ in first }
        #expect(rows["learning-rate"]?.verdict == .differs)
        #expect(rows["leaves"]?.verdict == .same)
        #expect(rows["trained on"]?.difference == "+331")
        #expect(rows["wind_speed"]?.difference == "+13.0 points")
        #expect(rows["auc"]?.difference == "")
    }
}

extension VersionsScreenTests {
    /// A context in which the newest version has a table of decisions.
    private static func decided(_ size: Size) throws -> (VersionsScreen, ScreenContext) {
        var screen = VersionsScreen(deployment: "flight-delay")
        var context = SampleContext.make()
        let scores = (0..<100).map { Double($0) / 100 }
        let target = Target(name: "late", task: .binary, classes: ["no", "yes"])
        let made = DecisionReport(scores: scores, targets: scores.map { $0 > 0.6 || $0 == 0.3 ? 1 : 0 }, target: target)
        let version = try #require(screen.subject(context).version)
        guard
            case .ready(let page) = SamplePages.answer([.report(deployment: "flight-delay", version: version)])[
                .report(deployment: "flight-delay", version: version)], case .report(var report) = page.content
        else { throw Missing() }
        report.decisions = made
        let query = HistoryQuery.report(deployment: "flight-delay", version: version)
        context.pages = Pages([query: HistoryPage(asOf: page.asOf, content: .report(report))])
        #expect(screen.perform(.decisions, arguments: [], context) == .done)
        return (screen, context)
    }

    private struct Missing: Error {}

    @Test("d shows curves where there is room, the confusion, thresholds and gains; esc leaves them", arguments: SampleContext.sizes)
    func decisions(_ size: Size) throws {
        var (screen, context) = try Self.decided(size)
        let text = SampleContext.draw(screen, context, size: size).text
        #expect(text.contains("decides from 0.5 on"))
        if size.height >= 24 { #expect(text.contains("recall (ROC)")) }
        if size.height >= 60 { #expect(text.contains("gains: the best rows first") && text.contains("lift")) }
        #expect(screen.move(.down, context, in: Rect(size)) == .done)
        #expect(screen.detail?.hasSuffix("decides") == true)
        #expect(screen.leaveInner() && screen.detail == nil)
    }

    @Test("the key to the threshold asks by what, computes it from the held-out rows, and is refused with the reason where it cannot")
    func threshold() throws {
        let (screen, context) = try Self.decided(Size(width: 80, height: 24))
        let command = try #require(CommandTable.named("threshold"))
        let call = CommandCall(context: context, place: screen.place, subject: screen.subject(context))
        guard case .ask(let question) = command.run(call) else { throw Missing() }
        let version = try #require(screen.subject(context).version)
        func action(_ by: String, _ number: String) -> Action? { try? question.action([by, number]).get() }
        #expect(
            action("value", "0.3") == .setThreshold(deployment: "flight-delay", version: version, value: 0.3, basis: .value))
        #expect(
            action("recall", "1") == .setThreshold(deployment: "flight-delay", version: version, value: 0.3, basis: .recall(1)))
        #expect(action("value", "3") == nil && action("rate", "") == nil && action("nonsense", "1") == nil)
        var typed = call
        typed.arguments = ["0.25"]
        guard case .act(let act) = command.run(typed) else { throw Missing() }
        #expect(act == .setThreshold(deployment: "flight-delay", version: version, value: 0.25, basis: .value))
    }
}
