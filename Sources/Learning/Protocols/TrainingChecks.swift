public import Tabular

extension Training {
    /// Refuses what cannot learn the task, beside an algorithm or a setting that is not known or out of range, before anything is read.
    public static func check(_ request: TrainingRequest, task: PredictionTask) throws(LearningFailure) {
        try check(request)
        try AlgorithmRegistry.check(AlgorithmRegistry.named(request.algorithm), task: task)
        try check(calibration: request.settings[Calibration.parameter.name] ?? "none", task: task)
        try check(interval: request.settings[PredictionInterval.parameter.name] ?? "0", task: task)
    }

    /// Only numbers have intervals.
    static func check(interval level: String, task: PredictionTask) throws(LearningFailure) {
        guard task == .regression || Double(level) == 0 else {
            throw .badSetting(name: PredictionInterval.parameter.name, value: level, allowed: "0 where classes are predicted")
        }
    }

    /// Only probabilities can be corrected.
    static func check(calibration method: String, task: PredictionTask) throws(LearningFailure) {
        guard method == "none" || task != .regression else {
            throw .badSetting(name: Calibration.parameter.name, value: method, allowed: "none where a number is predicted")
        }
    }
}
