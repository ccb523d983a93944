import Foundation

/// L-BFGS: minimises a smooth function by its gradient and the last few steps; with an L1 penalty the orthant-wise one.
///
/// Liu and Nocedal 1989; Andrew and Gao 2007. With a penalty no step crosses zero: an entry that would ends there.
struct LimitedMemory {
    /// Steps that are remembered.
    private static let memory = 12
    /// Share of the promised decrease that a step must keep.
    private static let armijo = 1e-4

    let iterations: Int
    /// Largest entry of the gradient at which it stops.
    let tolerance: Double
    /// Strength of the L1 penalty on the first `penalised` entries.
    var l1 = 0.0
    var penalised = 0

    /// The minimum from `start`.
    ///
    /// `evaluate` gives the value and writes the gradient; `report` hears of each iteration.
    ///
    /// - Throws: `.diverged` when the value is no number, and what `evaluate` throws.
    func minimise(
        from start: [Double],
        evaluate: (_ point: [Double], _ gradient: inout [Double]) throws(LearningFailure) -> Double,
        report: (_ iteration: Int, _ value: Double, _ point: [Double]) throws(LearningFailure) -> Void
    ) throws(LearningFailure) -> [Double] {
        var point = start
        var gradient = [Double](repeating: 0, count: start.count)
        var value = try evaluate(point, &gradient)
        var history: [(step: [Double], change: [Double], curvature: Double)] = []
        var next = point
        var nextGradient = gradient
        value += penalty(point)
        for iteration in 1...iterations {
            guard value.isFinite, gradient.allSatisfy(\.isFinite) else { throw .diverged(iteration: iteration) }
            try report(iteration, value, point)
            let steepest = slopes(gradient, point)
            if (steepest.map { abs($0) }.max() ?? 0) < tolerance { break }
            let direction = descent(steepest, &history)
            // Without a memory of curvature the first step is as long as one, not as the gradient.
            var length = history.isEmpty ? min(1, 1 / max(1e-300, Self.dot(steepest, steepest).squareRoot())) : 1
            var nextValue = Double.infinity
            for _ in 0..<40 {
                var promised = 0.0
                for index in point.indices {
                    next[index] = bounded(point[index] + length * direction[index], from: point[index], slope: steepest[index], index)
                    promised += steepest[index] * (next[index] - point[index])
                }
                nextValue = try evaluate(next, &nextGradient) + penalty(next)
                if nextValue <= value + Self.armijo * promised { break }
                length /= 2
            }
            // No step is better: as near as rounding allows.
            guard nextValue < value else { break }
            remember(zip(next, point).map { $0 - $1 }, zip(nextGradient, gradient).map { $0 - $1 }, &history)
            let gain = value - nextValue
            swap(&point, &next)
            swap(&gradient, &nextGradient)
            value = nextValue
            if gain < 1e-15 * abs(value) { break }
        }
        return point
    }

    private func penalty(_ point: [Double]) -> Double { l1 == 0 ? 0 : l1 * point.prefix(penalised).reduce(0) { $0 + abs($1) } }

    /// The subgradient of least size.
    private func slopes(_ gradient: [Double], _ point: [Double]) -> [Double] {
        guard l1 > 0 else { return gradient }
        return gradient.indices.map { index in
            let slope = gradient[index]
            guard index < penalised else { return slope }
            if point[index] != 0 { return slope + (point[index] > 0 ? l1 : -l1) }
            return abs(slope) <= l1 ? 0 : slope - (slope > 0 ? l1 : -l1)
        }
    }

    /// Where to go: never up any entry's slope; straight down where the memory misleads.
    private func descent(_ steepest: [Double], _ history: inout [(step: [Double], change: [Double], curvature: Double)]) -> [Double] {
        var direction = Self.direction(steepest, history)
        if l1 > 0 { for index in direction.indices where direction[index] * steepest[index] >= 0 { direction[index] = 0 } }
        if !(Self.dot(direction, steepest) < 0) {
            history = []
            direction = steepest.map { -$0 }
        }
        return direction
    }

    /// An entry of the next point, on this side of zero.
    private func bounded(_ value: Double, from: Double, slope: Double, _ index: Int) -> Double {
        guard l1 > 0, index < penalised else { return value }
        let side = from != 0 ? from : -slope
        return value * side > 0 ? value : 0
    }

    private func remember(
        _ step: [Double], _ change: [Double], _ history: inout [(step: [Double], change: [Double], curvature: Double)]
    ) {
        let curvature = Self.dot(step, change)
        guard curvature > 1e-14 * Self.dot(change, change).squareRoot() * Self.dot(step, step).squareRoot() else { return }
        history.append((step, change, curvature))
        if history.count > Self.memory { history.removeFirst() }
    }

    /// The two loops over the remembered steps.
    private static func direction(_ gradient: [Double], _ history: [(step: [Double], change: [Double], curvature: Double)]) -> [Double] {
        var result = gradient.map { -$0 }
        var shares: [Double] = []
        for (step, change, curvature) in history.reversed() {
            let share = dot(step, result) / curvature
            for index in result.indices { result[index] -= share * change[index] }
            shares.append(share)
        }
        if let last = history.last {
            let scale = last.curvature / dot(last.change, last.change)
            for index in result.indices { result[index] *= scale }
        }
        for ((step, change, curvature), share) in zip(history, shares.reversed()) {
            let other = share - dot(change, result) / curvature
            for index in result.indices { result[index] += other * step[index] }
        }
        return result
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }
}
