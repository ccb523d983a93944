import Engine
import Foundation
import Learning
import Store
import Tabular

/// What anybody should know of a version before relying on it.
struct ModelCard {
    var deployment: String
    var version: VersionSummary
    var schema: Schema?
    /// Nil for a version of an earlier release.
    var report: VersionReport?
    /// On its held-out rows; nil when the data that it learnt from cannot be read here.
    var importance: GlobalImportance?
    /// Journal rows that name it, oldest first.
    var events: [JournalRow]

    /// The card as a document.
    func text() -> CardText {
        var card = CardText(title: "\(deployment) \(version.name)")
        card.sentence(
            "\(version.algorithm), made by \(version.createdBy) at \(TimeText.rfc3339(version.createdAt)); it is now \(version.state.rawValue)."
        )
        data(&card)
        quality(&card)
        decisions(&card)
        figures(&card)
        settings(&card)
        trials(&card)
        limits(&card)
        lineage(&card)
        return card
    }

    // MARK: Parts

    private func data(_ card: inout CardText) {
        card.heading("Data")
        card.sentence("Learnt from \(version.source): \(version.trainRows) rows for training, \(heldOut).")
        guard let schema else { return }
        let target = schema.target
        let classes = target.classes.isEmpty ? "" : " (\(target.classes.joined(separator: ", ")))"
        card.sentence("It predicts \(target.name)\(classes), \(target.task.rawValue).")
        if !schema.excluded.isEmpty { card.sentence("Left out on purpose: \(schema.excluded.joined(separator: ", ")).") }
        card.table(
            ["column", "kind"],
            schema.features.map { [$0.name, $0.kind.rawValue + ($0.optional ? ", may be absent" : "")] })
    }

    /// Whether the latest rows judge it: those of a schema with times, or those that an online learner answered first.
    private var isJudgedByLatest: Bool {
        version.split.map { $0.rule.kind == .time } ?? (schema?.timeColumn != nil || version.online != nil)
    }

    /// What the held-out rows are of its data.
    private var representedBy: String {
        if let rule = version.split?.rule {
            if rule.folds != nil { return "which are those of its data" }
            if rule.kind == .file { return "which came from a file of their own" }
            if rule.kind == .group { return "which are all those of some of its units" }
        }
        return isJudgedByLatest ? "which are the latest of its data" : "a random part of its data"
    }

    private var heldOut: String {
        if let rule = version.split?.rule, rule.isOrdered == true || rule.folds != nil {
            return "\(version.holdoutRows) judged: \(rule.words)"
        }
        if isJudgedByLatest { return "the latest \(version.holdoutRows) held out" }
        let shares = schema?.target.task == .regression ? "" : ", of each class the same share"
        let isByContent = version.split?.rule.kind == .stratified
        return "\(version.holdoutRows) held out \(isByContent ? "by their content" : "at random")\(shares)"
    }

    private func quality(_ card: inout CardText) {
        card.heading("Quality on held-out rows")
        card.table(
            ["figure", "value", "interval", "method", "rows", "baseline"],
            version.metrics.map { metric in
                let interval = Self.interval(metric)
                let baseline = report?.baseline.first { $0.name == metric.name }.map { FigureTexts.four($0.value) } ?? "-"
                return [metric.name, FigureTexts.four(metric.value), interval, metric.interval ?? "-", "\(metric.n)", baseline]
            })
        for gate in version.gates { card.sentence("Gate \(gate.name): \(gate.verdict): \(gate.detail)") }
        if let calibration = report?.calibration {
            card.heading("Calibration")
            card.sentence(
                "Method \(calibration.method); expected calibration error \(FigureTexts.four(calibration.errorAfter))"
                    + (calibration.method == "none" ? "." : ", \(FigureTexts.four(calibration.errorBefore)) without it."))
            card.table(
                ["predicted", "observed", "interval", "rows"],
                calibration.points.map {
                    [
                        FigureTexts.four($0.predicted), FigureTexts.four($0.observed),
                        "\(FigureTexts.four($0.lower)) to \(FigureTexts.four($0.upper))", "\($0.n)",
                    ]
                })
        }
        guard let slices = report?.slices, !slices.isEmpty else { return }
        card.heading("By slice")
        let names = slices.first?.metrics.map(\.name) ?? []
        card.table(
            ["column", "value", "rows"] + names,
            slices.map { slice in
                [slice.feature, slice.value, "\(slice.n)"]
                    + names.map { name in
                        slice.metrics.first { $0.name == name }.map { "\(FigureTexts.four($0.value)) (\(Self.interval($0)))" } ?? "-"
                    }
            })
    }

    private func figures(_ card: inout CardText) {
        card.heading("Importance")
        guard let importance else {
            card.table(["column", "share"], version.importance.map { [$0.feature, FigureTexts.four($0.value)] })
            return
        }
        card.sentence(
            "Mean size of contributions on \(importance.explainedRows) held-out rows (\(importance.method)), and by how much"
                + " \(importance.metric) gets worse when a column's values are shuffled (\(importance.permutedRows) rows, \(importance.repeats) times)."
        )
        card.table(
            ["column", "mean contribution", "loss when shuffled", "interval"],
            importance.entries.map {
                [
                    $0.feature, FigureTexts.four($0.meanAbsoluteContribution), FigureTexts.four($0.permutation),
                    "\(FigureTexts.four($0.permutationLower)) to \(FigureTexts.four($0.permutationUpper))",
                ]
            })
    }

    private func settings(_ card: inout CardText) {
        card.heading("Settings")
        card.table(
            ["setting", "value"],
            version.settings.sorted { $0.key < $1.key }.map { [$0.key, $0.value] } + [["seed", "\(version.seed)"]])
    }

    private func limits(_ card: inout CardText) {
        card.heading("Limits")
        card.sentence(
            "Its figures hold for rows like the held-out ones, \(representedBy);"
                + " drift on the live traffic says when they are not."
        )
        for note in version.notes { card.sentence(note) }
    }

    private func lineage(_ card: inout CardText) {
        card.heading("Lineage")
        var rows = [
            ["data (SHA-256)", version.dataHash], ["artefact (SHA-256)", version.artefactHash ?? "-"],
            ["training took", "\(FigureTexts.significant(version.fitSeconds)) s"],
        ]
        let stages = (version.stageSeconds ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key) \(FigureTexts.significant($0.value)) s" }
        if !stages.isEmpty { rows.append(["stages of its job", stages.joined(separator: ", ")]) }
        rows += version.libraries.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
        for interval in version.served {
            rows.append(["answered", "\(TimeText.rfc3339(interval.from)) to \(interval.until.map { TimeText.rfc3339($0) } ?? "now")"])
        }
        card.table(["what", "which"], rows)
        card.table(
            ["when", "who", "what", "why"],
            events.map { [TimeText.rfc3339($0.entry.time), $0.entry.actor, $0.entry.summary, $0.entry.reason ?? ""] })
    }

    private static func interval(_ metric: Metric) -> String {
        guard let lower = metric.lower, let upper = metric.upper else { return "-" }
        return "\(FigureTexts.four(lower)) to \(FigureTexts.four(upper))"
    }
}
