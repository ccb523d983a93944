import Monitoring
import Store

/// What the charts of a deployment show: rollups of what is measured.
struct DeploymentCharts {
    /// Rollups by metric.
    private(set) var series: [SeriesMetric: RollupSeries] = [:]
    /// PSI by feature, one point a window.
    private(set) var featureDrift: [String: RollupSeries] = [:]
    /// Labels accepted up to the last second.
    private var labelsCharted: Int64 = 0
    /// Time of the last minute that was handed out to be stored.
    private var lastRollup: Int64

    init(now: Int64) { lastRollup = now }

    /// Adds a point.
    mutating func add(_ metric: SeriesMetric, at now: Int64, value: Double, weight: Double = 1) {
        series[metric, default: RollupSeries()].add(time: now, value: value, weight: weight)
    }

    /// Adds what a closed drift window found.
    mutating func add(_ report: DriftReport, at now: Int64) {
        if let worst = report.worst {
            add(.drift, at: now, value: worst.psi)
            add(.driftThreshold, at: now, value: worst.threshold)
        }
        for feature in report.features {
            featureDrift[feature.feature, default: RollupSeries()].add(time: now, value: feature.psi, weight: 1)
        }
    }

    /// Adds the second before `now`, as the champion answered it.
    mutating func addSecond(_ traffic: TrafficWindow, champion: UInt32?, labels accepted: Int64, at now: Int64) {
        let second = now / 1_000 - 1
        let requests = traffic.requests(inSecond: second)
        guard requests > 0 || series[.requests] != nil else { return }
        let time = second * 1_000
        add(.requests, at: time, value: Double(requests))
        let labelled = accepted - labelsCharted
        if labelsCharted > 0 || labelled > 0 { add(.labels, at: time, value: Double(max(0, labelled))) }
        labelsCharted = accepted
        guard requests > 0, let recent = traffic.latest?.answering(champion: champion) else { return }
        let histogram = recent.latency
        if histogram.count > 0 {
            add(.latencyP50, at: time, value: Double(histogram.quantile(0.5)) / 1e6)
            add(.latencyP99, at: time, value: Double(histogram.quantile(0.99)) / 1e6)
        }
        if recent.rows > 0 { add(.score, at: time, value: recent.scoreSum / Double(recent.rows), weight: Double(recent.rows)) }
        add(.errors, at: time, value: Double(recent.failed) / (Double(TrafficWindow.bucketMilliseconds) / 1_000))
    }

    // MARK: Storing

    /// Name of a feature's PSI in the telemetry store.
    static func driftMetric(_ feature: String) -> String { "psi " + feature }

    /// The last minute of every series, as rows of the telemetry store.
    mutating func takeMinute(of deployment: String, at now: Int64) -> [SeriesRow] {
        defer { lastRollup = now }
        let all = series.map { ($0.key.rawValue, $0.value) } + featureDrift.map { (Self.driftMetric($0.key), $0.value) }
        // In the order of the store's key, so that neighbours are written together.
        return all.sorted { $0.0 < $1.0 }.flatMap { metric, series in
            series.points(from: lastRollup, until: now, count: 1).filter { $0.n > 0 }.map { point in
                SeriesRow(
                    deployment: deployment, metric: metric, resolution: SeriesRow.minute, time: now - 60_000, mean: point.mean,
                    low: point.low, high: point.high, n: point.n)
            }
        }
    }

    /// Puts stored minutes in front of what was measured since the start.
    mutating func restore(_ metric: SeriesMetric, _ rows: [SeriesRow], at now: Int64) {
        series[metric] = Self.series(rows, then: series[metric], at: now)
    }

    /// The same for a feature's PSI.
    mutating func restore(feature: String, _ rows: [SeriesRow], at now: Int64) {
        featureDrift[feature] = Self.series(rows, then: featureDrift[feature], at: now)
    }

    /// A rollup takes points in order of time only.
    private static func series(_ rows: [SeriesRow], then live: RollupSeries?, at now: Int64) -> RollupSeries {
        var series = RollupSeries()
        for row in rows { series.add(time: row.time, value: row.mean, weight: row.n) }
        for point in live?.points(from: rows.last.map { $0.time + 60_000 } ?? 0, until: now + 1, count: 100_000) ?? [] {
            series.add(time: point.time, value: point.mean, weight: point.n)
        }
        return series
    }
}
