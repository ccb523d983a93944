/// Mean and spread of a stream of numbers.
package struct StreamMoments: Sendable {
    package private(set) var count = 0
    package private(set) var mean = 0.0
    private var squares = 0.0

    package init() {}

    /// Adds a batch, whose own moments are taken in two passes (Chan, Golub and LeVeque 1979 put them together).
    package mutating func add(_ sum: Double, count added: Int, squaresAround mean: (Double) -> Double) {
        guard added > 0 else { return }
        let other = sum / Double(added)
        let difference = other - self.mean
        let (n, m) = (Double(count), Double(added))
        squares += mean(other) + difference * difference * n * m / (n + m)
        self.mean += difference * m / (n + m)
        count += added
    }

    /// The standard deviation with divisor n; nil without numbers.
    package var deviation: Double? { count > 0 ? (squares / Double(count)).squareRoot() : nil }
}
