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

    /// Bits that look random for each number (the first half of SplitMix64's mixing and a closing fold are enough to round by).
    @inline(__always)
    private static func random(_ number: UInt64) -> UInt64 {
        let mixed = (number ^ (number &>> 30)) &* 0xBF58_476D_1CE4_E5B9
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
            for row in part {
                let (gradient, hessian) = derivatives.at(row)
                let random = Self.random(salt &+ UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15)
                words.base[row] = packing.word(gradient: gradient * gradientScale, hessian: hessian * hessianScale, random: random)
            }
        }
    }
}
