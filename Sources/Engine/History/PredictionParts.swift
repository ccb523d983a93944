import Learning
import Monitoring
import Tabular

extension PredictionExplanation {
    /// Says where each value lies among the rows that the version was trained on.
    mutating func place(_ reference: ReferenceProfile) {
        referenceRows = reference.rows
        for (feature, position) in zip(reference.features, reference.positions)
        where parts.indices.contains(position) && parts[position].feature.name == feature.name {
            switch parts[position].value {
            case .number(let number): parts[position].place = feature.place(of: number)
            case .text(let text): parts[position].place = feature.place(ofText: text)
            case .missing: parts[position].place = feature.place(of: nil)
            }
        }
    }

    /// Takes what each feature adds; parts are as in the schema.
    mutating func take(_ explanation: Explanation) {
        let raw = explanation.outputs
        guard raw.allSatisfy({ $0.contributions.count == parts.count }), raw.indices.contains(main),
            raw.allSatisfy({ $0.score.isFinite && $0.base.isFinite && $0.contributions.allSatisfy(\.isFinite) })
        else {
            failure = "v\(row.version) gives the row a score whose parts are no finite numbers"
            return
        }
        method = explanation.method
        unit = explanation.unit
        let probabilities = Self.probabilities(raw.map(\.score), target.task)
        outputs = zip(raw, probabilities).map { Output(name: $0.name, base: $0.base, score: $0.score, others: 0, probability: $1) }
        for index in parts.indices { parts[index].contributions = raw.map { $0.contributions[index] } }
        let main = main
        // Equal ones stay as in the schema.
        let order = parts.indices.sorted { a, b in
            (abs(parts[b].contributions[main]), a) < (abs(parts[a].contributions[main]), b)
        }
        parts = order.map { parts[$0] }
    }

    /// Leaves out the weakest features beyond the limit and sums what they add.
    mutating func trim() {
        guard parts.count > Self.featureLimit else { return }
        for part in parts[Self.featureLimit...] {
            for (index, value) in part.contributions.enumerated() { outputs[index].others += value }
        }
        unlisted = parts.count - Self.featureLimit
        parts.removeSubrange(Self.featureLimit...)
    }
}
