import Tabular

/// What a model answers: scores in any case, and by request the class that each row is called.
enum ModelOutput: String {
    case score, label

    /// The output of that name.
    ///
    /// - Throws: `.request` for a name that no output has, and for the class of a number.
    init(_ name: String, _ index: Int, _ target: Target) throws(InferenceFailure) {
        let isClassified = target.task != .regression
        guard let output = ModelOutput(rawValue: name), output == .score || isClassified else {
            throw .request(
                "outputs[\(index)]: no such output \"\(InferenceFailure.short(name))\": the model's output is \"\(ModelOutput.score.rawValue)\""
                    + (isClassified ? ", with \"\(ModelOutput.label.rawValue)\" its class as well" : ""))
        }
        self = output
    }
}

extension Target {
    /// The place of the class that a row's scores call it.
    ///
    /// - Parameters:
    ///   - scores: those of the row.
    ///   - threshold: from which score on it is the positive one of two.
    @inline(__always)
    func called(_ scores: UnsafePointer<Double>, outputs: Int, threshold: Double) -> Int {
        guard task == .multiclass else { return scores[0] >= threshold ? 1 : 0 }
        var best = 0
        for index in 1..<max(1, outputs) where scores[index] > scores[best] { best = index }
        return best
    }
}
