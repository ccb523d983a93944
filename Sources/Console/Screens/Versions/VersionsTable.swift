import Engine
import Foundation
import Learning
import Tabular

/// Columns, cells and order of the registry's table.
struct VersionTable {
    let status: DeploymentStatus
    let zone: TimeZone
    let asOf: Int64

    static let defaultSort = TableSort(key: "version", ascending: false)
    private static let sortKeys = ["version", "state", "algorithm", "created", "metric", "rows", "served"]

    /// The columns; the metric's is named after the versions' first.
    func columns(_ versions: [VersionSummary]) -> [TableColumn] {
        let metric = versions.lazy.compactMap(\.metrics.first).first
        return [
            TableColumn("VERSION", width: 8, key: "version"),
            TableColumn("STATE", width: 12, key: "state"),
            TableColumn("ALGORITHM", width: 13, priority: 5, key: "algorithm"),
            TableColumn("CREATED", width: 11, priority: 4, key: "created"),
            TableColumn("BY", width: 8, flex: 3, maximum: 16, priority: 9),
            TableColumn(metric?.name.uppercased() ?? "METRIC", width: 8, alignment: .right, key: "metric"),
            TableColumn("INTERVAL", width: 13, priority: 6),
            TableColumn("SAME ROWS", width: 14, priority: 4),
            TableColumn("GATES", width: 5, flex: 2, maximum: 26, priority: 2),
            TableColumn("ROWS", width: 6, alignment: .right, priority: 7, key: "rows"),
            TableColumn("SERVED", width: 7, alignment: .right, priority: 3, key: "served"),
            TableColumn("DATA", width: 8, priority: 8),
        ]
    }

    /// The cells of a version.
    func row(_ version: VersionSummary, _ glyphs: GlyphLevel) -> [TableCell] {
        let metric = version.metrics.first
        let isQuiet = version.state == .retired
        let served = VersionTable.servedMilliseconds(version, asOf: asOf)
        return [
            TableCell(version.name, version.state == .champion ? .strong : .text),
            TableCell(VersionTable.state(version, advised: status.advised, glyphs)),
            TableCell(version.algorithm, isQuiet ? .muted : .text),
            TableCell(TimeText.local(version.createdAt, zone: zone, format: .dayMinute), .muted),
            TableCell(Operator.shortName(version.createdBy), .muted),
            TableCell(metric.map { FigureText.quality($0.value) } ?? glyphs.set.dash),
            TableCell(VersionTable.interval(metric), .muted),
            TableCell(VersionTable.againstChampion(version, glyphs)),
            TableCell(VersionTable.gates(version, glyphs)),
            TableCell(FigureText.count(version.trainRows), .muted),
            TableCell(version.served.isEmpty ? glyphs.set.dash : DurationText.text(served), .muted),
            TableCell(String(version.dataHash.prefix(8)), .muted),
        ]
    }

    /// Glyph and word for a state: `● champion`, `✖ refused`.
    static func state(_ version: VersionSummary, advised: UInt32?, _ glyphs: GlyphLevel) -> StyledText {
        let set = glyphs.set
        let (glyph, word, role): (String, String, Role) =
            switch version.state {
            case .champion: (set.ok, "champion", .ok)
            case .lastKnownGood: (set.info, "last good", .info)
            case .candidate where version.number == advised: (set.info, "advised", .accent)
            case .candidate: (set.unknown, "candidate", .text)
            case .retired: (set.dash, "retired", .muted)
            case .withdrawn: (set.warn, "withdrawn", .warn)
            case .refused: (set.alert, "refused", .alert)
            case .archived: (set.dash, "archived", .muted)
            }
        return StyledText("\(glyph) \(word)\(version.isPinned ? ", kept" : "")", Style(role, on: .text))
    }

    /// `4/4`, or what refused it.
    static func gates(_ version: VersionSummary, _ glyphs: GlyphLevel) -> StyledText {
        guard !version.gates.isEmpty else { return StyledText(glyphs.set.dash, Style(.muted, on: .text)) }
        let passed = version.gates.count { $0.passed }
        let text = "\(passed)/\(version.gates.count)"
        guard let refused = version.gates.first(where: \.refuses) else {
            guard version.gates.contains(where: { $0.warning || $0.undecided }) else { return StyledText(text, Style(.ok, on: .text)) }
            return StyledText("\(text) \(glyphs.set.warn)", Style(.warn, on: .text))
        }
        return StyledText(text + " ", Style(.alert, on: .text)) + StyledText(refused.name, Style(.alert, on: .text))
    }

