import Tabular

/// Weights that let each class count as much as any other, or as much as somebody says.
enum ClassWeights {
    /// The setting that all classifiers share.
    static let parameter = ParameterSpec(
        name: "class-weights",
        summary:
            "none: every row counts the same; balanced: every class does, so a rare one is found more often and its probability overstated; yes=3,no=1: as given",
        kind: .weights, defaultText: "none")
    /// What a weight may be.
    static let range = 0.000_001...1_000_000.0

    /// The weights of `yes=3,no=1` in the order of the text, none for `none` and `balanced`; nil for a text that does not read so.
    ///
    /// Names may hold anything but `=number,`.
    static func parse(_ text: String) -> [(name: String, weight: Double)]? {
        if text == "none" || text == "balanced" { return [] }
        var result: [(name: String, weight: Double)] = []
        var item = ""
        // A comma ends an item only behind a number.
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            item += piece
            guard let equals = item.lastIndex(of: "="), case let number = item[item.index(after: equals)...], !number.contains("x"),
                let weight = Double(number), range.contains(weight)
            else {
                item += ","
                continue
            }
            let name = String(item[..<equals])
            guard !name.isEmpty, !result.contains(where: { $0.name == name }) else { return nil }
            result.append((name, weight))
            item = ""
        }
        return item.isEmpty && !result.isEmpty ? result : nil
    }

    /// A weight by class index, 1 for classes that are not named; empty where every row counts once.
    ///
    /// Complexity: O(rows).
    ///
    /// - Throws: `.badSetting` for a class that there is not, with those that there are, and for numbers, which have none.
    static func weights(_ text: String, _ rows: LabelledRows) throws(LearningFailure) -> [Double] {
        if text == "balanced" { return balanced(rows) }
        let given = parse(text) ?? []
        guard !given.isEmpty else { return [] }
        let classes = rows.schema.target.classes
        guard rows.schema.target.task != .regression else {
            throw .badSetting(name: parameter.name, value: text, allowed: "none where a number is predicted")
        }
        var weights = classes.map { _ in 1.0 }
        for (name, weight) in given {
            guard let index = classes.firstIndex(of: name) else {
                let shown = classes.prefix(10).map { SafeText.escape($0) }.joined(separator: ", ") + (classes.count > 10 ? ", …" : "")
                throw .badSetting(
                    name: parameter.name, value: text,
                    allowed: "weights of classes that there are, \(shown): not of \(SafeText.escape(name))")
            }
            weights[index] = weight
        }
        return weights
    }

    /// The same with a mean of 1 over the rows, as `balanced` has it: for a loss whose size tells whether learning works.
    static func scaled(_ text: String, _ rows: LabelledRows) throws(LearningFailure) -> [Double] {
        let weights = try weights(text, rows)
        guard text != "balanced", !weights.isEmpty else { return weights }
        let mean = rows.targets.reduce(0) { $0 + weights[Int($1)] } / Double(max(1, rows.count))
        return weights.map { $0 / mean }
    }

    /// n / (k · nᵢ) by class index, as scikit-learn has it, k being the classes that occur; empty for numbers, which have none.
    private static func balanced(_ rows: LabelledRows) -> [Double] {
        guard rows.schema.target.task != .regression else { return [] }
        var counts = [Double](repeating: 0, count: rows.schema.target.classes.count)
        for target in rows.targets { counts[Int(target)] += 1 }
        let present = Double(counts.count { $0 > 0 })
        return counts.map { $0 > 0 ? Double(rows.count) / (present * $0) : 0 }
    }
}
