import Console
import Engine
import Foundation
import Testing

@Suite("Widgets") struct WidgetsTests {
    /// Every widget with some life in it.
    static var all: [any Widget] {
        [
            Label("a label that is long enough to be cut somewhere 中文", style: .text), Paragraph("several words that wrap 가나다"),
            Panel(title: "title", trailing: "12", footer: "more"), Badge(.alert, "data"), Gauge(fraction: 0.61, label: "eta 8 s"),
            Gauge(fraction: .nan),
            Sparkline([1, 2, nil, 4, .nan, 8]), HeatStrip([0, 0.5, nil, 1, 3]),
            Histogram(bars: [HistogramBar(label: "0-8", reference: 0.3, current: 0.1)]),
            Tabs(["inputs", "predictions", "quality"], selected: 2),
            KeyHints([KeyHint("p", "promote"), KeyHint("?", "help")]),
            Toast("v13 answers instead of v12", kind: .ok, hint: "u undo"), LogView([StyledText("one"), StyledText("two")]),
            LossChart(train: [3, 2, 1.5], validation: [3, 2.2, 2]), chart, dialog,
            HelpPage([HelpSection("Moving", [HelpEntry(keys: "j", title: "down", doc: "Goes down.")])]),
            Form(
                fields: [
                    FormField(label: "algorithm", field: TextField("logistic"), help: "which", error: "no such", choices: ["logistic"])
                ],
                focus: 0),
            CommandLine(
                prompt: ":", field: TextField("pro"), completions: [Completion("promote", doc: "Makes…")], ghost: "mote",
                doc: "promote [vN]"),
            Table(
                columns: [TableColumn("A", width: 4), TableColumn("B", width: 6, flex: 1, priority: 1)], count: 30, selected: 3, top: 1,
                emptyText: "none"
            ) {
                [TableCell("\($0)"), .spark([1, 2, 3])]
            },
        ]
    }

    static let chart = LineChart(
        series: [
            ChartSeries("p50", points { 1 + Double($0 % 7) }),
            ChartSeries("p99", points { 4 + Double($0 % 5) }, role: .series2, style: .area),
        ], from: 0,
        to: 600_000, thresholds: [ChartThreshold(3, "budget")], markers: [ChartMarker(time: 300_000, label: "P v13")], cursor: 120_000)

    static func points(_ value: (Int) -> Double) -> [ChartPoint] { (0..<60).map { ChartPoint(time: Int64($0) * 10_000, value: value($0)) } }

    static let dialog = Dialog(
        title: "Promote v13 of flight-delay", tier: .grave, facts: [DialogFact("changes", "v12 → v13")], notes: ["a note"],
        warning: "think twice",
        reason: TextField("why"), typed: TextField("fl"), expected: "flight-delay", buttons: [DialogButton(key: "ctrl-s", label: "promote")]
    )

    @Test("draw inside their rectangle and nowhere else, at every size, with every set of glyphs", arguments: all.indices)
    func containment(index: Int) {
        for level in GlyphLevel.allCases {
            for (width, height) in [(0, 0), (1, 1), (2, 9), (9, 2), (5, 5), (24, 8), (60, 15), (90, 3)] {
                var surface = Surface(size: Size(width: 100, height: 24), glyphs: level)
                surface.fill(surface.bounds, "~", style: Style(.marker))
                let area = Rect(x: 5, y: 4, width: width, height: height)
                Self.all[index].draw(on: &surface, in: area)
                #expect(surface.checkInvariants())
                for y in 0..<surface.height {
                    for x in 0..<surface.width where area.intersection(Rect(x: x, y: y, width: 1, height: 1)).isEmpty {
                        guard surface[x, y] == Cell("~", style: Style(.marker)) else {
                            Issue.record("\(type(of: Self.all[index])) drew at \(x),\(y) outside \(area)")
                            return
                        }
                    }
                }
            }
        }
    }