    /// `+0.0051 = v8`: its primary figure less that of the champion of its time, on the same rows; a dash where they were not compared.
    ///
    /// Coloured only where the whole interval says better or worse.
    static func againstChampion(_ version: VersionSummary, _ glyphs: GlyphLevel) -> StyledText {
        guard let paired = version.pairedFigures, let figure = paired.figures.first else {
            return StyledText(glyphs.set.dash, Style(.muted, on: .text))
        }
        let role: Role =
            switch figure.verdict {
            case .better: .ok
            case .worse: .alert
            case .same, .open: .text
            }
        return StyledText(FigureText.difference(figure.difference), Style(role, on: .text))
            + StyledText(" v\(paired.against)", Style(.muted, on: .text))
    }

    /// `0.700-0.716`; empty without an interval.
    static func interval(_ metric: Metric?) -> String {
        guard let metric, let lower = metric.lower, let upper = metric.upper else { return "" }
        return "\(FigureText.figure(lower))-\(FigureText.figure(upper))"
    }

    /// How long a version has answered, milliseconds.
    static func servedMilliseconds(_ version: VersionSummary, asOf: Int64) -> Int64 {
        version.served.reduce(0) { sum, interval in
            let (length, overflow) = (interval.until ?? asOf).subtractingReportingOverflow(interval.from)
            return overflow ? sum : sum.addingReportingOverflow(max(0, length)).partialValue
        }
    }

    // MARK: Order and search

    /// What a filter looks at.
    static func searchTexts(_ version: VersionSummary) -> [String] {
        [version.name, version.state.rawValue, version.algorithm, version.createdBy, version.source, version.dataHash]
    }

    static func sorted(_ versions: [VersionSummary], by sort: TableSort, asOf: Int64) -> [VersionSummary] {
        // They come newest first.
        if sort == defaultSort { return versions }
        func key(_ version: VersionSummary) -> Double {
            switch sort.key {
            case "state": Double(rank(version.state))
            case "created": Double(version.createdAt)
            case "metric": version.metrics.first.map { $0.value.isFinite ? $0.value : -.infinity } ?? -.infinity
            case "rows": Double(version.trainRows)
            case "served": Double(servedMilliseconds(version, asOf: asOf))
            default: Double(version.number)
            }
        }
        // Equal ones stay newest first, whichever way the column runs.
        return versions.sorted { a, b in
            if sort.key == "algorithm" && a.algorithm != b.algorithm { return (a.algorithm < b.algorithm) == sort.ascending }
            let (left, right) = (key(a), key(b))
            if sort.key != "algorithm" && left != right { return (left < right) == sort.ascending }
            return a.number > b.number
        }
    }

    /// The sort after `<`, `>` or `o`.
    static func nextSort(_ sort: TableSort, _ movement: Movement) -> TableSort {
        ScreenSort.next(sort, movement, keys: sortKeys)
    }

    private static func rank(_ state: VersionState) -> Int {
        switch state {
        case .champion: 0
        case .lastKnownGood: 1
        case .candidate: 2
        case .retired: 3
        case .withdrawn: 4
        case .refused: 5
        case .archived: 6
        }
    }
}

extension Light {
    /// A gate's verdict.
    init(_ gate: GateResult) { self = gate.passed ? gate.warning ? .warn : .ok : gate.undecided ? .warn : .alert }
}

/// Choosing the column that a table is sorted by.
enum ScreenSort {
    /// The sort after `<` and `>` (the column beside) or `o` (the other way round).
    static func next(_ sort: TableSort, _ movement: Movement, keys: [String]) -> TableSort {
        guard movement != .sortFlip, let index = keys.firstIndex(of: sort.key), !keys.isEmpty else {
            return TableSort(key: sort.key, ascending: !sort.ascending)
        }
        let step = movement == .sortNext ? 1 : keys.count - 1
        return TableSort(key: keys[(index + step) % keys.count], ascending: sort.ascending)
    }
}
