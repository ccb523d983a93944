import Engine
import Foundation
import Monitoring
import Tabular

/// How much time the charts of a deployment show, and in which buckets.
///
/// The time axis stands still until it is full and then moves on by an eighth, so that between two moves only the newest column changes.
struct DeploymentSpan: Equatable, Sendable {
    /// The spans that `z` goes through, milliseconds.
    static let choices: [Int64] = [300_000, 900_000, 3_600_000, 21_600_000, 86_400_000]
    private static let longest: Int64 = 30 * 86_400_000
    /// Bucket lengths that people and clocks like, milliseconds.
    private static let lengths: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 43_200].map {
        $0 * 1_000
    }

    /// Milliseconds.
    private(set) var length: Int64

    /// What shows before somebody chooses: less where everything happens within minutes.
    init(isDemo: Bool) { length = isDemo ? 300_000 : 900_000 }

    /// Takes a length of time within what the engine keeps; false for anything else.
    mutating func set(_ milliseconds: Int64) -> Bool {
        guard milliseconds >= 60_000, milliseconds <= Self.longest else { return false }
        length = milliseconds
        return true
    }

    /// The next longer (or shorter) of the usual spans; false at the end.
    mutating func step(longer: Bool) -> Bool {
        let next = longer ? Self.choices.first { $0 > length } : Self.choices.last { $0 < length }
        guard let next else { return false }
        length = next
        return true
    }

    /// The next usual span, the shortest after the longest.
    mutating func turn() { length = Self.choices.first { $0 > length } ?? Self.choices[0] }

    /// Time axis for charts of some width: buckets of one dot column each.
    func axis(asOf: Int64, width: Int, level: GlyphLevel) -> DeploymentAxis {
        let columns = Int64(max(8, ChartGrid.columns(width: width, level: level)))
        let wanted = (length - 1) / columns + 1
        let bucket = Self.lengths.first { $0 >= wanted } ?? wanted
        let stride = max(1, columns / 8) * bucket
        let until = (asOf / stride + 1) * stride
        return DeploymentAxis(from: until - columns * bucket, until: until, bucket: bucket, points: Int(columns))
    }
}

/// The time axis that all charts of a screen share.
struct DeploymentAxis: Equatable {
    let from: Int64
    let until: Int64
    let bucket: Int64
    let points: Int

    func query(_ deployment: String, _ metric: SeriesMetric) -> HistoryQuery {
        .series(deployment: deployment, metric: metric, from: from, until: until, points: points)
    }
}

/// The four charts: requests, latency, score, drift.
struct DeploymentCharts {
    /// One chart: what is asked for, and what its title says.
    enum Kind: CaseIterable {
        case requests, latency, score, drift

        var metrics: [SeriesMetric] {
            switch self {
            case .requests: [.requests]
            case .latency: [.latencyP50, .latencyP99]
            case .score: [.score]
            case .drift: [.drift]
            }
        }

        var title: String {
            switch self {
            case .requests: "requests/s"
            case .latency: "latency"
            case .score: "mean score"
            case .drift: "drift (PSI, worst feature)"
            }
        }

        var shortTitle: String {
            switch self {
            case .requests: "req/s"
            case .latency: "p99"
            case .score: "score"
            case .drift: "drift"
            }
        }
    }

    let status: DeploymentStatus
    let context: ScreenContext
    let axis: DeploymentAxis

    func queries() -> [HistoryQuery] { Kind.allCases.flatMap(\.metrics).map { axis.query(status.name, $0) } }

    /// Draws one chart in its box.
    func draw(_ kind: Kind, on surface: inout Surface, in area: Rect) {
        let glyphs = surface.glyphs
        let panel = Panel(title: StyledText(kind.title), trailing: figure(kind, glyphs))
        let body = panel.frame(on: &surface, in: area)
        chart(kind).draw(on: &surface, in: body)
    }

    /// Draws one chart as a line: name, bars, figure.
    func drawLine(_ kind: Kind, on surface: inout Surface, in row: Rect) {
        guard !row.isEmpty else { return }
        let figure = figure(kind, surface.glyphs, isShort: true)
        Label(kind.shortTitle, style: Style(.muted, on: .text)).draw(on: &surface, in: row.left(6))
        // One width for all four, so that their time axes stand one above the other.
        let width = row.width >= 50 ? 18 : 8
        Label(figure, alignment: .right).draw(on: &surface, in: row.right(width))
        let line = row.dropLeft(6).dropRight(width + 1)
        var chart = chart(kind)
        // The last of the metrics is the one that hurts: p99, not p50.
        chart.series = Array(chart.series.suffix(1))
        chart.emptyText = "no data yet"
        if chart.series.first?.points.isEmpty ?? true {
            Label(chart.emptyText, style: Style(.muted, on: .text)).draw(on: &surface, in: line)
        } else {
            chart.draw(on: &surface, in: line)
        }
    }

