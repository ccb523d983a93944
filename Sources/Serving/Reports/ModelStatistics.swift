import Engine
import Monitoring
import NIOCore
import Tabular

/// What the versions of a deployment have answered since start, in the shape of Triton's statistics.
struct ModelStatistics: Sendable {
    /// Versions that are remembered for a deployment, the newest ones: publications never end.
    private static let remembered = 32

    /// One version's counts.
    struct Version: Sendable {
        var answered: Int64 = 0
        var failed: Int64 = 0
        var rows: Int64 = 0
        /// Time from a decoded request to its scores, all requests together.
        var nanoseconds: UInt64 = 0
        /// UTC milliseconds of the last harvest with an answer of it; 0 for none.
        var lastAnswer: Int64 = 0
    }

    private(set) var versions: [UInt32: Version] = [:]

    /// Adds what was gathered since the last harvest.
    mutating func add(_ totals: LaneTotals, at milliseconds: Int64) {
        for (key, arm) in totals.arms {
            var version = versions[key.version] ?? Version()
            version.answered += arm.answered
            version.failed += arm.failed
            version.rows += arm.rows
            version.nanoseconds &+= arm.latency.nanoseconds
            if arm.answered > 0 { version.lastAnswer = milliseconds }
            versions[key.version] = version
        }
        while versions.count > Self.remembered, let oldest = versions.keys.min() { versions[oldest] = nil }
    }

    /// `{"model_stats":[…]}` of versions that are in memory.
    ///
    /// Requests never wait in a queue of the model, and what takes time is measured as one: the other stages are counted with no time.
    static func write(_ asked: [(model: String, versions: [UInt32])], _ known: [String: ModelStatistics], into buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"model_stats\":[")
        var isFirst = true
        for (model, versions) in asked {
            for number in versions {
                buffer.writeStaticString(isFirst ? "{\"name\":" : ",{\"name\":")
                isFirst = false
                buffer.writeJSON(model)
                let version = known[model]?.versions[number] ?? Version()
                let stage = "{\"count\":\(version.answered),\"ns\":0}"
                let work = "{\"count\":\(version.answered),\"ns\":\(version.nanoseconds)}"
                buffer.writeString(
                    ",\"version\":\"\(number)\",\"last_inference\":\(version.lastAnswer),\"inference_count\":\(version.rows),"
                        + "\"execution_count\":\(version.answered),\"inference_stats\":{\"success\":\(work),"
                        + "\"fail\":{\"count\":\(version.failed),\"ns\":0},\"queue\":\(stage),\"compute_input\":\(stage),"
                        + "\"compute_infer\":\(work),\"compute_output\":\(stage),\"cache_hit\":{\"count\":0,\"ns\":0},"
                        + "\"cache_miss\":{\"count\":0,\"ns\":0}},\"batch_stats\":[],\"memory_usage\":[]}")
            }
        }
        buffer.writeStaticString("]}")
    }
}
