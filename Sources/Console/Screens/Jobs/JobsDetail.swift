import Engine
import Foundation
import Learning
import Tabular

/// One job: what it is and how far, a search's trials, its loss curve, its log.
struct JobDetail {
    let job: JobStatus
    let log: [JobLogLine]
    /// Whether the log may have further lines that have not come yet.
    let isLogLoading: Bool
    /// The first log line that shows; nil follows the end.
    let logScroll: Int?
    let zone: TimeZone
    let asOf: Int64

    /// Below these the curve would say nothing.
    private static let leastChart = Size(width: 24, height: 5)
    /// Lines of a search's heading, its columns' names, and as many trials as are worth a look.
    private static let leastTrials = 5

    /// The parts of the pane: facts, a search's trials, curve, log.
    struct Layout {
        let facts: Rect
        let trials: Rect
        let chart: Rect
        let log: Rect

        /// Trials and curve stand beside the log where that leaves room for both, else above, else not at all; the curve of the winner's
        /// training takes the place of the trials where there is no room for both.
        ///
        /// - Parameter trials: lines that the trials could use; 0 for none.
        init(_ area: Rect, facts lines: Int, hasCurve: Bool, trials wanted: Int) {
            facts = area.top(min(lines, max(1, area.height - 3)))
            let rest = area.dropTop(facts.height)
            let none = Rect(x: rest.x, y: rest.y, width: 0, height: 0)
            let isTall = rest.height >= 20
            let isBeside = rest.width >= 70 && rest.height >= leastChart.height && !isTall
            let showsTrials = wanted > 0 && (isTall || !hasCurve) && (isBeside || rest.height >= leastTrials + 3)
            trials =
                !showsTrials
                ? none
                : isBeside ? rest.columns(weights: [3, 2], gap: 2)[0] : rest.top(min(wanted, isTall ? rest.height / 2 : leastTrials))
            let below = isBeside ? rest.dropLeft(trials.width > 0 ? trials.width + 2 : 0) : rest.dropTop(trials.height)
            guard hasCurve else {
                (chart, log) = (none, below)
                return
            }
            if isBeside {
                let parts = below.columns(weights: [1, 1], gap: 2)
                (chart, log) = (parts[0], parts[1])
            } else if below.width >= leastChart.width && below.height >= 2 * leastChart.height + 2 {
                let rows = min(16, max(leastChart.height + 1, below.height / 2))
                (chart, log) = (below.top(rows), below.dropTop(rows))
            } else {
                (chart, log) = (none, below)
            }
        }
    }

    func layout(_ area: Rect) -> Layout {
        // A blank line stands between the trials and what follows.
        Layout(
            area, facts: facts(in: area, glyphs: .braille).count, hasCurve: hasCurve, trials: job.search.map { $0.best.count + 3 } ?? 0)
    }

    func draw(on surface: inout Surface, in area: Rect, isLogFocused: Bool) {
        guard !area.isEmpty else { return }
        let layout = layout(area)
        for (index, line) in facts(in: area, glyphs: surface.glyphs).prefix(layout.facts.height).enumerated() {
            Label(line).draw(on: &surface, in: layout.facts.row(index))
        }
        if let search = job.search, !layout.trials.isEmpty { drawTrials(search, on: &surface, in: layout.trials) }
        if !layout.chart.isEmpty { drawCurve(on: &surface, in: layout.chart) }
        drawLog(on: &surface, in: layout.log, isFocused: isLogFocused)
    }

    private var hasCurve: Bool { job.curve.contains { $0.trainLoss?.isFinite == true || $0.validationLoss?.isFinite == true } }

