import Console
import Engine
import Monitoring
import Tabular
import Testing

@Suite("Predictions screen") struct PredictionsScreenTests {
    private let size = Size(width: 80, height: 21)
    private var area: Rect { Rect(size) }
    private let live = HistoryQuery.predictions(deployment: "flight-delay", upTo: nil, limit: 300)

    /// The screen with its pages, as a session would have them after a while.
    private func loaded(_ screen: PredictionsScreen, _ size: Size? = nil, _ snapshot: Snapshot = SampleSnapshot.standard) -> ScreenContext {
        SampleContext.loaded(screen, SampleContext.make(snapshot), size: size ?? self.size)
    }

    @Test("the tail and an explanation look as recorded", arguments: ScreenPicture.all) func pictures(_ picture: ScreenPicture) {
        var screen = PredictionsScreen(deployment: "flight-delay")
        picture.check(screen, SampleContext.make(), "Predictions/tail")
        let body = Rect(picture.body)
        for _ in 0..<3 { _ = screen.move(.down, loaded(screen, picture.body), in: body) }
        _ = screen.move(.open, loaded(screen, picture.body), in: body)
        picture.check(screen, SampleContext.make(), "Predictions/why")
    }

    @Test("several classes and numbers look as recorded", arguments: ["card-fraud", "delivery-minutes"]) func tasks(_ name: String) {
        let picture = ScreenPicture.all[0]
        var screen = PredictionsScreen(deployment: name)
        for _ in 0..<25 { _ = screen.move(.down, loaded(screen, picture.body), in: Rect(picture.body)) }
        _ = screen.move(.open, loaded(screen, picture.body), in: Rect(picture.body))
        picture.check(screen, SampleContext.make(), "Predictions/\(name)")
    }

    @Test("it follows the traffic until one moves, then it stands still and counts what is newer, and f follows again")
    func hold() {
        var screen = PredictionsScreen(deployment: "flight-delay")
        var context = loaded(screen)
        #expect(screen.wantedPages(context, size: size) == [live])
        #expect(SampleContext.draw(screen, context, size: size).text.contains("follows"))
        _ = screen.move(.down, context, in: area)
        _ = screen.move(.down, context, in: area)
        guard case .predictions(_, .some(let mark), 300)? = screen.wantedPages(context, size: size).first else {
            Issue.record("the tail is not held")
            return
        }
        // Before the held page has come, the live one shows the same rows.
        let before = SampleContext.draw(screen, context, size: size).text
        let third = mark.time - 48
        #expect(before.contains("f follows"))
        context.snapshot.deployments[4].predictions += 412
        context = SampleContext.loaded(screen, context, size: size)
        let after = SampleContext.draw(screen, context, size: size).text
        #expect(after.contains("412 newer, f follows"))
        #expect(after.split(separator: "\n").filter { $0.contains("▸") } == before.split(separator: "\n").filter { $0.contains("▸") })
        #expect(third == SampleSnapshot.now - 1_313 - 48)
        let step = screen.perform(.follow, arguments: [], context)
        #expect(step == .say("the predictions follow the traffic"))
        #expect(screen.wantedPages(context, size: size) == [live])
        let again = screen.perform(.follow, arguments: [], context)
        #expect(again == .say("the predictions follow the traffic already"))
    }

    @Test("a slice is a filter, with its hits, and its end looks further back") func slice() {
        var screen = PredictionsScreen(deployment: "flight-delay")
        let problem = screen.setFilter("carrier=AA", loaded(screen))
        #expect(problem == nil)
        // Every seventh row is of AA: rows 3, 10, … of the newest 300.
        #expect(screen.filterState(loaded(screen)) == FilterState(text: "carrier=AA", hits: 43, total: 300))
        _ = screen.move(.bottom, loaded(screen), in: area)
        let context = loaded(screen)
        #expect(screen.wantedPages(context, size: size).count == 2)
        // Pages share a row: 300, then 299 more.
        #expect(screen.filterState(context)?.total == 599)
        _ = screen.move(.bottom, context, in: area)
        #expect(screen.filterState(loaded(screen))?.total == 700)
        // Another filter begins with the newest page again; every 25th row has a wind speed.
        for (filter, hits) in [("!carrier=AA", 257), ("wind_speed=missing", 288), ("^order-4711$", 1), ("label=|no label", 300)] {
            _ = screen.setFilter(filter, loaded(screen))
            #expect(screen.filterState(loaded(screen))?.hits == hits, "\(filter)")
        }
        let parts = ["right", "wrong", "no label"].map { filter in
            _ = screen.setFilter(filter, loaded(screen))
            return screen.filterState(loaded(screen))?.hits ?? 0
        }
        #expect(parts.reduce(0, +) == 300 && parts.allSatisfy { $0 > 0 })
    }

