import Tabular

/// The gradients of the training rows for one tree, and the packed words that histograms add.
final class GradientStage {
    private static let leastRows = 4_096

    let gradients: Buffer<Double>
    /// One a row; empty where each curvature is 1.
    let hessians: Buffer<Double>
    let words: Buffer<Int64>
    let packing: GradientPacking
    /// What one level of a gradient and of a curvature stands for.
    private(set) var gradientUnit = 0.0
    private(set) var hessianUnit = 1.0
    private let team: WorkerTeam
    private let maxima: Buffer<SIMD2<Double>>

    init(rows: Int, isUnit: Bool, team: WorkerTeam) {
        gradients = Buffer(repeating: 0, count: rows)
        hessians = Buffer(repeating: 0, count: isUnit ? 0 : rows)
        words = Buffer(repeating: 0, count: rows)
        packing = GradientPacking(rows: rows, isUnit: isUnit)
        maxima = Buffer(repeating: .zero, count: team.count)
        self.team = team
    }

    /// Takes the derivatives of each row and packs them; `salt` differs from tree to tree.
    ///
    /// False when one of them is no number.
    func prepare(salt: UInt64, _ derivatives: @escaping @Sendable (_ row: Int) -> (gradient: Double, hessian: Double)) -> Bool {
        let (gradients, hessians, maxima, isUnit) = (gradients, hessians, maxima, packing.isUnit)
        maxima.base.update(repeating: .zero, count: maxima.count)
        team.divide(0..<gradients.count, least: Self.leastRows) { thread, part in
            var most = SIMD2<Double>.zero
            var isFinite = true
            for row in part {
                let (gradient, hessian) = derivatives(row)
                gradients.base[row] = gradient
                if !isUnit { hessians.base[row] = hessian }
                isFinite = isFinite && gradient.isFinite && hessian.isFinite
                most.x = max(most.x, abs(gradient))
                most.y = max(most.y, hessian)
            }
            maxima.base[thread] = isFinite ? most : SIMD2(.infinity, .infinity)
        }
        var most = SIMD2<Double>.zero
        for thread in 0..<maxima.count { most = pointwiseMax(most, maxima.base[thread]) }
        guard most.x.isFinite, most.y.isFinite else { return false }
        pack(salt: salt, most)
        return true
    }

    private func pack(salt: UInt64, _ most: SIMD2<Double>) {
        let (gradients, hessians, words, packing) = (gradients, hessians, words, packing)
        gradientUnit = most.x / packing.gradientLevels
        hessianUnit = packing.isUnit ? 1 : most.y / packing.hessianLevels
        // What is too small to divide by counts as nothing.
        let gradientScale = most.x > 1e-290 ? packing.gradientLevels / most.x : 0
        let hessianScale = most.y > 1e-290 ? packing.hessianLevels / most.y : 0
        team.divide(0..<gradients.count, least: Self.leastRows) { _, part in
            for row in part {
                let random = SplitMix64.mixed(salt &+ UInt64(truncatingIfNeeded: row) &* 0x9E37_79B9_7F4A_7C15)
                words.base[row] = packing.word(
                    gradient: gradients.base[row] * gradientScale, hessian: packing.isUnit ? 0 : hessians.base[row] * hessianScale,
                    random: random)
            }
        }
    }
}
