/// The gradients of the training rows for one tree, as the packed words that histograms add.
final class GradientStage {
    private static let leastRows = 4_096

    let words: Buffer<Int64>
    let packing: GradientPacking
    /// What one level of a gradient and of a curvature stands for.
    private(set) var gradientUnit = 0.0
    private(set) var hessianUnit = 1.0
    private let team: WorkerTeam

    init(rows: Int, isUnit: Bool, isWeighted: Bool, team: WorkerTeam) {
        words = Buffer(repeating: 0, count: rows)
        packing = GradientPacking(rows: rows, isUnit: isUnit, isWeighted: isWeighted)
        self.team = team
    }

    /// Bits that look random for each number (half of SplitMix64's mixing, which is enough to round by).
    @inline(__always)
    private static func random(_ numbers: SIMD2<UInt64>, _ salt: UInt64) -> SIMD2<UInt64> {
        let seeds = numbers &* 0x9E37_79B9_7F4A_7C15 &+ salt
        let mixed = (seeds ^ (seeds &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        return mixed ^ (mixed &>> 31)
    }

    /// Packs the derivatives of each row; `salt` differs from tree to tree.
    ///
    /// `gradient` and `hessian` are what no row's exceeds, both finite. Complexity: O(rows).
    func pack<Derivatives: RowDerivatives>(_ derivatives: Derivatives, gradient: Double, hessian: Double, salt: UInt64) {
        gradientUnit = gradient / packing.gradientLevels
        hessianUnit = packing.isUnit ? 1 : hessian / packing.hessianLevels
        // What is too small to divide by counts as nothing.
        let gradientScale = gradient > 1e-290 ? packing.gradientLevels / gradient : 0
        let hessianScale = hessian > 1e-290 ? packing.hessianLevels / hessian : 0
        let (words, packing) = (words, packing)
        team.divide(0..<words.count, least: Self.leastRows) { _, part in
            for first in stride(from: part.lowerBound, to: part.upperBound, by: 2) {
                let rows = RowPair(first: first, second: min(first &+ 1, part.upperBound &- 1))
                let (gradients, hessians) = derivatives.at(rows)
                let numbers = SIMD2(UInt64(truncatingIfNeeded: rows.first), UInt64(truncatingIfNeeded: rows.second))
                let pair = packing.words(
                    gradients: gradients * gradientScale, hessians: hessians * hessianScale, random: Self.random(numbers, salt))
                words.base[rows.first] = Int64(bitPattern: pair.x)
                words.base[rows.second] = Int64(bitPattern: pair.y)
            }
        }
    }
}
