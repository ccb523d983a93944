import Engine
import Learning
import Tabular

/// What a version's answers decide on its held-out rows: curves, the table of thresholds and the gains of two classes, the confusion of several.
struct DecisionsView {
    let version: VersionSummary
    let report: DecisionReport
    let target: Target?

    /// Heights from which on there is room for curves.
    private static let roomForCurves = 18
    private static let curveHeight = 11
    /// Columns from which on three curves stand side by side.
    private static let wide = 100
    private static let tableRows = 10
    private static let widestBar = 30

    init(_ version: VersionSummary, _ report: DecisionReport, target: Target?) {
        (self.version, self.report, self.target) = (version, report, target)
    }

    /// How many lines there are below the curves.
    func lineCount(_ area: Rect) -> Int { lines(width: area.width, glyphs: .braille).count }

    /// How many of them show.
    func bodyHeight(_ area: Rect) -> Int { max(0, area.height - headHeight(area)) }

    private func headHeight(_ area: Rect) -> Int {
        1 + (report.table != nil && area.height >= Self.roomForCurves ? Self.curveHeight + 1 : 0)
    }

    func draw(on surface: inout Surface, in area: Rect, scroll: Int) {
        surface.fill(area.row(0), style: Style(.header))
        let title = "\(version.name) decides from \(version.threshold?.words ?? "0.5 on")"
        Label(report.table == nil ? "\(version.name): true class by the class it was called" : title, style: Style(.header, .bold))
            .draw(on: &surface, in: area.row(0).inset(x: 1, y: 0))
        if headHeight(area) > 1, let table = report.table {
            drawCurves(table, on: &surface, in: Rect(x: area.x, y: area.y + 1, width: area.width, height: Self.curveHeight))
        }
        let body = area.dropTop(headHeight(area))
        DetailPane(lines(width: area.width, glyphs: surface.glyphs), scroll: scroll).draw(on: &surface, in: body)
    }

    private func drawCurves(_ table: DecisionTable, on surface: inout Surface, in area: Rect) {
        let counts = table.confusion(at: version.decidesFrom)
        func points(_ curve: [CurvePoint]) -> [UnitChart.Point] { curve.map { UnitChart.Point(x: $0.x, y: $0.y) } }
        let diagonal = [UnitChart.Point(x: 0, y: 0), UnitChart.Point(x: 1, y: 1)]
        let recall = counts.recall ?? 0
        let charts = [
            UnitChart(
                title: "precision", along: "recall", points: points(table.precisionRecall),
                chance: [UnitChart.Point(x: 0, y: table.prevalence), UnitChart.Point(x: 1, y: table.prevalence)],
                present: counts.precision.map { UnitChart.Point(x: recall, y: $0) }),
            UnitChart(
                title: "recall (ROC)", along: "false alarms", points: points(table.roc), chance: diagonal,
                present: UnitChart.Point(x: 1 - (counts.specificity ?? 0), y: recall)),
            UnitChart(
                title: "positives found", along: "rows, best first", points: points(table.gainCurve), chance: diagonal,
                present: UnitChart.Point(x: counts.rate, y: recall)),
        ]
        let shown = charts.prefix(area.width >= Self.wide ? 3 : area.width >= 50 ? 2 : 1)
        let width = area.width / shown.count
        for (index, chart) in shown.enumerated() {
            let place = Rect(x: area.x + index * width, y: area.y, width: width - 1, height: area.height)
            chart.draw(on: &surface, in: place)
        }
    }

    private func lines(width: Int, glyphs: GlyphLevel) -> [StyledText] {
        var text = DetailText(width: width)
        if let table = report.table {
            counts(table, &text)
            thresholds(table, &text)
            gains(table, &text, glyphs.set)
        }
        if let classes = report.classes { matrix(classes, &text, glyphs.set) }
        return text.lines
    }

    private func counts(_ table: DecisionTable, _ text: inout DetailText) {
        let counts = table.confusion(at: version.decidesFrom)
        text.line(Self.cells(["truth", "called positive", "called negative"], role: .muted))
        text.line(Self.cells(["positive", FigureText.exact(counts.truePositives), FigureText.exact(counts.falseNegatives)], role: .text))
        text.line(Self.cells(["negative", FigureText.exact(counts.falsePositives), FigureText.exact(counts.trueNegatives)], role: .text))
    }

    private func thresholds(_ table: DecisionTable, _ text: inout DetailText) {
        text.heading("thresholds")
        text.line(Self.cells(["from", "called", "precision", "recall", "f1", "mcc"], role: .muted))
        var rows = table.spread(Self.tableRows).map { ($0.threshold, $0.confusion, false) }
        rows.append((version.decidesFrom, table.confusion(at: version.decidesFrom), true))
        for (threshold, counts, isPresent) in rows.sorted(by: { $0.0 > $1.0 }) {
            let figures = [counts.precision, counts.recall, counts.f1, counts.mcc].map { $0.map(FigureText.quality) ?? "-" }
            text.line(
                Self.cells([FigureText.quality(threshold), FigureText.share(counts.rate)] + figures, role: isPresent ? .accent : .text))
        }
    }

    private func gains(_ table: DecisionTable, _ text: inout DetailText, _ set: Glyphs) {
        guard !table.gains.isEmpty else { return }
        text.heading("gains: the best rows first")
        text.line(Self.cells(["rows", "from", "positive", "of all", "lift"], role: .muted))
        let most = table.gains.map { table.lift($0) }.max() ?? 1
        let room = min(Self.widestBar, max(0, text.width - 5 * Self.cell))
        for gain in table.gains {
            let lift = table.lift(gain)
            var line = Self.cells(
                [
                    FigureText.share(Double(gain.rows) / Double(table.rows)), FigureText.quality(gain.threshold),
                    FigureText.figure(gain.hits), FigureText.share(gain.hits / Double(table.positives)), FigureText.figure(lift),
                ], role: .text)
            let length = most > 0 ? Int((lift / most * Double(room)).rounded()) : 0
            line.append(String(repeating: set.full, count: max(0, min(room, length))), Style(.series1, on: .text))
            text.line(line)
        }
    }

    private func matrix(_ classes: ClassConfusion, _ text: inout DetailText, _ set: Glyphs) {
        let names = target?.classes ?? []
        func name(_ index: Int) -> String { names.indices.contains(index) ? names[index] : "\(index)" }
        func cell(_ text: String) -> String { TextWidth.pad(text, to: Self.cell - 1, ellipsis: set.ellipsis) + " " }
        text.line(
            StyledText(cell("truth") + classes.counts.indices.map { cell(name($0)) }.joined(), Style(.muted, on: .text)))
        for (truth, row) in classes.counts.enumerated() {
            var line = StyledText(cell(name(truth)), Style(.muted, on: .text))
            for (called, count) in row.enumerated() {
                line.append(cell(FigureText.exact(count)), Style(called == truth ? .ok : count > 0 ? .warn : .muted, on: .text))
            }
            text.line(line)
        }
    }

    /// Columns of a cell.
    private static let cell = 12

    private static func cells(_ texts: [String], role: Role) -> StyledText {
        // The widest heading is wider than a figure.
        let width = texts.count <= 3 ? 17 : cell
        return StyledText(texts.map { TextWidth.pad($0, to: width) }.joined(), Style(role, on: .text))
    }
}
