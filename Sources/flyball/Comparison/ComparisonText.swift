import Monitoring
import Tabular

/// What bars are drawn with: nothing first, then ever more.
enum BarGlyphs {
    case blocks
    case ascii

    /// Eighths of a cell from below, and for ASCII what looks like them.
    var heights: [Character] {
        switch self {
        case .blocks: [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        case .ascii: [" ", ".", ":", "-", "=", "+", "*", "%", "#"]
        }
    }

    /// A bar that lies: so many of `width` cells are full.
    func lying(_ share: Double, width: Int) -> String {
        let cells = max(0, min(Double(width), share * Double(width)))
        let full = Int(cells)
        guard self == .blocks else { return String(repeating: "#", count: Int(cells.rounded())) }
        let eighths: [Character] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let rest = Int((cells - Double(full)) * 8)
        return String(repeating: "█", count: full) + (rest > 0 ? String(eighths[rest - 1]) : "")
    }

    /// Bars that stand beside each other, the greatest `most` high.
    func standing(_ shares: [Double], most: Double) -> String {
        let heights = heights
        return String(
            shares.map { share in
                guard share > 0, most > 0 else { return heights[0] }
                return heights[max(1, min(heights.count - 1, Int((share / most * Double(heights.count - 1)).rounded())))]
            })
    }
}

/// The comparison of two files for people.
struct ComparisonText {
    private let comparison: FileComparison
    private let glyphs: BarGlyphs

    init(_ comparison: FileComparison, glyphs: BarGlyphs) {
        self.comparison = comparison
        self.glyphs = glyphs
    }

    /// Writes the table to standard output, a histogram a column behind it, and the rest beside it.
    func print(histograms: Bool) throws(CommandFailure) {
        try table.print()
        if histograms {
            for column in comparison.inOrder { if let lines = self.histogram(column) { try Output.lines([""] + lines) } }
        }
        for mismatch in comparison.mismatches { Output.remark("schema: \(SafeText.escape(mismatch.column)): \(mismatch.words)") }
        let repeats = comparison.repeats
        if repeats.shares.reference + repeats.shares.current > 0 {
            let sample = repeats.isExact ? "" : " (of a sample of the rows)"
            Output.remark(
                "repeated rows: \(Self.percent(repeats.shares.current)), in the reference \(Self.percent(repeats.shares.reference))\(sample): \(repeats.state.rawValue)"
            )
        }
        Output.remark(
            "\(SafeText.escape(comparison.reference)) \(Figures.grouped(comparison.rows.reference)) rows, \(SafeText.escape(comparison.current)) \(Figures.grouped(comparison.rows.current)) rows: \(comparison.state.rawValue); rows taken for independent, false discoveries \(FigureTexts.significant(comparison.rules.alpha)), drift from PSI \(FigureTexts.significant(comparison.rules.effect)) beyond chance"
        )
    }

    private var table: TextTable {
        var table = TextTable(
            ["COLUMN", "PSI", "EXCESS", "JS", "KS", "W/SD", "CHI2", "V", "MISSING", "WAS", "NEW", "RUN", "VERDICT"],
            rightAligned: Set(1...11))
        for column in comparison.inOrder {
            let figures = column.figures
            table.add([
                column.name, FigureTexts.four(column.shape.psi), FigureTexts.four(column.shape.excess), Self.four(figures.jensenShannon),
                Self.four(figures.kolmogorovSmirnov), Self.four(figures.wassersteinNormed),
                figures.chiSquared.map { FigureTexts.significant($0) } ?? "-", Self.four(figures.cramersV),
                Self.percent(column.cells.missing.current), Self.percent(column.cells.missing.reference), Self.percent(column.cells.new),
                "\(column.runs.current)", column.words,
            ])
        }
        return table
    }

    private static func four(_ value: Double?) -> String { value.map { FigureTexts.four($0) } ?? "-" }

    private static func percent(_ share: Double) -> String { "\(FigureTexts.one(share * 100)) %" }

    /// The lines of one column's histogram; nil for one without values.
    private func histogram(_ column: ColumnComparison) -> [String]? {
        guard column.notJudged == nil, let histogram = column.histogram else { return nil }
        let name = SafeText.escape(column.name)
        if let edges = histogram.edges, let low = edges.first, let high = edges.last {
            let most = (histogram.reference + histogram.current).max() ?? 0
            let range = "\(FigureTexts.plain(low)) to \(FigureTexts.plain(high))"
            return [
                "\(name): \(column.state.rawValue), \(range)", "  reference |\(glyphs.standing(histogram.reference, most: most))|",
                "  current   |\(glyphs.standing(histogram.current, most: most))|",
            ]
        }
        guard let texts = histogram.texts else { return nil }
        let shown = texts.map { SafeText.escape(String($0.prefix(24))) }
        let width = shown.map(\.count).max() ?? 0
        let most = (histogram.reference + histogram.current).max() ?? 0
        var lines = ["\(name): \(column.state.rawValue)"]
        for (index, text) in shown.enumerated() {
            let (before, now) = (histogram.reference[index], histogram.current[index])
            func bar(_ share: Double) -> String { glyphs.lying(most > 0 ? share / most : 0, width: 32) + " " + Self.percent(share) }
            let label = text + String(repeating: " ", count: width - text.count)
            lines += ["  \(label)  reference \(bar(before))", "  \(String(repeating: " ", count: width))  current   \(bar(now))"]
        }
        return lines
    }
}
