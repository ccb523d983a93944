import Console
import Engine
import Foundation
import Testing

@Suite("Jobs screen") struct JobsScreenTests {
    private let area = Rect(Size(width: 80, height: 21))

    private func screen(on id: Int64, _ context: ScreenContext, _ area: Rect) -> JobsScreen {
        var screen = JobsScreen()
        for _ in 0..<20 where screen.subject(context).job != id { _ = screen.move(.down, context, in: area) }
        return screen
    }

    @Test("the queue, a running job and a failed one look as recorded", arguments: ScreenPicture.all)
    func pictures(_ picture: ScreenPicture) {
        let context = SampleContext.make()
        var running = screen(on: 216, context, Rect(picture.body))
        picture.check(running, context, "Jobs/list")
        _ = running.move(.open, context, in: Rect(picture.body))
        picture.check(running, context, "Jobs/running")
        var failed = screen(on: 213, context, Rect(picture.body))
        _ = failed.move(.open, context, in: Rect(picture.body))
        picture.check(failed, context, "Jobs/failed")
    }

    @Test("a running search, and the training of its winner, look as recorded", arguments: ScreenPicture.all)
    func search(_ picture: ScreenPicture) throws {
        var context = SampleContext.make()
        let index = try #require(context.snapshot.jobs.firstIndex { $0.id == 216 })
        context.snapshot.jobs[index].search = SampleSearch.running
        context.snapshot.jobs[index].progressText = "search 4 of 9 on 33 % of the rows: auc 0.6912 (best 0.7012), trying leaves=15"
        context.snapshot.jobs[index].progressStage = "search 4 of 9 on 33 % of the rows"
        context.snapshot.jobs[index].curve = []
        var screen = screen(on: 216, context, Rect(picture.body))
        _ = screen.move(.open, context, in: Rect(picture.body))
        picture.check(screen, context, "Jobs/search")
        context.snapshot.jobs[index].search = SampleSearch.done
        context.snapshot.jobs[index].curve = SampleJobs.curve(61)
        picture.check(screen, context, "Jobs/winner")
    }

    @Test("the keys are about the selected job, also when the queue moves under it") func identity() {
        var context = SampleContext.make()
        let screen = screen(on: 216, context, area)
        #expect(screen.subject(context) == Subject(deployment: "flight-delay", job: 216))
        context.snapshot.jobs.removeFirst()
        #expect(screen.subject(context).job == 216)
        context.snapshot.jobs.insert(
            JobStatus(id: 230, kind: .train, deployment: "churn", state: .queued, createdAt: 0, createdBy: "ds"), at: 0)
        #expect(screen.subject(context).job == 216)
    }

    @Test("the log follows the job until it is scrolled, and again at its end") func follow() {
        let context = SampleContext.make()
        var screen = screen(on: 216, context, area)
        let loaded = SampleContext.loaded(screen, context, size: Size(width: 80, height: 21))
        func shows(_ text: String) -> Bool { SampleContext.draw(screen, loaded, size: Size(width: 80, height: 21)).text.contains(text) }
        #expect(shows("tree 61 of 100"))
        _ = screen.move(.open, loaded, in: area)
        _ = screen.move(.top, loaded, in: area)
        #expect(shows("began, attempt 1"))
        #expect(!shows("tree 61 of 100, loss 0.4175 "))
        _ = screen.move(.bottom, loaded, in: area)
        #expect(shows("tree 61 of 100"))
        _ = screen.move(.pageUp, loaded, in: area)
        let step1 = screen.perform(.follow, arguments: [], loaded)
        #expect(step1 == .say("the log follows the job"))
        let step2 = screen.perform(.follow, arguments: [], loaded)
        #expect(step2 == .say("the log follows the job already"))
    }

