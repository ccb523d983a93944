import Engine
import Store

/// Forty journal rows, a real chain.
enum SampleJournal {
    private static let now = SampleSnapshot.now
    private static let minute = SampleSnapshot.minute

    /// What happened: minutes ago, who, verb, deployment, summary, reason.
    private static let told: [(Int64, String, String, String?, String, String?)] = [
        (
            0, "oncall", "train", "flight-delay", "ordered a boosted-trees version of flight-delay from labelled traffic",
            "retrain on April, wind_speed left out"
        ),
        (1, "policy:every", "train", "card-fraud", "ordered a logistic version of card-fraud from labelled traffic", nil),
        (3, "oncall", "note", "flight-delay", "the weather feed is down, ticket OPS-4711", nil),
        (9, "ds", "ack", "electricity-price", "acknowledged alert 31 until 15:30", "known, the market was closed"),
        (12, "oncall", "freeze", "flight-delay", "froze learning of flight-delay", "a retrain would learn the fault"),
        (14, "engine", "alert", "flight-delay", "wind_speed is missing in 96 % of rows since 13:41 (was 0.1 %)", nil),
        (20, "engine", "alert", "flight-delay", "data drift: wind_speed PSI 0.41 at n 1,000", nil),
        (29, "engine", "trained", "flight-delay", "v14 refused by the gate against the champion", nil),
        (31, "policy:on_drift", "train", "flight-delay", "ordered a boosted-trees version of flight-delay from labelled traffic", nil),
        (
            44, "ops", "policy apply", "delivery-minutes", "policy of delivery-minutes: auto, on drift, every 24h",
            "approved in the weekly review"
        ),
        (48, "engine", "train failed", "loan-default", "job 213 failed: only one class in the training part", nil),
        (52, "engine", "alert resolved", "card-fraud", "latency of card-fraud resolved: p99 0.6 ms is under the budget", nil),
    ]

    /// Newest first, sequences 1288 … 1249.
    static let rows: [JournalRow] = {
        var entries = told.map { entry(minutes: $0.0, who: $0.1, verb: $0.2, deployment: $0.3, summary: $0.4, reason: $0.5) }
        let names = ["flight-delay", "card-fraud", "churn", "delivery-minutes"]
        for index in 0..<28 {
            let name = names[index % names.count]
            let version = 40 - index
            entries.append(
                entry(
                    minutes: 60 + Int64(index) * 47, who: index % 3 == 0 ? "ops" : index % 3 == 1 ? "oncall" : "policy:on_drift",
                    verb: index % 5 == 4 ? "rollback" : "promote", deployment: name,
                    summary: index % 5 == 4
                        ? "rolled back from v\(version) to v\(version - 1)" : "v\(version) answers instead of v\(version - 1)",
                    reason: index % 4 == 0 ? "retrained on March" : nil))
        }
        return chain(entries.reversed(), from: 1_249).reversed()
    }()

    /// The rows before those of the snapshot, oldest first from 1: what pages bring.
    static let older: [JournalRow] = chain(
        (1...1_248).map { sequence in
            entry(
                minutes: 60 * 24 + Int64(1_249 - sequence) * 7, who: "ops", verb: sequence % 7 == 0 ? "rollback" : "promote",
                deployment: "churn",
                summary: "v\(sequence + 1) answers instead of v\(sequence)", reason: nil)
        }, from: 1)

    private static func entry(minutes: Int64, who: String, verb: String, deployment: String?, summary: String, reason: String?)
        -> JournalEntry
    {
        let uids: [String: UInt32] = ["ops": 1_000, "oncall": 1_001, "ds": 1_002]
        let uid = uids[who]
        return JournalEntry(
            time: now - minutes * minute - 4_000, actor: uid.map { "\(who) (uid \($0))" } ?? who, uid: uid,
            role: uid == nil ? "admin" : who == "ops" ? "admin" : "operator", verb: verb, deployment: deployment, summary: summary,
            reason: reason,
            details: verb == "promote" ? #"{"from":"v\#(minutes % 9 + 1)","reference":"61204"}"# : "{}")
    }

    private static func chain(_ entries: [JournalEntry], from first: Int64) -> [JournalRow] {
        var previous = first == 1 ? JournalRow.genesis : String(repeating: "7", count: 64)
        return entries.enumerated().map { offset, entry in
            let sequence = first + Int64(offset)
            let hash = JournalRow.hash(sequence: sequence, entry: entry, previousHash: previous)
            defer { previous = hash }
            return JournalRow(sequence: sequence, entry: entry, hash: hash, previousHash: previous)
        }
    }
}
