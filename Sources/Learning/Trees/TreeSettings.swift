import Tabular

/// The settings of boosted trees, checked against what they are to learn.
struct TreeSettings: Sendable {
    let texts: Settings
    /// Memory for histograms.
    var histogramBytes = 512 << 20

    var rounds: Int { texts.integer("trees") }
    var patience: Int { texts.integer("patience") }
    var leaves: Int { texts.integer("leaves") }
    var bins: Int { texts.integer("bins") }

    /// What numbers are predicted by; squares where the task is another.
    func objective(_ schema: Schema) -> Objective {
        Objective(settings: texts.texts, hasExposure: schema.index(of: .exposure) != nil) ?? .squared
    }

    /// By class index; empty where every row counts once.
    ///
    /// - Throws: `.badSetting` for a class that there is not.
    func classWeights(_ rows: LabelledRows) throws(LearningFailure) -> [Double] {
        try ClassWeights.weights(texts.text("class-weights"), rows)
    }

    /// What bounds a tree.
    ///
    /// - Throws: `.badSetting` for a direction of a column that is no number, or any where there are several classes.
    func limits(_ schema: Schema) throws(LearningFailure) -> TreeGrower.Limits {
        let inputs = TreeInputs(schema)
        var directions = [Int](repeating: 0, count: inputs.count)
        let text = texts.text("monotone")
        guard text == "none" || schema.target.task != .multiclass else {
            throw .badSetting(name: "monotone", value: text, allowed: "none where there are several classes: no single score rises")
        }
        for (name, direction) in Directions.parse(text) ?? [] {
            guard let index = schema.index(of: name), schema.features[index].kind != .categorical, schema.features[index].kind != .time
            else {
                throw .badSetting(name: "monotone", value: text, allowed: "of numeric columns: \(SafeText.escape(name)) is none")
            }
            directions[index] = direction
        }
        return TreeGrower.Limits(
            groups: try groups(schema, inputs), sampling: TreeSampling(rows: texts.real("row-share"), inputs: texts.real("column-share")),
            leaves: texts.integer("leaves"), minLeaf: texts.integer("min-leaf"), lambda: texts.real("l2"),
            rate: texts.real("learning-rate"),
            directions: directions, histogramBytes: histogramBytes)
    }

    /// The groups that each input belongs to, as bits; all of them where there are none.
    ///
    /// - Throws: `.badSetting` for a column that there is not.
    private func groups(_ schema: Schema, _ inputs: TreeInputs) throws(LearningFailure) -> [UInt64] {
        let text = texts.text("interactions")
        let named = ColumnGroups.parse(text) ?? []
        var byFeature = [UInt64](repeating: 0, count: schema.width)
        for (group, names) in named.enumerated() {
            for name in names {
                guard let index = schema.index(of: name) else {
                    throw .badSetting(
                        name: "interactions", value: text, allowed: "of columns that there are: \(SafeText.escape(name)) is none")
                }
                byFeature[index] |= 1 << UInt64(group)
            }
        }
        let others: UInt64 = 1 << UInt64(named.count)
        return (0..<inputs.count).map { input in
            let own = byFeature[inputs.feature(of: input)]
            return own == 0 ? others : own
        }
    }
}
