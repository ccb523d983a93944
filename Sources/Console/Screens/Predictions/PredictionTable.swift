import Engine
import Foundation
import Tabular

/// Columns, cells and search of the traffic log's table.
struct PredictionTable {
    let schema: Schema
    /// Features in the order in which they get columns: those that the champion weighs most first.
    let features: [Int]
    let zone: TimeZone
    let asOf: Int64
    let glyphs: GlyphLevel

    /// Feature columns at most: more do not fit any terminal.
    private static let featureColumns = 24
    /// From this width on times have milliseconds.
    private static let wide = 120

    init(schema: Schema, status: DeploymentStatus?, zone: TimeZone, asOf: Int64, glyphs: GlyphLevel) {
        self.schema = schema
        self.zone = zone
        self.asOf = asOf
        self.glyphs = glyphs
        features = Self.order(schema, status)
    }

    private static func order(_ schema: Schema, _ status: DeploymentStatus?) -> [Int] {
        let champion = status?.versions.first { $0.number == status?.champion }
        let weighed = (champion?.importance ?? []).compactMap { schema.index(of: $0.feature) }
        let known = Set(weighed)
        let all = weighed + schema.features.indices.filter { !known.contains($0) }
        // The time of the event says little beside the time of the answer.
        return Array(all.filter { schema.features[$0].kind != .time }.prefix(featureColumns))
    }

    private var target: Target { schema.target }

    // MARK: Columns

    /// What stands first in the table's row and what gives way: the least weighed features go first, then the id.
    func columns(width: Int, spansDays: Bool) -> [TableColumn] {
        let isClassified = target.task != .regression
        var columns = [
            TableColumn("TIME", width: spansDays ? 11 : width >= Self.wide ? 12 : 8),
            TableColumn("VER", width: 4, priority: 2),
        ]
        if isClassified { columns.append(TableColumn("ANSWER", width: 6, flex: 1, maximum: 12, priority: 1)) }
        columns.append(TableColumn(scoreTitle, width: max(6, min(9, TextWidth.columns(scoreTitle))), alignment: .right))
        columns.append(TableColumn("LABEL", width: isClassified ? 8 : 13, flex: 1, maximum: isClassified ? 14 : 16, priority: 1))
        for (rank, index) in features.enumerated() {
            let feature = schema.features[index]
            let least = feature.kind == .categorical ? 8 : 6
            columns.append(
                TableColumn(
                    feature.name, width: min(max(TextWidth.columns(feature.name), least), 12), flex: 1, maximum: 24,
                    alignment: feature.kind == .numeric || feature.kind == .integer ? .right : .left,
                    // The id has its place behind the two features that matter most.
                    priority: rank < 2 ? 10 + rank : 11 + rank))
        }
        columns.append(TableColumn("ID", width: 15, flex: 1, maximum: 18, priority: 12))
        return columns
    }

    /// `P(yes)` for two classes: the answer alone would not say whose probability it is.
    private var scoreTitle: String {
        guard target.task == .binary, target.classes.count == 2, target.classes[1].utf8.count <= 6 else { return "SCORE" }
        return "P(\(target.classes[1]))"
    }

    // MARK: Cells

    func row(_ row: PredictionRow, width: Int) -> [TableCell] {
        var cells = [
            TableCell(time(row.time, width: width), .muted),
            version(row),
        ]
        if target.task != .regression {
            cells.append(TableCell(target.className(target.decision(row.scores, from: row.threshold)) ?? glyphs.set.dash, .strong))
        }
        cells.append(TableCell(score(row)))
        cells.append(TableCell(label(row)))
        for index in features {
            guard row.values.indices.contains(index) else {
                cells.append(TableCell(glyphs.set.dash, .muted))
                continue
            }
            let value = row.values[index]
            cells.append(
                TableCell(Self.shown(value, schema.features[index].kind, zone: zone), value == .missing ? .muted : .text))
        }
        cells.append(TableCell(row.id.text, .muted))
        return cells
    }

