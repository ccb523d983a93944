/// A point of a curve, both 0…1.
public struct CurvePoint: Codable, Sendable, Equatable {
    /// Along.
    public var x: Double
    /// Up.
    public var y: Double

    /// Makes a point.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

extension DecisionTable {
    /// Points of a curve at most.
    public static let curvePoints = 100

    /// Recall (up) by the share of false alarms (along), from neither to both: the curve whose area is the AUC.
    ///
    /// At most 100 points. Complexity: O(steps).
    public var roc: [CurvePoint] {
        let points = steps.map { CurvePoint(x: 1 - ($0.confusion.specificity ?? 0), y: $0.confusion.recall ?? 0) }
        return Self.thinned([CurvePoint(x: 0, y: 0)] + points)
    }

    /// Precision (up) by recall (along), from the largest score down to the share of positive rows.
    ///
    /// At most 100 points. Complexity: O(steps).
    public var precisionRecall: [CurvePoint] {
        Self.thinned(steps.map { CurvePoint(x: $0.confusion.recall ?? 0, y: $0.confusion.precision ?? 0) })
    }

    /// The share of the positive rows (up) among so large a share of all rows (along), the best scores first.
    public var gainCurve: [CurvePoint] {
        let all = Double(max(1, rows))
        return [CurvePoint(x: 0, y: 0)]
            + gains.map { CurvePoint(x: Double($0.rows) / all, y: $0.hits / Double(max(1, positives))) }
    }

    /// How many times more positive rows than among as many drawn at random.
    public func lift(_ gain: Gain) -> Double { gain.rows > 0 ? gain.hits / Double(gain.rows) / prevalence : 0 }

    /// Steps spread over the table, by how many rows they call: for whoever reads it.
    ///
    /// - Parameter most: at least 2.
    public func spread(_ most: Int) -> [Step] { Self.thinned(steps, most: most) }

    /// Evenly chosen, both ends among them.
    private static func thinned<Value>(_ values: [Value], most: Int = curvePoints) -> [Value] {
        guard values.count > most, most > 1 else { return values }
        return (0..<most).map { values[$0 * (values.count - 1) / (most - 1)] }
    }
}
