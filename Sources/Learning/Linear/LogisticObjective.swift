import COpenBLAS
import Tabular

/// The penalised logistic loss of sparse rows with its gradient and Hessian.
///
/// Σ wᵢ log(1 + e^(−yᵢ sᵢ)) + ½ λ ‖v‖², s = v·x + b; the last of `size` entries is the intercept b, which is not penalised. Where rows fill
/// few of their columns the Hessian's entries are added one by one, else blocks of rows go through `dsyrk`.
final class LogisticObjective {
    let size: Int
    private let terms: LogisticTerms
    private let penalty: Double
    private let team: WorkerTeam
    private let blocks: RowBlocks
    private let sums: [Buffer<Double>]
    /// Upper triangle by rows, `[size, size]`.
    private(set) var hessian: [Double]
    private(set) var gradient: [Double]

    /// `weightByClass` and `weightByRow` are empty where every row counts once.
    init(
        _ rows: SparseRows, targets: [Double], weightByClass: [Double], weightByRow: [Double], penalty: Double, team: WorkerTeam
    ) {
        let terms = LogisticTerms(rows, targets: targets, weightByClass: weightByClass, weightByRow: weightByRow)
        let blocks = RowBlocks(entries: terms.size * terms.size)
        self.terms = terms
        self.blocks = blocks
        self.penalty = penalty
        self.team = team
        size = terms.size
        sums = (0..<blocks.sums).map { _ in Buffer(repeating: 0, count: terms.entries) }
        hessian = [Double](repeating: 0, count: size * size)
        gradient = [Double](repeating: 0, count: size)
    }

    /// The loss; leaves gradient and Hessian behind.
    ///
    /// Complexity: O(rows · fill²), or O(rows · columns²) in BLAS.
    func evaluate(_ weights: [Double], hooks: TrainingHooks) throws(LearningFailure) -> Double {
        for sum in sums { sum.base.update(repeating: 0, count: size * size + size + 1) }
        try blocks.forEach(rows: terms.rows.count, team: team, hooks: hooks) { [terms, sums] index, range in
            weights.withUnsafeBufferPointer { terms.add(range, $0, to: sums[index].base) }
        }
        return gather(weights)
    }

    private func gather(_ weights: [Double]) -> Double {
        let squares = size * size
        var loss = 0.0
        for index in 0..<squares { hessian[index] = 0 }
        for index in 0..<size {
            gradient[index] = index < size - 1 ? penalty * weights[index] : 0
            if index < size - 1 { loss += 0.5 * penalty * weights[index] * weights[index] }
        }
        for sum in sums {
            for index in 0..<squares { hessian[index] += sum.base[index] }
            for index in 0..<size { gradient[index] += sum.base[squares + index] }
            loss += sum.base[squares + size]
        }
        for index in 0..<(size - 1) { hessian[index * size + index] += penalty }
        return loss
    }
}

/// What each row adds to the loss and its derivatives.
struct LogisticTerms: Sendable {
    private static let denseRows = 512
    /// How many times dearer an entry is that is added by itself than one within `dsyrk`, about.
    private static let scatterCost = 6.0

    let rows: SparseRows
    /// Columns and the intercept.
    let size: Int
    /// Numbers of a sum: Hessian, gradient, loss, and room for a dense block.
    let entries: Int
    private let targets: [Double]
    private let weightByClass: [Double]
    private let weightByRow: [Double]
    private let isDense: Bool

    init(_ rows: SparseRows, targets: [Double], weightByClass: [Double], weightByRow: [Double]) {
        self.rows = rows
        self.weightByRow = weightByRow
        self.targets = targets
        self.weightByClass = weightByClass.isEmpty ? [1, 1] : weightByClass
        size = rows.width + 1
        let fill = rows.fill + 1
        isDense = fill * fill * Self.scatterCost > Double(size * size)
        entries = size * size + size + 1 + (isDense ? Self.denseRows * size : 0)
    }

    private struct Sums {
        var hessian, gradient, loss, dense: UnsafeMutablePointer<Double>
    }

    func add(_ range: Range<Int>, _ weights: UnsafeBufferPointer<Double>, to base: UnsafeMutablePointer<Double>) {
        let gradient = base + size * size
        let sum = Sums(hessian: base, gradient: gradient, loss: gradient + size, dense: gradient + size + 1)
        if isDense { addDense(range, weights, sum) } else { addSparse(range, weights, sum) }
    }

    /// A row's part of the loss and its two derivatives by the score.
    @inline(__always)
    private func derivatives(_ score: Double, _ row: Int) -> (loss: Double, first: Double, second: Double) {
        let target = targets[row]
        var weight = weightByClass[target > 0.5 ? 1 : 0]
        if !weightByRow.isEmpty { weight *= weightByRow[row] }
        let p = Sigmoid.value(score)
        return (weight * Sigmoid.loss(score, target: target), weight * (p - target), weight * max(p * (1 - p), 1e-12))
    }

    private func addSparse(_ range: Range<Int>, _ weights: UnsafeBufferPointer<Double>, _ sum: Sums) {
        let size = size
        let last = size - 1
        rows.columns.withUnsafeBufferPointer { columns in
            rows.values.withUnsafeBufferPointer { values in
                for row in range {
                    let begin = rows.starts[row]
                    let end = rows.starts[row + 1]
                    var score = weights[last]
                    for index in begin..<end { score += weights[Int(columns[index])] * values[index] }
                    let (loss, first, second) = derivatives(score, row)
                    sum.loss.pointee += loss
                    sum.gradient[last] += first
                    sum.hessian[last * size + last] += second
                    for index in begin..<end {
                        let column = Int(columns[index])
                        sum.gradient[column] += first * values[index]
                        let line = sum.hessian + column * size
                        let scaled = second * values[index]
                        for other in index..<end { line[Int(columns[other])] += scaled * values[other] }
                        line[last] += scaled
                    }
                }
            }
        }
    }

    /// Each row is written √second times its columns, so that the Hessian is one symmetric product.
    private func addDense(_ range: Range<Int>, _ weights: UnsafeBufferPointer<Double>, _ sum: Sums) {
        let size = size
        let last = size - 1
        rows.columns.withUnsafeBufferPointer { columns in
            rows.values.withUnsafeBufferPointer { values in
                for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.denseRows) {
                    let count = min(Self.denseRows, range.upperBound - start)
                    sum.dense.update(repeating: 0, count: count * size)
                    for row in start..<(start + count) {
                        let entries = rows.starts[row]..<rows.starts[row + 1]
                        var score = weights[last]
                        for index in entries { score += weights[Int(columns[index])] * values[index] }
                        let (loss, first, second) = derivatives(score, row)
                        let root = second.squareRoot()
                        let line = sum.dense + (row - start) * size
                        for index in entries {
                            line[Int(columns[index])] = root * values[index]
                            sum.gradient[Int(columns[index])] += first * values[index]
                        }
                        line[last] = root
                        sum.gradient[last] += first
                        sum.loss.pointee += loss
                    }
                    cblas_dsyrk(
                        CblasRowMajor, CblasUpper, CblasTrans, Int32(size), Int32(count), 1, sum.dense, Int32(size), 1, sum.hessian,
                        Int32(size))
                }
            }
        }
    }
}