    @Test("the explanation says that it is on its way, then what adds up; left and right go to the rows beside") func explanation() {
        var screen = PredictionsScreen(deployment: "flight-delay")
        _ = screen.move(.down, loaded(screen), in: area)
        _ = screen.move(.open, loaded(screen), in: area)
        var waiting = SampleContext.make()
        waiting.pages = SamplePages.answer([live])
        #expect(SampleContext.draw(screen, waiting, size: size).text.contains("explaining…"))
        #expect(screen.detail == "why")
        let context = loaded(screen)
        let text = SampleContext.draw(screen, context, size: size).text
        for words in ["what adds up to the log-odds of yes", "base", "sched_dep_hour", "last good", "differs"] {
            #expect(text.contains(words), "\(words)")
        }
        _ = screen.move(.bottom, context, in: area)
        #expect(SampleContext.draw(screen, context, size: size).text.contains("reference: the 61,204 rows"))
        let first = screen.wantedPages(context, size: size).last
        _ = screen.move(.right, context, in: area)
        #expect(screen.wantedPages(context, size: size).last != first)
        _ = screen.move(.left, loaded(screen), in: area)
        #expect(screen.wantedPages(context, size: size).last == first)
        let left = screen.leaveInner()
        #expect(left && screen.detail == nil)
        let leftAgain = screen.leaveInner()
        #expect(!leftAgain)
    }

    @Test("where both show, moving in the list explains the next row, and Tab changes sides") func bothShow() {
        let size = Size(width: 200, height: 57)
        var screen = PredictionsScreen(deployment: "flight-delay")
        _ = screen.move(.open, loaded(screen, size), in: Rect(size))
        let first = screen.wantedPages(loaded(screen, size), size: size).last
        _ = screen.move(.down, loaded(screen, size), in: Rect(size))
        let second = screen.wantedPages(loaded(screen, size), size: size).last
        #expect(second != first)
        _ = screen.move(.nextPane, loaded(screen, size), in: Rect(size))
        _ = screen.move(.down, loaded(screen, size), in: Rect(size))
        #expect(screen.wantedPages(loaded(screen, size), size: size).last == second)
    }

    @Test("what cannot be explained still shows the row, and says why") func unexplained() throws {
        var screen = PredictionsScreen(deployment: "flight-delay")
        var context = loaded(screen)
        _ = screen.move(.open, context, in: area)
        context = loaded(screen)
        guard case .explanation(_, let id)? = screen.wantedPages(context, size: size).last,
            case .explanation(var found) = SamplePredictions.explanation("flight-delay", id)
        else {
            Issue.record("nothing to explain")
            return
        }
        found.failure = "no such version: flight-delay v12"
        found.outputs = []
        found.referenceRows = nil
        for index in found.parts.indices { found.parts[index].contributions = [] }
        var pages = Dictionary(uniqueKeysWithValues: screen.wantedPages(context, size: size).map { ($0, SamplePages.content($0)) })
        pages[.explanation(deployment: "flight-delay", id: id)] = .explanation(found)
        context.pages = Pages(pages.mapValues { HistoryPage(asOf: SampleSnapshot.now, content: $0) })
        let text = SampleContext.draw(screen, context, size: Size(width: 80, height: 40)).text
        #expect(text.contains("it cannot be explained: no such version: flight-delay v12"))
        #expect(text.contains("sched_dep_hour") && text.contains("is not kept any more"))
        pages[.explanation(deployment: "flight-delay", id: id)] = .failed("no prediction in the log")
        context.pages = Pages(pages.mapValues { HistoryPage(asOf: SampleSnapshot.now, content: $0) })
        #expect(SampleContext.draw(screen, context, size: size).text.contains("it cannot be explained: no prediction in the log"))
    }

    @Test(
        "an empty tail says why",
        arguments: [
            ("churn", "paused: nothing is answered, and the log is empty"),
            ("electricity-price", "no prediction yet: send rows to /v2/models/electricity-price/infer"),
            ("loan-default", "its champion does not load"), ("new-listing", "no such deployment: new-listing"),
            ("nowhere", "there is no deployment nowhere"),
        ])
    func empty(name: String, words: String) {
        let screen = PredictionsScreen(deployment: name)
        #expect(SampleContext.draw(screen, loaded(screen), size: size).text.contains(words))
    }

    @Test("the tail says how fresh it is, and what was answered but not logged") func freshness() {
        let screen = PredictionsScreen(deployment: "flight-delay")
        var context = loaded(screen)
        let text = SampleContext.draw(screen, context, size: Size(width: 120, height: 40)).text
        #expect(text.contains("newest 1 s ago, logged each second  1,204 were answered and not logged"))
        context.asOf += 3_600_000
        #expect(SampleContext.draw(screen, context, size: size).text.contains("newest 1h 00m ago: no traffic now"))
    }
}
