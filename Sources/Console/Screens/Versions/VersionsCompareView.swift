import Engine
import Foundation
import Tabular

/// Two versions side by side; what differs stands out, what is the same is dim.
struct VersionComparisonView {
    let comparison: VersionComparison
    let zone: TimeZone

    /// Columns from which three columns of text and their difference fit on one line.
    private static let wide = 72

    init(_ comparison: VersionComparison, zone: TimeZone) {
        self.comparison = comparison
        self.zone = zone
    }

    /// How many lines there are below the heading.
    func lineCount(_ area: Rect) -> Int { lines(width: inner(area).width, glyphs: .braille).count }

    /// How many of them show.
    func bodyHeight(_ area: Rect) -> Int { max(0, area.height - headHeight(area)) }

    func draw(on surface: inout Surface, in area: Rect, scroll: Int) {
        surface.fill(area.row(0), style: Style(.header))
        let inner = inner(area)
        drawHead(on: &surface, in: inner)
        let body = inner.dropTop(headHeight(area))
        DetailPane(lines(width: inner.width, glyphs: surface.glyphs), scroll: scroll).draw(on: &surface, in: body)
    }

    /// A blank at either side where nothing has to give way to it.
    private func inner(_ area: Rect) -> Rect { area.inset(x: area.width >= 90 ? 1 : 0, y: 0) }

    private func headHeight(_ area: Rect) -> Int { area.height >= 12 ? 2 : 1 }

    private func drawHead(on surface: inout Surface, in area: Rect) {
        let columns = Columns(width: area.width)
        for (version, x) in [(comparison.left, columns.label + 1), (comparison.right, columns.label + columns.side + 2)] {
            let cell = area.row(0).dropLeft(x).left(columns.side)
            Label(version.name, style: Style(.header, .bold)).draw(on: &surface, in: cell)
            let state = VersionTable.state(version, advised: nil, surface.glyphs).on(.header)
            Label(state).draw(on: &surface, in: cell.dropLeft(TextWidth.columns(version.name) + 1))
            if headHeight(area) > 1 {
                let created = TimeText.local(version.createdAt, zone: zone, format: .dayMinute)
                let text = "\(created) by \(Operator.shortName(version.createdBy))"
                Label(text, style: Style(.muted, on: .text)).draw(on: &surface, in: area.row(1).dropLeft(x).left(columns.side))
            }
        }
    }

    /// Where the columns are: label, left, right, difference.
    private struct Columns {
        let label: Int
        let side: Int
        let difference: Int

        init(width: Int) {
            let isWide = width >= VersionComparisonView.wide
            label = isWide ? 14 : max(8, width / 4)
            // 20 columns hold a figure with its interval, 23 a difference with its verdict.
            difference = isWide ? min(42, max(23, width - label - 2 * 40 - 3)) : 0
            side = max(4, min(40, (width - label - difference - 3) / 2))
        }
    }

    private func lines(width: Int, glyphs: GlyphLevel) -> [StyledText] {
        let columns = Columns(width: width)
        var result: [StyledText] = []
        for section in comparison.sections {
            if !result.isEmpty { result.append("") }
            result.append(StyledText(section.title, Style(.title, on: .text)))
            for row in section.rows { result += rowLines(row, columns, width: width, glyphs) }
            // Below the figures: on a small screen they come first.
            if section.title == VersionComparison.sameRows {
                let role: Role = comparison.isCompared ? .muted : .warn
                result += TextWidth.wrap(comparison.caution, width: width - 2).map { StyledText($0, Style(role, on: .text)) }
            }
        }
        return result
    }

    private func rowLines(_ row: VersionComparison.Row, _ columns: Columns, width: Int, _ glyphs: GlyphLevel) -> [StyledText] {
        let isSame = row.verdict == .same
        let role: Role = isSame ? .muted : .text
        let left = TextWidth.wrap(row.left ?? glyphs.set.dash, width: columns.side)
        let right = TextWidth.wrap(row.right ?? glyphs.set.dash, width: columns.side)
        var lines: [StyledText] = []
        for index in 0..<max(left.count, right.count, 1) {
            var line = StyledText(
                TextWidth.pad(index == 0 ? row.label : "", to: columns.label, ellipsis: glyphs.set.ellipsis) + " ", Style(.muted, on: .text)
            )
            line.append(TextWidth.pad(index < left.count ? left[index] : "", to: columns.side) + " ", Style(role, on: .text))
            line.append(
                TextWidth.pad(index < right.count ? right[index] : "", to: columns.side) + " ", Style(isSame ? .muted : .strong, on: .text))
            if index == 0 && columns.difference > 0 { line = line + verdict(row, isShort: columns.difference < 41) }
            lines.append(line)
        }
        let below = verdict(row, isShort: width < 41)
        if columns.difference == 0 && !isSame && !below.plain.isEmpty && row.difference != "" {
            lines.append(StyledText(String(repeating: " ", count: max(0, width - below.columns - 1))) + below)
        }
        return lines
    }

    /// `+0.0051 better, +0.0012 to +0.0090`.
    private func verdict(_ row: VersionComparison.Row, isShort: Bool) -> StyledText {
        switch row.verdict {
        case .same: return StyledText("=", Style(.muted, on: .text))
        case .differs: return StyledText(row.difference.isEmpty ? "differs" : row.difference, Style(.accent, on: .text))
        case .better: return judged(row, "better", .ok, isShort)
        case .worse: return judged(row, "worse", .alert, isShort)
        case .open: return judged(row, "not shown", .muted, isShort)
        }
    }

    private func judged(_ row: VersionComparison.Row, _ word: String, _ role: Role, _ isShort: Bool) -> StyledText {
        let text = StyledText("\(row.difference) \(word)", Style(role, on: .text))
        guard let range = row.range, !isShort else { return text }
        return text + StyledText(", \(range)", Style(.muted, on: .text))
    }
}
