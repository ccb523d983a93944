import Monitoring
import Tabular

/// What `drift --reference A --current B --json` prints.
struct FileComparisonDocument: Encodable {
    struct Repeats: Encodable {
        var reference: Double
        var current: Double
        /// Whether every row was looked at; else a sample of them.
        var exact: Bool
        var verdict: String
    }

    var reference: String
    var current: String
    var rowsReference: Int
    var rowsCurrent: Int
    var alpha: Double
    var effect: Double
    var verdict: String
    var schema: [SchemaMismatch]
    /// Shares of rows that repeat an earlier one.
    var repeatedRows: Repeats
    var columns: [ComparedColumnDocument]

    init(_ comparison: FileComparison) {
        reference = comparison.reference
        current = comparison.current
        rowsReference = comparison.rows.reference
        rowsCurrent = comparison.rows.current
        alpha = comparison.rules.alpha
        effect = comparison.rules.effect
        verdict = comparison.state.rawValue
        schema = comparison.mismatches
        repeatedRows = Repeats(
            reference: comparison.repeats.shares.reference, current: comparison.repeats.shares.current, exact: comparison.repeats.isExact,
            verdict: comparison.repeats.state.rawValue)
        columns = comparison.columns.map { ComparedColumnDocument(column: $0) }
    }
}

/// One column of it: figures that it has none of are null.
struct ComparedColumnDocument: Encodable {
    var column: ColumnComparison

    private enum Key: String, CodingKey {
        case name, kind, verdict, words, judged, psi, excess, threshold, pValue, degreesOfFreedom
        case jensenShannon, kolmogorovSmirnov, kolmogorovSmirnovError, wassersteinNormed
        case chiSquared, chiSquaredPValue, cramersV, largestDifference
        case missingReference, missingCurrent, missingVerdict, newCurrent, newVerdict, unseenCurrent, outOfRangeCurrent
        case misfitsCurrent, firstMisfit, longestRun, histogram
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(column.name, forKey: .name)
        try container.encode(column.kind.rawValue, forKey: .kind)
        try container.encode(column.notJudged == nil ? column.state.rawValue : "not judged", forKey: .verdict)
        try container.encode(column.words, forKey: .words)
        try container.encode(column.notJudged == nil, forKey: .judged)
        try container.encode(column.shape.psi, forKey: .psi)
        try container.encode(column.shape.excess, forKey: .excess)
        try container.encode(column.shape.threshold, forKey: .threshold)
        try container.encode(column.shape.pValue, forKey: .pValue)
        try container.encode(column.shape.degreesOfFreedom, forKey: .degreesOfFreedom)
        try encodeDistances(&container)
        try encodeCells(&container)
        try container.encode(column.runs, forKey: .longestRun)
        try container.encode(column.histogram, forKey: .histogram)
    }

    private func encodeDistances(_ container: inout KeyedEncodingContainer<Key>) throws {
        let figures = column.figures
        try container.encode(figures.jensenShannon, forKey: .jensenShannon)
        try container.encode(figures.kolmogorovSmirnov, forKey: .kolmogorovSmirnov)
        try container.encode(figures.kolmogorovSmirnovError, forKey: .kolmogorovSmirnovError)
        try container.encode(figures.wassersteinNormed, forKey: .wassersteinNormed)
        try container.encode(figures.chiSquared, forKey: .chiSquared)
        try container.encode(figures.chiSquaredPValue, forKey: .chiSquaredPValue)
        try container.encode(figures.cramersV, forKey: .cramersV)
        try container.encode(figures.largestDifference, forKey: .largestDifference)
    }

    private func encodeCells(_ container: inout KeyedEncodingContainer<Key>) throws {
        let cells = column.cells
        try container.encode(cells.missing.reference, forKey: .missingReference)
        try container.encode(cells.missing.current, forKey: .missingCurrent)
        try container.encode(column.missingState.rawValue, forKey: .missingVerdict)
        try container.encode(cells.new, forKey: .newCurrent)
        try container.encode(column.newState.rawValue, forKey: .newVerdict)
        try container.encode(cells.unseen, forKey: .unseenCurrent)
        try container.encode(cells.outOfRange, forKey: .outOfRangeCurrent)
        try container.encode(cells.misfits, forKey: .misfitsCurrent)
        try container.encode(cells.firstMisfit, forKey: .firstMisfit)
    }
}
