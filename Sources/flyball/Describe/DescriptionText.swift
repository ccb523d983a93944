import Monitoring
import Tabular

/// A table's description for people.
struct DescriptionText {
    /// Characters of a text that are shown.
    private static let longestText = 24

    private let description: TableDescription
    private let glyphs: BarGlyphs

    init(_ description: TableDescription, glyphs: BarGlyphs) {
        self.description = description
        self.glyphs = glyphs
    }

    /// Writes the columns to standard output, what each holds behind them, and what is to do beside.
    func print(values: Bool) throws(CommandFailure) {
        try Output.line(
            "\(SafeText.escape(description.source)): \(Figures.grouped(description.rows)) rows, \(description.columns.count) columns")
        var table = TextTable(["COLUMN", "IS", "CELLS", "MISSING", "MISFITS", "REMARKS"], rightAligned: [2, 3, 4])
        for column in description.columns {
            let remarks = [column.leftOut.map { "left out: \($0)" }, column.why].compactMap(\.self).joined(separator: "; ")
            table.add([
                column.name.isEmpty ? "(no name)" : column.name, Self.meaning(column), Figures.grouped(column.present),
                share(column.missing),
                share(column.misfits), remarks,
            ])
        }
        try table.print()
        if values { for column in description.columns { try Output.lines(lines(column)) } }
        for column in description.columns { if let misfit = column.firstMisfit { Output.remark(misfit) } }
    }

    private static func meaning(_ column: TableDescription.Column) -> String {
        switch column.kind {
        case .numeric: column.format.map { "numbers " + $0.words } ?? "numbers"
        case .integer: "whole numbers"
        case .boolean: "true or false"
        case .categorical: "names"
        case .time: "times"
        case nil: "nothing"
        }
    }

    private func share(_ count: Int) -> String {
        count == 0 ? "-" : "\(Figures.grouped(count)) (\(FigureTexts.one(Double(count) / Double(max(1, description.rows)) * 100)) %)"
    }

    /// The lines about a column's values; none for one without any.
    private func lines(_ column: TableDescription.Column) -> [String] {
        guard let values = column.values else { return [] }
        let name = SafeText.escape(column.name.isEmpty ? "(no name)" : column.name)
        switch values {
        case .numbers(let numbers): return [""] + lines(name, numbers, isTime: column.kind == .time)
        case .truths(let count):
            let share = Double(count) / Double(max(1, column.present))
            return ["", "\(name): \(FigureTexts.one(share * 100)) % true", "  |\(glyphs.lying(share, width: 32))"]
        case .texts(let texts): return [""] + lines(name, texts, of: column.present)
        }
    }

    private func lines(_ name: String, _ numbers: TableDescription.Numbers, isTime: Bool) -> [String] {
        func text(_ value: Double) -> String {
            isTime ? Int64(exactly: value.rounded()).map { TimeText.rfc3339($0) } ?? "-" : FigureTexts.plain(value)
        }
        var about = "\(name): \(text(numbers.least)) to \(text(numbers.most))"
        let quartiles = numbers.quartiles.map(text).joined(separator: ", ")
        about += isTime ? "" : ", mean \(FigureTexts.plain(numbers.mean)), sd \(FigureTexts.plain(numbers.deviation))"
        about += ", quartiles \(quartiles)"
        guard numbers.histogram.count > 1 else { return [about] }
        return [about, "  |\(glyphs.standing(numbers.histogram, most: numbers.histogram.max() ?? 0))|"]
    }

    private func lines(_ name: String, _ texts: TableDescription.Texts, of present: Int) -> [String] {
        let shown = texts.commonest.map { SafeText.escape(String($0.text.prefix(Self.longestText))) }
        let width = max(shown.map(\.count).max() ?? 0, texts.others > 0 ? "others".count : 0)
        let most = Double(texts.commonest.first?.count ?? 0)
        func line(_ label: String, _ count: Int, bar: Bool) -> String {
            let share = Double(count) / Double(max(1, present))
            let drawn = bar ? glyphs.lying(most > 0 ? Double(count) / most : 0, width: 32) + " " : ""
            return "  \(label)\(String(repeating: " ", count: width - label.count))  \(drawn)\(FigureTexts.one(share * 100)) %"
        }
        var lines = ["\(name): \(Figures.grouped(texts.distinct)) different"]
        for (label, text) in zip(shown, texts.commonest) { lines.append(line(label, text.count, bar: true)) }
        if texts.others > 0 { lines.append(line("others", texts.others, bar: false)) }
        return lines
    }
}
