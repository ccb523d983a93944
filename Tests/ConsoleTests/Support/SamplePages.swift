import Console
import Engine
import Foundation
import Learning
import Monitoring
import Store

/// Answers to the questions that screens ask about the past: what a test puts where the session would put the engine's answers.
enum SamplePages {
    /// Every page that is asked for, answered.
    static func answer(_ queries: [HistoryQuery]) -> Pages {
        Pages(Dictionary(queries.map { ($0, HistoryPage(asOf: SampleSnapshot.now, content: content($0))) }) { first, _ in first })
    }

    /// The answer to one question.
    static func content(_ query: HistoryQuery) -> HistoryContent {
        switch query {
        case .journal(let before, let limit, let deployment):
            return .journal(Array(journal(deployment).filter { $0.sequence < before ?? .max }.prefix(limit)))
        case .journalAfter(let sequence, let limit, let deployment):
            return .journal(Array(journal(deployment).reversed().filter { $0.sequence > sequence }.prefix(limit)))
        case .verifyJournal: return .verification(verdict)
        case .series(_, let metric, let from, let until, let points):
            return .series(series(metric, from: from, until: until, points: points))
        case .featureDrift(_, _, let from, let until, let points): return .series(series(.drift, from: from, until: until, points: points))
        case .versions(let deployment, let before, let limit):
            let all = SampleSnapshot.standard.deployment(deployment)?.versions ?? []
            return .versions(Array(all.filter { $0.number < before ?? .max }.prefix(limit)))
        case .job(let id): return .jobs(SampleJobs.all.filter { $0.id == id })
        case .engine, .status, .overview, .deployment: return .failed("no screen asks for that")
        case .jobs(let before, let limit): return .jobs(Array(SampleJobs.all.filter { $0.id < before ?? .max }.prefix(limit)))
        case .jobLog(let id, let after, let limit):
            let log = id == SampleJobs.running.id ? SampleJobs.log : id == 210 ? SampleJobs.longLog : []
            return .log(Array(log.filter { $0.number > after }.prefix(limit)))
        case .tokens: return .tokens([])
        case .alerts(let limit): return .alerts(Array(SampleAlerts.all.prefix(limit)))
        case .policy: return .text("automation = \"auto\"\n\n[retrain]\non_drift = true\nevery = \"24h\"\n")
        case .model, .replay, .replayAnswer, .backups: return .failed("no screen asks for that")
        case .report(_, let version): return report(version)
        case .predictions(let deployment, let mark, let limit): return SamplePredictions.page(deployment, upTo: mark, limit: limit)
        case .explanation(let deployment, let id): return SamplePredictions.explanation(deployment, id)
        case .importance(_, let version): return importance(version)
        case .why(let deployment): return .causes(SampleCauses.report(deployment))
        case .pair(_, let first, let second): return .pair(pair(first, second))
        }
    }

    /// The later of two neighbours is better; an old version has nothing to be compared on.
    private static func pair(_ first: UInt32, _ second: UInt32) -> PairedComparison? {
        if second == 14 { return nil }
        guard first > 3 else {
            let reason = "v\(first): the data that it learnt from is not kept any more"
            return PairedComparison(
                first: first, second: second, lack: "no rows to compare them on: \(reason): label traffic that comes from now on")
        }
        return PairedComparison(
            first: first, second: second, rows: 1_204, source: "1204 labelled rows of traffic since v\(second) was made",
            figures: [
                PairedFigure(name: "auc", first: 0.7029, second: 0.7080, lower: 0.0012, upper: 0.0090, higherIsBetter: true),
                PairedFigure(name: "logLoss", first: 0.4312, second: 0.4318, lower: -0.0021, upper: 0.0033, higherIsBetter: false),
            ])
    }

    /// An old version's data is gone, the newest one's is still looked at.
    private static func importance(_ version: UInt32) -> HistoryContent {
        if version < 4 { return .failed("the data that it learnt from is not kept any more") }
        if version == 14 { return .importance(nil) }
        let columns = [
            ("sched_dep_hour", 0.412, 0.061), ("wind_speed", 0.2 + 0.01 * Double(version), 0.02), ("carrier", 0.183, 0.0142),
            ("dest", 0.121, 0.0088), ("visib", 0.06, 0.0021), ("temp", 0.021, 0.0001),
        ]
        let entries = columns.map { name, size, loss in
            #"{"feature":"\#(name)","meanAbsoluteContribution":\#(size),"permutation":\#(loss),"permutationLower":\#(loss - 0.0015),"permutationUpper":\#(loss + 0.0015)}"#
        }
        let text =
            #"{"entries":[\#(entries.joined(separator: ","))],"method":"exact, tree","metric":"auc","explainedRows":256,"permutedRows":5000,"repeats":5}"#
        guard let found = try? JSONDecoder().decode(GlobalImportance.self, from: Data(text.utf8)) else {
            return .failed("the sample is no importance")
        }
        return .importance(found)
    }

