package import Learning
import Monitoring
package import Tabular

/// All figures of some answers with their truths, in the order of the answers, with intervals that know how these depend on each other.
package struct QualityFigures {
    /// The primary one first.
    package let metrics: [Metric]
    /// The primary figure's standard error.
    package let primaryError: Double

    package init(_ rows: [JudgedRow], task: PredictionTask, classes: [String]) {
        let scores = rows.flatMap(\.scores)
        let targets = rows.map(\.target)
        let influences = Evaluation.influences(scores: scores, targets: targets, task: task).mapValues { DependentMean($0) }
        // Figures that are no mean of rows widen as the loss does.
        let loss = influences[task == .regression ? "rmse" : "logLoss"].flatMap(\.self)
        let widening = loss.map { $0.independentError > 0 ? max(1, $0.standardError / $0.independentError) : 1 } ?? 1
        var found = Evaluation.metrics(scores: scores, targets: targets, task: task, classes: classes)
        if task == .binary, let bias = influences["bias"].flatMap(\.self) {
            found.append(
                Metric(
                    name: "bias", value: bias.mean, lower: nil, upper: nil, n: rows.count, higherIsBetter: false, interval: nil))
        }
        let primary = Evaluation.primary(task)
        found = found.filter { $0.name == primary } + found.filter { $0.name != primary }
        var error = 0.0
        metrics = found.map { metric in
            var metric = metric
            if let own = influences[metric.name].flatMap(\.self) {
                metric.lower = metric.value - own.halfWidth
                metric.upper = metric.value + own.halfWidth
                metric.interval = "block bootstrap 95 %, blocks of \(own.block)"
                if metric.name == primary { error = own.standardError }
            } else if let lower = metric.lower, let upper = metric.upper {
                metric.lower = metric.value - widening * (metric.value - lower)
                metric.upper = metric.value + widening * (upper - metric.value)
                if widening > 1.005 {
                    metric.interval = metric.interval.map { "\($0), widened by \(Figures.short(widening)) for dependence" }
                }
                if metric.name == primary { error = widening * (upper - lower) / (2 * 1.959_963_984_540_054) }
            }
            return metric
        }
        primaryError = error
    }
}