    /// A probability with four decimals, so that small ones can be told apart.
    private func score(_ row: PredictionRow) -> String {
        guard let score = target.score(row.scores) else { return glyphs.set.dash }
        return target.task == .regression ? FigureText.figure(score) : FigureText.quality(score)
    }

    private func time(_ time: Int64, width: Int) -> String {
        let text = TimeText.recent(time, asOf: asOf, zone: zone)
        guard width >= Self.wide, text.utf8.count == 8 else { return text }
        return text + Self.fraction(time)
    }

    /// `.042`: the milliseconds of a time.
    static func fraction(_ time: Int64) -> String {
        let milliseconds = ((time % 1_000) + 1_000) % 1_000
        return "." + String(repeating: "0", count: 3 - "\(milliseconds)".utf8.count) + "\(milliseconds)"
    }

    /// The truth and whether it was met: `● yes`, `✖ no`, `31.2 +1.4` (predicted less true); a dash until it comes.
    func label(_ row: PredictionRow) -> StyledText {
        if let isRight = target.isRight(row) {
            let role: Role = isRight ? .ok : .warn
            return StyledText((isRight ? glyphs.set.ok : glyphs.set.alert) + " ", Style(role, on: .text))
                + StyledText(target.className(row.label) ?? "", Style(.text))
        }
        if let error = target.error(row), let label = row.label {
            let sign = error > 0 ? "+" : error < 0 ? "-" : ""
            return StyledText(FigureText.figure(label) + " ") + StyledText(sign + FigureText.figure(abs(error)), Style(.muted, on: .text))
        }
        return StyledText(glyphs.set.dash, Style(.muted, on: .text))
    }

    /// A value in few columns: three digits of a fraction, all of a whole number, day and minute of a time.
    static func shown(_ value: FeatureValue, _ kind: FeatureKind, zone: TimeZone) -> String {
        guard case .number(let number) = value else { return value.text(kind, zone: zone) }
        if kind == .time, let time = Int64(exactly: number.rounded()) { return TimeText.local(time, zone: zone, format: .dayMinute) }
        guard kind == .numeric || kind == .integer, number != number.rounded() else { return value.text(kind, zone: zone) }
        // In one column 2397 and 2.0k would not be seen to be neighbours.
        let size = abs(number)
        return size >= 999.5 && size < 1e9 ? String(format: "%.0f", number) : FigureText.figure(number)
    }

    /// Who answered; marked where it was a fallback, by whichever version.
    private func version(_ row: PredictionRow) -> TableCell {
        guard row.arm == .fallback else { return TableCell(row.answeredBy, row.isPinned ? .info : .text) }
        return TableCell(glyphs.set.paused + (row.version == PausedAnswer.noVersion ? "" : "v\(row.version)"), .paused)
    }

    /// What a filter looks at: `v12`, the answer, `right`, `wrong` or `no label`, ids, and `carrier=AA` for each feature.
    static func searchTexts(_ row: PredictionRow, _ schema: Schema, zone: TimeZone) -> [String] {
        var texts = [row.answeredBy, row.id.text]
        if row.arm == .fallback { texts.append("fallback") }
        if let client = row.clientID { texts.append(client) }
        if let trace = row.trace { texts.append(trace) }
        if let answer = schema.target.className(schema.target.decision(row.scores, from: row.threshold)) {
            texts.append("answer=\(answer)")
        }
        if let label = row.label {
            texts.append("label=\(schema.target.className(label) ?? "\(label)")")
            if let isRight = schema.target.isRight(row) { texts.append(isRight ? "right" : "wrong") }
        } else {
            texts.append("no label")
        }
        for (value, feature) in zip(row.values, schema.features) {
            texts.append("\(feature.name)=\(value.text(feature.kind, zone: zone))")
        }
        return texts
    }
}
