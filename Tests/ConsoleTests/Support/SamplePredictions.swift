import Engine
import Foundation
import Monitoring
import Tabular

/// Logged predictions of every kind of target, the same in every run: 700 of flight-delay, a few of others, none of some.
enum SamplePredictions {
    private static let now = SampleSnapshot.now

    /// The answer to a question about a deployment's predictions.
    static func page(_ deployment: String, upTo mark: PredictionMark?, limit: Int) -> HistoryContent {
        guard let schema = schema(deployment) else { return .failed("no such deployment: \(deployment)") }
        let all = rows(deployment, schema).filter { row in mark.map { row.mark <= $0 } ?? true }
        return .predictions(PredictionPage(schema: schema, rows: Array(all.prefix(limit)), hasOlder: all.count > limit))
    }

    /// The answer to a question about one of them.
    static func explanation(_ deployment: String, _ id: String) -> HistoryContent {
        guard let schema = schema(deployment), let row = rows(deployment, schema).first(where: { $0.id.text == id }) else {
            return .failed("no prediction \(id) in the log of \(deployment)")
        }
        var found = PredictionExplanation(row: row, target: schema.target, zone: schema.zone)
        found.method = "exact, trees"
        found.unit = schema.target.task == .regression ? schema.target.name : "log-odds"
        found.referenceRows = 61_204
        let outputs = schema.target.task == .multiclass ? schema.target.classes : [schema.target.classes.last ?? schema.target.name]
        for (index, feature) in schema.features.enumerated() {
            let seed = Double(index * 7 + Int(row.id.base.sequence) % 13)
            let parts = outputs.indices.map { feature.kind == .time ? 0 : (sin(seed + Double($0)) / Double(index + 1) * 1.4) }
            found.parts.append(
                .init(feature: feature, value: row.values[index], contributions: parts, place: place(index, feature, row.values[index])))
        }
        let main = found.main
        found.parts.sort { abs($0.contributions[main]) > abs($1.contributions[main]) }
        found.outputs = outputs.enumerated().map { index, name in
            let raw = schema.target.task == .regression ? row.scores[0] : log(row.scores[index] / (1 - row.scores[index]))
            let sum = found.parts.reduce(0) { $0 + $1.contributions[index] }
            return .init(
                name: name, base: raw - sum, score: raw, others: 0, probability: schema.target.task == .regression ? nil : row.scores[index]
            )
        }
        found.answers = [
            .init(version: row.version, role: .champion, scores: row.scores),
            .init(
                version: row.version - 1, role: .lastGood, scores: row.scores.map { schema.target.task == .binary ? 1 - $0 : $0 * 0.9 }),
        ]
        return .explanation(found)
    }

    private static func place(_ index: Int, _ feature: Feature, _ value: FeatureValue) -> ReferencePlace? {
        switch (feature.kind, value) {
        case (.time, _): nil
        case (_, .missing): .missing(0.001)
        case (.categorical, _): index % 3 == 0 ? .rare(0.014) : .share(0.11)
        default: index == 4 ? .above : .rank(Double(index * 13 % 100) / 100)
        }
    }

    private static func schema(_ deployment: String) -> Schema? {
        if deployment == "card-fraud" {
            let features = [Feature(name: "amount", kind: .numeric), Feature(name: "merchant", kind: .categorical)]
            return Schema(features: features, target: Target(name: "kind", task: .multiclass, classes: ["none", "stolen", "copied"]))
        }
        if deployment == HostileText.predicted {
            let features = HostileText.all.map { Feature(name: $0, kind: .categorical) }
            return Schema(
                features: features, target: Target(name: HostileText.all[0], task: .binary, classes: Array(HostileText.all[1...2])))
        }
        return SampleSnapshot.standard.deployment(deployment)?.schema
    }

    private static func rows(_ deployment: String, _ schema: Schema) -> [PredictionRow] {
        switch deployment {
        case "flight-delay": flights
        case "card-fraud": (0..<40).map { row($0, schema, version: 41, scores: [0.7 - Double($0) / 100, 0.1, 0.2 + Double($0) / 100]) }
        case HostileText.predicted:
            (0..<40).map { index in
                var row = row(index, schema, version: .max, scores: [0.3])
                row.values = schema.features.indices.map { .text(HostileText.all[($0 + index) % HostileText.all.count]) }
                row.clientID = HostileText.all[index % HostileText.all.count]
                return row
            }
        case "delivery-minutes": (0..<40).map { row($0, schema, version: 3, scores: [31.6 + 4 * sin(Double($0))]) }
        default: []
        }
    }

    private static let flights: [PredictionRow] = {
        guard let schema = schema("flight-delay") else { return [] }
        return (0..<700).map { index in row(index, schema, version: 12, scores: [0.5 + 0.45 * sin(Double(index) * 1.7)]) }
    }()

    /// The newest 20 have no label yet, nor has every ninth.
    private static func row(_ index: Int, _ schema: Schema, version: UInt32, scores: [Double]) -> PredictionRow {
        let carriers = ["UA", "B6", "EV", "AA", "DL", "9E", "WN"]
        let values = schema.features.enumerated().map { position, feature -> FeatureValue in
            switch (feature.kind, feature.name) {
            case (_, "wind_speed") where index % 25 != 24: .missing
            case (_, "sched_dep_hour"): .number(Double(5 + index * 7 % 18))
            case (_, "carrier"): .text(carriers[index % 7])
            case (.categorical, _): .text(["EWR", "JFK", "LGA", "ORD", "ATL"][(index + position) % 5])
            case (.time, _): .number(Double(now - Int64(index) * 2_400))
            default: .number((Double((index * 31 + position * 17) % 997) / 7 * 100).rounded() / 100)
            }
        }
        let isLabelled = index >= 20 && index % 9 != 0
        let truth = schema.target.task == .regression ? scores[0] - sin(Double(index) * 3) : Double((index * 5 + index / 3) % 2)
        return PredictionRow(
            id: RowID(base: PredictionID(epoch: 61, loop: index % 2, sequence: UInt64(9_000_000 - index)), row: index % 40 == 7 ? 2 : 0),
            time: now - 1_313 - Int64(index) * 24, version: version, arm: index == 5 ? .pinned : .champion,
            latencyNanoseconds: UInt32(31_000 + index * 130), scores: scores, values: values, label: isLabelled ? truth : nil,
            clientID: index == 3 ? "order-4711" : nil)
    }
}