    @Test("a chart changes only its newest column until that closes, and its axis stands still") func chartStability() {
        func draw(_ now: Int64) -> Surface {
            let points = (0...Int(now / 1_000)).map { ChartPoint(time: Int64($0) * 1_000, value: 10 + Double($0 % 9)) }
            var surface = Surface(size: Size(width: 60, height: 12))
            // The axis ends at a round time, as the screens draw it.
            LineChart(series: [ChartSeries("r", points)], from: 0, to: 599_999, lowest: 0, highest: 20, bucket: 10_000).draw(
                on: &surface, in: surface.bounds)
            return surface
        }
        var columns: Set<Int> = []
        var before = draw(300_000)
        for now in stride(from: Int64(301_000), through: 309_000, by: 1_000) {
            let after = draw(now)
            for span in after.delta(from: before).spans { columns.formUnion(span.x..<(span.x + span.cells.count)) }
            before = after
        }
        #expect(columns.count <= 2, "columns that changed: \(columns.sorted())")
    }

    @Test(
        "figures are short and never in exponents where a suffix does",
        arguments: [
            (0, "0"), (7, "7"), (412, "412"), (1_911, "1.9k"), (24_180, "24k"), (3_400_000, "3.4M"), (999_499, "999k"), (999_500, "1.0M"),
            (.infinity, "–"),
        ] as [(Double, String)])
    func counts(value: Double, text: String) {
        #expect(FigureText.count(value) == text)
    }

    @Test("labels of a scale never repeat: close ones get the digits that tell them apart")
    func scaleLabels() {
        #expect(FigureText.scale([2_400, 2_425, 2_450, 2_475, 2_500]) == ["2,400", "2,425", "2,450", "2,475", "2,500"])
        #expect(FigureText.scale([0, 25, 50, 75, 100]) == ["0", "25.0", "50.0", "75.0", "100"])
        #expect(FigureText.scale([10.001, 10.002, 10.003]) == ["10.001", "10.002", "10.003"])
        #expect(FigureText.scale([0, 0]) == ["0", "0"])
    }

    @Test(
        "latencies say their unit",
        arguments: [(850, "850ns"), (12_000, "12us"), (1_200_000, "1.2ms"), (3.4e9, "3.4s"), (-1, "–")] as [(Double, String)])
    func latencies(nanoseconds: Double, text: String) {
        #expect(FigureText.latency(nanoseconds: nanoseconds) == text)
    }

    @Test("a text field edits as a shell does") func editing() {
        var field = TextField("promote v12")
        for name in ["ctrl-w", "v", "1", "3", "home", "ctrl-k", "x", "backspace", "a"] { _ = Key(name: name).map { field.accept($0) } }
        #expect(field.text == "a")
        field.insert("two\nlines\u{1B}[31m")
        #expect(field.text == "atwo lines[31m")
        #expect(TextField(String(repeating: "é", count: 600)).text.count == 512)
    }

    @Test("a table's selection stays inside whatever happens to the rows") func tableState() {
        var random = SplitMix(seed: 5)
        var state = TableState()
        for _ in 0..<2_000 {
            let count = Int(random.next() % 50)
            let height = Int(random.next() % 12)
            switch random.next() % 4 {
            case 0: state.move(by: Int(random.next() % 100) - 50, count: count, height: height)
            case 1: state.end(count: count, height: height)
            case 2: state.home()
            default: state.move(by: .max, count: count, height: height)
            }
            state.clamp(count: count, height: height)
            #expect(state.selected >= 0 && state.selected <= max(0, count - 1))
            #expect(state.top <= state.selected && state.selected < state.top + max(1, height))
        }
    }

    @Test("a narrow table gives up its least needed columns first, and never the first") func columns() {
        let table = Table(
            columns: [TableColumn("A", width: 10), TableColumn("B", width: 5, priority: 2), TableColumn("C", width: 5, priority: 1)],
            count: 0, emptyText: ""
        ) { _ in [] }
        #expect(table.visibleColumns(width: 40) == [0, 1, 2])
        #expect(table.visibleColumns(width: 18) == [0, 2])
        #expect(table.visibleColumns(width: 12) == [0])
        #expect(table.visibleColumns(width: 2) == [0])
    }

    @Test("a grave dialog is armed by the exact name only") func arming() {
        var dialog = Self.dialog
        #expect(!dialog.isArmed)
        dialog.typed = TextField("flight-delay")
        #expect(dialog.isArmed)
        dialog.typed = TextField("flight-delay ")
        #expect(!dialog.isArmed)
    }
}
