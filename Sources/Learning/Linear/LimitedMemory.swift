import Foundation

/// L-BFGS (Liu and Nocedal 1989): minimises a smooth function by its gradient and the last few steps.
struct LimitedMemory {
    /// Steps that are remembered.
    private static let memory = 12
    /// Share of the promised decrease that a step must keep.
    private static let armijo = 1e-4

    let iterations: Int
    /// Largest entry of the gradient at which it stops.
    let tolerance: Double

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
        for iteration in 1...iterations {
            guard value.isFinite, gradient.allSatisfy(\.isFinite) else { throw .diverged(iteration: iteration) }
            try report(iteration, value, point)
            if (gradient.map { abs($0) }.max() ?? 0) < tolerance { break }
            var direction = Self.direction(gradient, history)
            var slope = Self.dot(direction, gradient)
            if !(slope < 0) {
                history = []
                direction = gradient.map { -$0 }
                slope = Self.dot(direction, gradient)
            }
            // Without a memory of curvature the first step is as long as one, not as the gradient.
            var length = history.isEmpty ? min(1, 1 / max(1e-300, Self.dot(gradient, gradient).squareRoot())) : 1
            var nextValue = Double.infinity
            for _ in 0..<40 {
                for index in point.indices { next[index] = point[index] + length * direction[index] }
                nextValue = try evaluate(next, &nextGradient)
                if nextValue <= value + Self.armijo * length * slope { break }
                length /= 2
            }
            // No step is better: as near as rounding allows.
            guard nextValue < value else { break }
            let step = zip(next, point).map { $0 - $1 }
            let change = zip(nextGradient, gradient).map { $0 - $1 }
            let curvature = Self.dot(step, change)
            if curvature > 1e-14 * Self.dot(change, change).squareRoot() * Self.dot(step, step).squareRoot() {
                history.append((step, change, curvature))
                if history.count > Self.memory { history.removeFirst() }
            }
            let gain = value - nextValue
            swap(&point, &next)
            swap(&gradient, &nextGradient)
            value = nextValue
            if gain < 1e-15 * abs(value) { break }
        }
        return point
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
