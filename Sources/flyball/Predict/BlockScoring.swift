import Learning
import Tabular

/// One thread's share of batch scoring: a block of records in, the same with their scores out.
///
/// A copy shares the block, and so belongs to one thread with what it was copied from.
struct BlockScoring {
    /// Rows scored in one go: their values stay in the nearer caches.
    private static let batchRows = 256

    let block: CSVBlock
    /// What `score` made: lines of CSV, and their number.
    private(set) var text: [UInt8] = []
    private(set) var rows = 0

    private let target: Target
    private let width: Int
    private let labels: [[UInt8]]
    /// From which score on a row is called positive, of two classes.
    private let threshold: Double
    private let predictor: any Predictor
    private let interval: PredictionInterval?
    private let explainer: ModelExplainer?
    private var cells: RowCells
    /// The batch's records as they come out, and where each ends.
    private var records: [UInt8] = []
    private var ends: [Int] = []
    private var values: [Double] = []
    private var scores: [Double]

    init(
        of blocks: CSVBlocks, cells: RowCells, schema: Schema, predictor: any Predictor, interval: PredictionInterval?,
        explainer: ModelExplainer?, threshold: Double
    ) {
        self.threshold = threshold
        self.interval = interval
        block = CSVBlock(of: blocks)
        self.cells = cells
        self.predictor = predictor
        self.explainer = explainer
        target = schema.target
        width = schema.width
        labels = schema.target.classes.map(CSVText.bytes)
        scores = [Double](repeating: 0, count: Self.batchRows * predictor.outputs)
    }

    /// Answers the block's records up to its end, or to the first record or cell that is no good, and throws what is wrong with that one.
    ///
    /// Complexity: O(bytes + rows · predictor).
    mutating func score() throws {
        text.removeAll(keepingCapacity: true)
        rows = 0
        while true {
            let read = Result { try readBatch() }
            try answerBatch()
            guard try read.get() else { return }
        }
    }

    /// Reads the next rows; false at the end of the block.
    private mutating func readBatch() throws -> Bool {
        records.removeAll(keepingCapacity: true)
        ends.removeAll(keepingCapacity: true)
        values.removeAll(keepingCapacity: true)
        while ends.count < Self.batchRows {
            guard try block.next() else { return false }
            try cells.append(block, to: &values)
            block.append(to: &records)
            ends.append(records.count)
        }
        return true
    }

    private mutating func answerBatch() throws {
        guard !ends.isEmpty else { return }
        scores.withUnsafeMutableBufferPointer { scores in
            values.withUnsafeBufferPointer { values in
                guard let scores = scores.baseAddress, let values = values.baseAddress else { return }
                predictor.predict(rows: values, count: ends.count, into: scores)
            }
        }
        var start = 0
        for (row, end) in ends.enumerated() {
            let reasons = try explainer?.explain(Array(values[(row * width)..<((row + 1) * width)])).outputs
            text.append(contentsOf: records[start..<end])
            start = end
            text.append(0x2C)
            let answered = appendAnswer(first: row * predictor.outputs)
            if let reasons, reasons.indices.contains(answered) { append(reasons[answered].base, reasons[answered].contributions) }
            text.append(0x0A)
            rows += 1
        }
    }

    /// `score`, for numbers with intervals `lower` and `upper`, and for classes `label`: the probability of the positive class, or of the likeliest one and then of each.
    ///
    /// Returns the output that the answer is about.
    private mutating func appendAnswer(first: Int) -> Int {
        guard predictor.outputs > 0 else { return 0 }
        switch target.task {
        case .regression:
            CSVText.append(scores[first], to: &text)
            guard let bounds = interval?.bounds(scores[first]) else { return 0 }
            for bound in [bounds.lower, bounds.upper] {
                text.append(0x2C)
                CSVText.append(bound, to: &text)
            }
        case .binary:
            CSVText.append(scores[first], to: &text)
            text.append(0x2C)
            if labels.count == 2 { text.append(contentsOf: labels[scores[first] >= threshold ? 1 : 0]) }
        case .multiclass:
            var best = first
            for index in (first + 1)..<(first + predictor.outputs) where scores[best] < scores[index] { best = index }
            CSVText.append(scores[best], to: &text)
            text.append(0x2C)
            if best - first < labels.count { text.append(contentsOf: labels[best - first]) }
            for index in first..<(first + predictor.outputs) {
                text.append(0x2C)
                CSVText.append(scores[index], to: &text)
            }
            return best - first
        }
        return 0
    }

    /// The raw score's base, then what each feature adds.
    private mutating func append(_ base: Double, _ contributions: [Double]) {
        for part in [base] + contributions {
            text.append(0x2C)
            CSVText.append(part, to: &text)
        }
    }
}