    private func chart(_ kind: Kind) -> LineChart {
        var states: [Bool] = []
        let series = kind.metrics.enumerated().map { index, metric in
            let (points, isLoaded) = points(metric)
            states.append(isLoaded)
            let shape: ChartSeries.Shape = kind == .requests ? .area : .line
            return ChartSeries(name(metric), points, role: Role.series(kind == .latency ? 1 - index : 0), style: shape)
        }
        let isLoading = states.contains(false)
        return LineChart(
            series: series, from: axis.from, to: axis.until - 1, zone: context.timeZone, unit: kind == .latency ? "ms" : "",
            includesZero: kind != .score,
            thresholds: thresholds(kind), markers: markers, showsLegend: false, bucket: axis.bucket,
            emptyText: isLoading ? "loading" : emptyText(kind))
    }

    private func emptyText(_ kind: Kind) -> String {
        guard kind == .drift, let fill = status.windowFill else { return "no data yet" }
        return "first window: \(CountText.fill(fill))"
    }

    private func points(_ metric: SeriesMetric) -> ([ChartPoint], Bool) {
        guard case .ready(let page) = context.pages[axis.query(status.name, metric)] else { return ([], false) }
        guard case .series(let points) = page.content else { return ([], true) }
        return (points.map { ChartPoint(time: $0.time, value: $0.mean) }, true)
    }

    private func name(_ metric: SeriesMetric) -> String {
        switch metric {
        case .latencyP50: "p50"
        case .latencyP99: "p99"
        default: metric.rawValue
        }
    }

    private func thresholds(_ kind: Kind) -> [ChartThreshold] {
        switch kind {
        case .drift:
            guard let worst = status.drift?.worst else { return [] }
            return [ChartThreshold(worst.threshold, "significant at n \(FigureText.exact(worst.n))")]
        case .score: return status.referenceMeanScore.map { [ChartThreshold($0, "hold-out", role: .reference)] } ?? []
        case .latency:
            let reason = status.health.reasons.first { $0.signal == "p99" }
            // A line far above the data would flatten it.
            guard let reason, let p99 = status.latencyP99Milliseconds, reason.threshold < 4 * p99 else { return [] }
            return [ChartThreshold(reason.threshold, "budget")]
        case .requests: return []
        }
    }

    private var markers: [ChartMarker] {
        status.markers.map { marker in
            let letter = marker.kind.rawValue
            return ChartMarker(
                time: marker.time, label: marker.version.map { "\(letter) v\($0)" } ?? letter, role: marker.kind == .alert ? .warn : .marker
            )
        }
    }

    /// What is now, in the corner.
    private func figure(_ kind: Kind, _ level: GlyphLevel, isShort: Bool = false) -> StyledText {
        let dash = StyledText(level.set.dash, Style(.muted, on: .text))
        func latency(_ value: Double?) -> String { value.map { FigureText.latency(nanoseconds: $0 * 1e6) } ?? level.set.dash }
        switch kind {
        case .requests: return StyledText(FigureText.count(status.requestsPerSecond), Style(.strong, on: .text))
        case .latency:
            guard status.latencyP99Milliseconds != nil else { return dash }
            if isShort { return StyledText(latency(status.latencyP99Milliseconds), Style(.strong, on: .text)) }
            return StyledText("p50 \(latency(status.latencyP50Milliseconds))", Style(.series2, on: .text))
                + StyledText("  p99 \(latency(status.latencyP99Milliseconds))", Style(.series1, on: .text))
        case .score: return status.meanScore.map { StyledText(FigureText.figure($0), Style(.strong, on: .text)) } ?? dash
        case .drift:
            guard let worst = status.drift?.worst else { return dash }
            let shown = status.driftText(level.set)
            return StyledText("\(worst.feature) ", Style(.muted, on: .text))
                + StyledText(shown.text.trimmingBlanks, Style(shown.role, on: .text))
        }
    }
}