    /// What a training found: better calibrated with each version, one carrier worse off than the others.
    private static func report(_ version: UInt32) -> HistoryContent {
        func number(_ value: Double) -> String { "\((value * 10_000).rounded() / 10_000)" }
        let error = 0.06 / Double(version)
        let points = (0..<10).map { group in
            let predicted = (Double(group) + 0.5) / 10
            let observed = predicted + (group == 7 ? 0.08 : error)
            return
                #"{"predicted":\#(number(predicted)),"observed":\#(number(observed)),"lower":\#(number(observed - 0.03)),"upper":\#(number(observed + 0.03)),"n":1600}"#
        }
        let slices = [("carrier", "UA", 0.71), ("carrier", "B6", 0.68), ("carrier", "9E", 0.58), ("origin", "EWR", 0.70)].map {
            feature, value, auc in
            let own = auc + 0.001 * Double(version)
            return
                #"{"feature":"\#(feature)","value":"\#(value)","n":3200,"metrics":[{"name":"auc","value":\#(number(own)),"lower":\#(number(own - 0.02)),"upper":\#(number(own + 0.02)),"n":3200,"higherIsBetter":true,"interval":"DeLong 95 %"}]}"#
        }
        // Only v13 was searched for.
        let trials = [(1, "judged", 0.6954, 1.0), (2, "best", 0.7021, 1.0), (3, "dropped", 0.6612, 0.33), (4, "unfinished", 0.0, 0.0)].map {
            trial, state, figure, share in
            let figure = share > 0 ? #""figure":\#(figure),"# : ""
            return
                #"{"number":\#(trial),"settings":{"leaves":"\#(trial * 15)","trees":"100"},"metric":"auc",\#(figure)"share":\#(share),"seconds":\#(Double(trial) * 1.5),"state":"\#(state)"}"#
        }
        let searched = version == 13 ? #","trials":[\#(trials.joined(separator: ","))]"# : ""
        let text =
            #"{"calibration":{"method":"isotonic","errorBefore":0.08,"errorAfter":\#(number(error)),"points":[\#(points.joined(separator: ","))]},"slices":[\#(slices.joined(separator: ","))],"curve":[],"baseline":[]\#(searched)}"#
        guard let report = try? JSONDecoder().decode(VersionReport.self, from: Data(text.utf8)) else {
            return .failed("the sample is no report")
        }
        return .report(report)
    }

    /// An intact chain.
    static let verdict = JournalVerdict(
        rows: 1_288, firstBad: nil, problem: nil,
        guarantee:
            "no row was edited, removed or inserted within the chain; a cut-off end or a wholly rewritten chain shows only against an exported checkpoint",
        checkpoint: JournalCheckpoint(sequence: 1_288, hash: SampleJournal.rows[0].hash))

    private static func journal(_ deployment: String?) -> [JournalRow] {
        (SampleJournal.rows + SampleJournal.older.reversed()).filter { deployment == nil || $0.entry.deployment == deployment }
    }

    /// A believable hour: traffic in waves, a latency that follows it, a drift that begins 21 minutes ago.
    static func series(_ metric: SeriesMetric, from: Int64, until: Int64, points: Int) -> [SeriesPoint] {
        guard points > 0, until > from else { return [] }
        let step = max(1, (until - from) / Int64(points))
        return (0..<Int64(points)).map { index in
            let time = from + index * step
            let minutesAgo = Double(SampleSnapshot.now - time) / 60_000
            let wave = sin(minutesAgo / 4) + 0.3 * sin(minutesAgo * 1.7)
            let mean: Double =
                switch metric {
                case .requests: 412 + 60 * wave
                case .latencyP50: 0.31 + 0.03 * wave
                case .latencyP99: 1.2 + 0.3 * wave
                case .score: minutesAgo < 21 ? 0.31 : 0.22 + 0.01 * wave
                case .drift: minutesAgo < 21 ? 0.41 - minutesAgo * 0.012 : 0.02 + 0.004 * wave
                case .driftThreshold: 0.03
                case .errors: 0
                case .labels: 80 + 12 * wave
                }
            return SeriesPoint(time: time, mean: mean, low: mean * 0.9, high: mean * 1.1, n: 60)
        }
    }
}
