import GRDB

/// A stored point of a time series.
public struct SeriesRow: Codable, Sendable, Equatable {
    /// The resolution of one-minute points.
    public static let minute = "1m"
    /// The resolution of one-hour points, which old one-minute points become.
    public static let hour = "1h"

    /// The deployment.
    public var deployment: String
    /// What is measured.
    public var metric: String
    /// The length of the point's bucket.
    public var resolution: String
    /// Start of the bucket, UTC milliseconds.
    public var time: Int64
    /// Weighted mean.
    public var mean: Double
    /// Least value.
    public var low: Double
    /// Greatest value.
    public var high: Double
    /// Sum of weights.
    public var n: Double

    /// Makes a point.
    public init(deployment: String, metric: String, resolution: String, time: Int64, mean: Double, low: Double, high: Double, n: Double) {
        self.deployment = deployment
        self.metric = metric
        self.resolution = resolution
        self.time = time
        self.mean = mean
        self.low = low
        self.high = high
        self.n = n
    }
}

extension TelemetryStore {
    /// Stores points; one of the same bucket replaces the earlier.
    ///
    /// Points that are not finite are left out.
    public func append(series rows: [SeriesRow]) throws(StoreFailure) {
        try file.write { database in
            let statement = try database.cachedStatement(
                sql:
                    "INSERT OR REPLACE INTO series (deployment, metric, resolution, time, mean, low, high, n) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            )
            for row in rows where row.mean.isFinite && row.low.isFinite && row.high.isFinite && row.n.isFinite {
                try statement.execute(arguments: [row.deployment, row.metric, row.resolution, row.time, row.mean, row.low, row.high, row.n])
            }
        }
    }

    /// Points from a time on and before another, oldest first; one that does not add up is a gap.
    public func series(deployment: String, metric: String, resolution: String, from: Int64, until: Int64) throws(StoreFailure)
        -> [SeriesRow]
    {
        try file.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM series WHERE deployment = ? AND metric = ? AND resolution = ? AND time >= ? AND time < ?
                        AND \(CheckedTable.series.intact(database)) ORDER BY time
                    """,
                arguments: [deployment, metric, resolution, from, until]
            ).map { row in
                SeriesRow(
                    deployment: try row.text("deployment"), metric: try row.text("metric"), resolution: try row.text("resolution"),
                    time: try row.integer("time"), mean: try row.real("mean"), low: try row.real("low"), high: try row.real("high"),
                    n: try row.real("n"))
            }
        }
    }
}
