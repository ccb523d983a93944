import Engine
import Learning

/// What `threshold --json` prints.
struct ThresholdDocument: Encodable {
    /// A threshold with what it makes of the held-out rows.
    struct Entry: Encodable {
        var threshold: Double
        var basis: String?
        var truePositives: Int
        var falsePositives: Int
        var falseNegatives: Int
        var trueNegatives: Int
        var rate: Double
        var precision: Double?
        var recall: Double?
        var specificity: Double?
        var f1: Double?
        var mcc: Double

        init(_ threshold: Double, _ counts: DecisionCounts, basis: ThresholdBasis? = nil) {
            self.threshold = threshold
            self.basis = basis?.words
            truePositives = counts.truePositives
            falsePositives = counts.falsePositives
            falseNegatives = counts.falseNegatives
            trueNegatives = counts.trueNegatives
            (rate, precision, recall, specificity) = (counts.rate, counts.precision, counts.recall, counts.specificity)
            (f1, mcc) = (counts.f1, counts.mcc)
        }
    }

    /// The best rows down to a tenth, two tenths, … of all.
    struct Gain: Encodable {
        var rows: Int
        var threshold: Double
        var positives: Double
        var lift: Double
    }

    var deployment: String
    var version: String
    var heldOutRows: Int
    var positives: Int
    /// Whether every score is a step: else thresholds are told within 0.4 % of the rows.
    var isExact: Bool
    var now: Entry
    /// What is asked for.
    var then: Entry?
    var steps: [Entry]
    var precisionRecall: [CurvePoint]
    var roc: [CurvePoint]
    var gains: [Gain]
    /// Of the change; nil where nothing was changed.
    var receipt: ReceiptDocument?

    init(deployment: String, _ summary: VersionSummary, _ table: DecisionTable, wanted: DecisionThreshold?) {
        self.deployment = deployment
        version = summary.name
        (heldOutRows, positives, isExact) = (table.rows, table.positives, table.isExact)
        let present = summary.threshold ?? DecisionThreshold(DecisionThreshold.standard, .standard)
        now = Entry(present.value, table.confusion(at: present.value), basis: present.basis)
        then = wanted.map { Entry($0.value, table.confusion(at: $0.value), basis: $0.basis) }
        steps = table.spread(DecisionTable.curvePoints).map { Entry($0.threshold, $0.confusion) }
        (precisionRecall, roc) = (table.precisionRecall, table.roc)
        gains = table.gains.map { Gain(rows: $0.rows, threshold: $0.threshold, positives: $0.hits, lift: table.lift($0)) }
    }
}