    @Test("a long log comes in pages, one after the other") func logPages() {
        let context = SampleContext.make()
        let screen = screen(on: 216, context, area)
        let size = Size(width: 80, height: 21)
        #expect(screen.wantedPages(context, size: size) == [.jobLog(id: 216, after: 0, limit: 500)])
        let full = (1...500).map { JobLogLine(number: Int64($0), time: 0, text: "line") }
        var later = context
        later.pages = Pages([.jobLog(id: 216, after: 0, limit: 500): HistoryPage(asOf: 0, content: .log(full))])
        #expect(
            screen.wantedPages(later, size: size) == [.jobLog(id: 216, after: 0, limit: 500), .jobLog(id: 216, after: 500, limit: 500)])
        // A page that lies about its numbers must not be asked for again and again.
        later.pages = Pages([
            .jobLog(id: 216, after: 0, limit: 500): HistoryPage(
                asOf: 0, content: .log(full.map { _ in JobLogLine(number: 0, time: 0, text: "") }))
        ])
        #expect(screen.wantedPages(later, size: size).count == 1)
    }

    @Test("older jobs come by page when the end is reached, at round numbers") func olderJobs() {
        var context = SampleContext.make()
        var screen = JobsScreen()
        _ = screen.move(.bottom, context, in: area)
        let size = Size(width: 80, height: 21)
        #expect(screen.wantedPages(context, size: size).first == .jobs(before: 251, limit: 50))
        let older = (180...209).reversed().map {
            JobStatus(id: Int64($0), kind: .train, deployment: "old", state: .done, createdAt: 0, createdBy: "ops")
        }
        context.pages = Pages([.jobs(before: 251, limit: 50): HistoryPage(asOf: 0, content: .jobs(SampleJobs.all + older))])
        #expect(screen.filterState(context)?.total == SampleJobs.all.count + older.count)
    }

    @Test("a filter finds by deployment, state and error") func filter() {
        let context = SampleContext.make()
        var screen = JobsScreen()
        let step3 = screen.setFilter("parked|only one class", context)
        #expect(step3 == nil)
        #expect(screen.filterState(context) == FilterState(text: "parked|only one class", hits: 2, total: SampleJobs.all.count))
    }

    @Test("the loss curve starts at the left and its axis ends with the training") func curve() {
        let points = (1...61).map { ChartPoint(time: Int64($0), value: 1 / Double($0)) }
        var chart = LineChart(series: [ChartSeries("train", points)], from: 1, to: 100, includesZero: false)
        chart.axis = .number
        var surface = Surface(size: Size(width: 60, height: 12), glyphs: .ascii)
        chart.draw(on: &surface, in: surface.bounds)
        var columns: [Int] = []
        for y in 0..<11 { columns += (0..<60).filter { surface[$0, y].scalar == 0x2A } }
        let plotStart =
            (surface.rowText(2).firstIndex(of: "|").map { surface.rowText(2).distance(from: surface.rowText(2).startIndex, to: $0) } ?? 0)
            + 1
        #expect(columns.min() == plotStart)
        let end = plotStart + Int(Double(60 - plotStart) * 0.61)
        #expect(abs((columns.max() ?? 0) - end) <= 1)
    }

    @Test("cancel, retry and raise act on the selected job, or say why not") func commands() throws {
        let context = SampleContext.make()
        func reason(_ name: String, _ job: Int64?, _ context: ScreenContext, _ arguments: [String] = []) throws -> String? {
            let command = try #require(JobCommands.all.first { $0.name == name })
            return command.disabledReason(CommandCall(context: context, place: .jobs, subject: Subject(job: job), arguments: arguments))
        }
        #expect(try reason("cancel", 216, context) == nil)
        #expect(try reason("cancel", 214, context) == "job 214 is done already: nothing to do")
        #expect(try reason("cancel", 215, context) == "job 215 is being cancelled: nothing to do")
        #expect(try reason("retry", 213, context) == nil)
        #expect(try reason("raise", 218, context) == nil)
        #expect(try reason("raise", 216, context) == "job 216 is running: only a waiting job can move to the front")
        #expect(try reason("cancel", nil, context) == "select a job first")
        #expect(try reason("cancel", nil, context, ["x"]) == "no such job: x")
        #expect(try reason("cancel", 216, SampleContext.make(role: .viewer)) == "needs the role operator; yours is viewer")
    }
}
