import Console
import Engine
import Store
import Testing

@Suite("Journal screen") struct JournalScreenTests {
    private let size = Size(width: 80, height: 21)
    private var area: Rect { Rect(size) }

    @Test("the list, an entry and a verdict look as recorded", arguments: ScreenPicture.all)
    func pictures(_ picture: ScreenPicture) {
        let context = SampleContext.make()
        var screen = JournalScreen()
        picture.check(screen, context, "Journal/list")
        _ = screen.move(.open, context, in: Rect(picture.body))
        picture.check(screen, context, "Journal/entry")
        let step1 = screen.perform(.verify, arguments: [], context)
        #expect(step1 == .done)
        picture.check(screen, context, "Journal/verified")
    }

    @Test("a broken chain is named with its row, and says what is still known") func broken() {
        var screen = JournalScreen()
        var context = SampleContext.make()
        _ = screen.perform(.verify, arguments: [], context)
        #expect(screen.wantedPages(context, size: size).contains(.verifyJournal(checkpoint: nil)))
        #expect(SampleContext.draw(screen, context, size: size).text.contains("walking along the chain"))
        let verdict = JournalVerdict(
            rows: 711, firstBad: 712, problem: "its content does not match its hash", guarantee: "the 711 rows before form one chain",
            checkpoint: nil)
        context.pages = Pages([.verifyJournal(checkpoint: nil): HistoryPage(asOf: SampleSnapshot.now, content: .verification(verdict))])
        let text = SampleContext.draw(screen, context, size: size).text
        #expect(text.contains("✖ the journal was tampered with"))
        #expect(text.contains("row 712: its content does not match its hash"))
        #expect(text.contains("the 711 rows before form one chain"))
        let step2 = screen.leaveInner()
        #expect(step2)
        #expect(!screen.wantedPages(context, size: size).contains(.verifyJournal(checkpoint: nil)))
    }

    @Test("the selection stays on its row while others are written, and follows at the top") func identity() {
        var context = SampleContext.make()
        var screen = JournalScreen()
        for _ in 0..<3 { _ = screen.move(.down, context, in: area) }
        let row = SampleJournal.rows[3]
        #expect(screen.subject(context).deployment == row.entry.deployment)
        var newer = SampleJournal.rows[0]
        newer.sequence += 1
        newer.entry.deployment = "other"
        context.snapshot.recent.insert(newer, at: 0)
        #expect(screen.subject(context).deployment == row.entry.deployment)
        let step3 = screen.perform(.follow, arguments: [], context)
        #expect(step3 == .say("the journal follows what happens"))
        #expect(screen.subject(context).deployment == "other")
    }

    @Test("the last row of a long journal is one key away, and only its page is asked for") func virtual() {
        let context = SampleContext.make()
        var screen = JournalScreen()
        #expect(screen.filterState(context)?.total == 1_288)
        _ = screen.move(.bottom, context, in: area)
        let before = SampleContext.draw(screen, context, size: size).text
        #expect(before.contains("loading"))
        #expect(screen.wantedPages(context, size: size) == [.journal(before: 201, limit: 200, deployment: nil)])
        let loaded = SampleContext.loaded(screen, context, size: size)
        #expect(SampleContext.draw(screen, loaded, size: size).text.contains("v2 answers instead of v1"))
    }

    @Test("pages begin at round numbers, whatever is written meanwhile") func stablePages() {
        var context = SampleContext.make()
        var screen = JournalScreen()
        for _ in 0..<60 { _ = screen.move(.down, context, in: area) }
        let before = screen.wantedPages(context, size: size)
        #expect(!before.isEmpty)
        var newer = SampleJournal.rows[0]
        newer.sequence += 1
        context.snapshot.recent.insert(newer, at: 0)
        #expect(screen.wantedPages(context, size: size) == before)
    }

    @Test("a row that is not in its page is shown as missing") func missing() {
        var context = SampleContext.make()
        var screen = JournalScreen()
        _ = screen.move(.bottom, context, in: area)
        let query = HistoryQuery.journal(before: 201, limit: 200, deployment: nil)
        let rows = SampleJournal.older.prefix(200).reversed().filter { $0.sequence != 2 }
        context.pages = Pages([query: HistoryPage(asOf: 0, content: .journal(Array(rows)))])
        #expect(
            SampleContext.draw(screen, context, size: Size(width: 200, height: 57)).text.contains(
                "this row is missing: v verifies the chain"))
    }

    @Test("a filter looks through what has come, and further back at its end") func filter() {
        var context = SampleContext.make()
        var screen = JournalScreen()
        let step4 = screen.setFilter("rollback.*", context)
        #expect(step4 == nil)
        #expect(screen.wantedPages(context, size: size).count == 2)
        #expect(screen.filterState(context)?.total == 40)
        context = SampleContext.loaded(screen, context, size: size)
        let first = screen.filterState(context)
        #expect(first?.total == 288)
        _ = screen.move(.bottom, context, in: area)
        #expect(screen.wantedPages(context, size: size).count == 4)
        context = SampleContext.loaded(screen, context, size: size)
        #expect(screen.filterState(context)?.total ?? 0 > 288)
        let step5 = screen.setFilter("nobody-wrote-this", context)
        #expect(step5 == nil)
        #expect(SampleContext.draw(screen, context, size: size).text.contains("G looks further back"))
    }

    @Test("a console that looks at the past shows no later row") func past() {
        var context = SampleContext.make()
        context.isPast = true
        context.asOf = SampleJournal.rows[4].entry.time
        let screen = JournalScreen()
        #expect(screen.subject(context).deployment == SampleJournal.rows[4].entry.deployment)
        #expect(!SampleContext.draw(screen, context, size: size).text.contains("▸  1288"))
    }

    @Test("an empty journal says so") func empty() {
        let screen = JournalScreen()
        let context = SampleContext.make(SampleSnapshot.empty)
        #expect(SampleContext.draw(screen, context, size: size).text.contains("nothing has happened yet"))
        #expect(screen.wantedPages(context, size: size).isEmpty)
    }
}
