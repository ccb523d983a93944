package import Engine
import Learning

/// What differs between two versions, figures and settings side by side: a pure function of both.
package struct VersionComparison: Equatable, Sendable {
    /// What a row says of the right side against the left.
    package enum Verdict: Equatable, Sendable {
        case same, differs
        /// Better, worse by the whole interval of the difference on the same rows.
        case better, worse
        /// That interval holds zero.
        case open
    }

    /// Both on the same rows, as far as that is known.
    package enum Pairing: Equatable, Sendable {
        case computing
        case ready(PairedComparison)
        case failed(String)

        init(_ page: PageState) {
            switch page {
            case .ready(let page):
                switch page.content {
                case .pair(.some(let found)): self = found.lack.map { .failed($0) } ?? .ready(found)
                case .failed(let reason): self = .failed(reason)
                default: self = .computing
                }
            default: self = .computing
            }
        }
    }

    /// One line of the comparison.
    package struct Row: Equatable, Sendable {
        package var label: String
        /// Nil where a side has no such thing.
        package var left: String?
        package var right: String?
        /// The difference, right less left, where there is one.
        package var difference: String
        /// The interval of the difference, on the same rows.
        package var range: String?
        package var verdict: Verdict
    }

    /// Rows under a heading.
    package struct Section: Equatable, Sendable {
        package var title: String
        package var rows: [Row]
    }

    package let left: VersionSummary
    package let right: VersionSummary
    package let sections: [Section]
    /// Which rows are the same for both, or why there are none.
    package let caution: String
    /// Whether there are figures on the same rows.
    package let isCompared: Bool

    /// Features whose importance is shown; the rest says little.
    static let importanceRows = 12

    /// Compares `right` with `left`, and what their trainings found where that is known.
    package init(
        _ left: VersionSummary, _ right: VersionSummary, paired: Pairing = .computing,
        reports: (left: VersionReport?, right: VersionReport?) = (nil, nil)
    ) {
        self.init(left, right, paired: paired, reports: reports, importance: (.computing, .computing))
    }

    init(
        _ left: VersionSummary, _ right: VersionSummary, paired: Pairing, reports: (left: VersionReport?, right: VersionReport?),
        importance: (left: ImportanceState, right: ImportanceState)
    ) {
        self.left = left
        self.right = right
        sections =
            ([
                Section(title: VersionComparison.sameRows, rows: VersionComparison.paired(paired)),
                Section(title: "each on its own held-out rows", rows: VersionComparison.metrics(left, right)),
                Section(title: "calibration", rows: VersionComparison.calibration(reports.left?.calibration, reports.right?.calibration)),
                Section(
                    title: VersionComparison.sliceTitle(reports.left?.slices ?? reports.right?.slices ?? []),
                    rows: VersionComparison.slices(reports.left?.slices ?? [], reports.right?.slices ?? [])),
                Section(title: "settings", rows: VersionComparison.settings(left, right)),
                Section(title: "data", rows: VersionComparison.data(left, right)),
            ] + VersionComparison.importance(left, right, importance)).filter { !$0.rows.isEmpty || $0.title == VersionComparison.sameRows }
        caution =
            switch paired {
            case .computing: "both are being scored on rows that neither has learnt"
            case .failed(let reason): reason
            case .ready(let found): found.source
            }
        isCompared = if case .ready = paired { true } else { false }
    }

    /// The section of figures on the same rows.
    static let sameRows = "on the same rows"

    private static func paired(_ pairing: Pairing) -> [Row] {
        guard case .ready(let found) = pairing else { return [] }
        return found.figures.map { figure in
            let verdict: Verdict =
                switch figure.verdict {
                case .same: .same
                case .better: .better
                case .worse: .worse
                case .open: .open
                }
            let range = "\(FigureText.difference(figure.lower)) to \(FigureText.difference(figure.upper))"
            return Row(
                label: figure.name, left: FigureText.quality(figure.first), right: FigureText.quality(figure.second),
                difference: FigureText.difference(figure.difference), range: range, verdict: verdict)
        }
    }

    private static func metrics(_ left: VersionSummary, _ right: VersionSummary) -> [Row] {
        let names = left.metrics.map(\.name) + right.metrics.map(\.name).filter { name in left.metric(name) == nil }
        return names.map { name in
            let (a, b) = (left.metric(name), right.metric(name))
            guard let a, let b else {
                return Row(label: name, left: a.map(describe), right: b.map(describe), difference: "", verdict: .differs)
            }
            return Row(
                label: name, left: describe(a), right: describe(b), difference: "", verdict: a.value == b.value ? .same : .differs)
        }
    }

    private static func calibration(_ left: CalibrationReport?, _ right: CalibrationReport?) -> [Row] {
        guard left != nil || right != nil else { return [] }
        let error = Row(
            label: "error", left: left.map { FigureText.quality($0.errorAfter) }, right: right.map { FigureText.quality($0.errorAfter) },
            difference: "", verdict: left?.errorAfter == right?.errorAfter ? .same : .differs)
        return [plain("method", left?.method, right?.method), error]
    }

    /// Names the figure that its rows hold.
    private static func sliceTitle(_ slices: [SliceMetrics]) -> String {
        "by slice" + (slices.first?.metrics.first.map { ", \($0.name)" } ?? "")
    }

    /// The primary figure of each slice that either side has.
    private static func slices(_ left: [SliceMetrics], _ right: [SliceMetrics]) -> [Row] {
        func label(_ slice: SliceMetrics) -> String { "\(slice.feature) \(slice.value)" }
        let known = Set(left.map(label))
        return (left + right.filter { !known.contains(label($0)) }).map { slice in
            let a = left.first { label($0) == label(slice) }?.metrics.first
            let b = right.first { label($0) == label(slice) }?.metrics.first
            guard let a, let b else {
                return Row(label: label(slice), left: a.map(describe), right: b.map(describe), difference: "", verdict: .differs)
            }
            return Row(
                label: label(slice), left: describe(a), right: describe(b), difference: "", verdict: a.value == b.value ? .same : .differs)
        }
    }

    private static func settings(_ left: VersionSummary, _ right: VersionSummary) -> [Row] {
        var rows = [plain("algorithm", left.algorithm, right.algorithm)]
        for name in Set(left.settings.keys).union(right.settings.keys).sorted() {
            rows.append(plain(name, left.settings[name], right.settings[name]))
        }
        rows.append(plain("seed", "\(left.seed)", "\(right.seed)"))
        return rows
    }

    private static func data(_ left: VersionSummary, _ right: VersionSummary) -> [Row] {
        func count(_ label: String, _ a: Int, _ b: Int) -> Row {
            Row(
                label: label, left: FigureText.exact(a), right: FigureText.exact(b),
                difference: a == b ? "" : (b > a ? "+" : "") + FigureText.exact(b - a), verdict: a == b ? .same : .differs)
        }
        return [
            plain("source", left.source, right.source),
            plain("hash", String(left.dataHash.prefix(12)), String(right.dataHash.prefix(12)), isSame: left.dataHash == right.dataHash),
            count("trained on", left.trainRows, right.trainRows),
            count("held out", left.holdoutRows, right.holdoutRows),
        ]
    }

    static func plain(_ label: String, _ left: String?, _ right: String?, isSame: Bool? = nil) -> Row {
        Row(label: label, left: left, right: right, difference: "", verdict: isSame ?? (left == right) ? .same : .differs)
    }

    private static func describe(_ metric: Metric) -> String {
        guard let lower = metric.lower, let upper = metric.upper else { return FigureText.quality(metric.value) }
        return "\(FigureText.quality(metric.value)) \(FigureText.quality(lower))-\(FigureText.quality(upper))"
    }
}