    /// What it is and how far; on a few lines only what an operator needs first.
    private func facts(in area: Rect, glyphs: GlyphLevel) -> [StyledText] {
        var text = DetailText(width: area.width, labelWidth: 10)
        let isTight = area.height < 10
        let by = Operator.shortName(job.createdBy)
        text.fact(
            "what",
            JobTable.state(job, glyphs) + StyledText("  \(job.kind.rawValue) \(job.deployment)" + (isTight ? "" : " \(job.algorithm)")))
        if !isTight { text.fact("ordered", "\(TimeText.recent(job.createdAt, asOf: asOf, zone: zone)) by \(by)" + attempts, .muted) }
        if job.state == .running {
            let left = job.secondsLeft.flatMap { JobTable.eta($0) }.map { ", \($0) left" } ?? ""
            // The trials' figures and settings stand in their table.
            let stage = job.search != nil && !isTight ? job.progressStage ?? job.progressText : job.progressText
            text.fact("progress", "\(percent) %" + left + (stage.isEmpty ? "" : "  " + stage))
        }
        if let took = JobTable.took(job, asOf: asOf), job.state != .running, !isTight { text.fact("took", DurationText.text(took)) }
        if let result = job.result, !result.isEmpty { text.fact("result", result, .ok) }
        if let error = job.error, !error.isEmpty { text.fact("error", error, .alert) }
        return text.lines
    }

    private var attempts: String { job.attempts > 1 ? ", attempt \(job.attempts)" : "" }

    private var percent: Int { Int((min(max(job.progress.isFinite ? job.progress : 0, 0), 1) * 100).rounded(.down)) }

    private func drawCurve(on surface: inout Surface, in area: Rect) {
        let last = job.curve.last
        var title = StyledText("loss", Style(.title, on: .text))
        if let loss = last?.trainLoss { title.append("  train \(FigureText.quality(loss))", Style(.series1, on: .text)) }
        if let loss = last?.validationLoss { title.append("  validation \(FigureText.quality(loss))", Style(.series2, on: .text)) }
        Label(title).draw(on: &surface, in: area.row(0))
        func points(_ value: (TrainingProgress) -> Double?) -> [ChartPoint] {
            job.curve.map { ChartPoint(time: Int64($0.iteration), value: value($0)) }
        }
        var series = [ChartSeries("train", points(\.trainLoss), role: .series1)]
        if job.curve.contains(where: { $0.validationLoss != nil }) {
            series.append(ChartSeries("validation", points(\.validationLoss), role: .series2))
        }
        // The axis spans the whole training: how far the curve has come is how far the training is.
        let end = Int64(max(2, job.curve.map(\.iteration).max() ?? 2, job.state.isOpen ? last?.iterations ?? 0 : 0))
        var chart = LineChart(series: series, from: 1, to: end, includesZero: false, showsLegend: surface.glyphs == .ascii)
        chart.axis = .number
        chart.draw(on: &surface, in: area.dropTop(1))
    }

    private func drawTrials(_ search: SearchProgress, on surface: inout Surface, in area: Rect) {
        let table = TrialTable(search: search, glyphs: surface.glyphs)
        let lines = [table.heading] + table.lines(width: area.width)
        for (index, line) in lines.prefix(area.height).enumerated() { Label(line).draw(on: &surface, in: area.row(index)) }
    }

    private func drawLog(on surface: inout Surface, in area: Rect, isFocused: Bool) {
        guard area.height >= 1 else { return }
        var title = StyledText("log", Style(isFocused ? .accent : .title, on: .text))
        title.append(
            logScroll == nil ? "  follows" : "  from line \((logScroll ?? 0) + 1) of \(log.count): f follows", Style(.muted, on: .text))
        Label(title).draw(on: &surface, in: area.row(0))
        let body = area.dropTop(1)
        LogView(
            logLines(in: body), scroll: logScroll == nil ? nil : 0,
            emptyText: isLogLoading ? "loading" : job.state == .queued ? "nothing yet: it waits" : "the log is empty"
        ).draw(on: &surface, in: body)
    }

    /// The lines that show, wrapped: a screen of them and no more, however long the log is.
    private func logLines(in area: Rect) -> [StyledText] {
        let shown = logScroll.map { log.dropFirst(max(0, min($0, log.count - 1))).prefix(area.height) } ?? log.suffix(area.height)
        var text = DetailText(width: area.width)
        for line in shown {
            let time = area.width >= 40 ? TimeText.local(line.time, zone: zone, format: .second) + " " : ""
            text.paragraph(line.text, sign: StyledText(time, Style(.muted, on: .text)))
        }
        return text.lines
    }
}
