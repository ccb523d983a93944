import Foundation
public import Tabular

/// Made-up traffic whose law never changes, row by row from its seed: what is found in it is a false alarm.
public struct DriftStream: Sendable {
    /// How the rows of a column depend on each other.
    public enum Kind: String, CaseIterable, Sendable {
        /// Not at all.
        case independent
        /// First-order autoregression, correlated over so many rows.
        case ar10, ar100, ar1000
        /// Half of the variance is shared by the 50 rows of an hour.
        case hour
        /// Four fifths are shared by the hour, and hours are correlated over a day.
        case weather
        /// A daily and a weekly season, 200 rows an hour.
        case season
        /// Two levels one apart, each staying 500 rows on average.
        case regime
        /// Hours of 200 rows share an effect with Student's t of three degrees of freedom.
        case heavy
        /// One hour of 50 rows in forty is quite another population.
        case bursts
        /// The sum of correlations over 10 to 5,000 rows.
        case long
    }

    /// What goes wrong in one column.
    public enum Fault: String, CaseIterable, Sendable {
        case halfSigma = "+0.5 σ"
        case sigma = "+1 σ"
        case thousand = "×1000"
        case fifthMissing = "20 % missing"
        case allMissing = "all missing"
        case newTexts = "5 % new texts"
    }

    private static let cuts = [-1.6, -1.0, -0.5, 0, 0.4, 0.9, 1.5]
    private static let longLengths = [10.0, 50, 250, 1_000, 5_000]

    /// Columns: all numbers but the last, a text of eight.
    public let columns: Int
    private let kind: Kind
    private var random: SplitMix64
    private var spare: Double?
    private var row = 0
    /// What a column carries from row to row: one or five sums, or the level of its hour.
    private var states: [[Double]]

    /// A stream at its beginning.
    public init(_ kind: Kind, columns: Int, seed: UInt64) {
        self.kind = kind
        self.columns = columns
        random = SplitMix64(state: seed)
        states = []
        states = (0..<columns).map { _ in (0..<(kind == .long ? Self.longLengths.count : 1)).map { _ in normal() } }
        if kind == .regime { states = states.map { $0.map { $0 > 0 ? 1 : 0 } } }
    }

    private mutating func uniform() -> Double { Double(random.next() >> 11) / Double(1 << 53) }

    /// Standard normal, by Box and Muller's transform.
    private mutating func normal() -> Double {
        if let value = spare {
            spare = nil
            return value
        }
        let radius = (-2 * log(1 - uniform())).squareRoot()
        let angle = 2 * Double.pi * uniform()
        spare = radius * sin(angle)
        return radius * cos(angle)
    }

    /// The next row.
    public mutating func next(into values: inout [Double]) {
        for column in 0..<columns { values[column] = value(column) }
        let last = values[columns - 1]
        values[columns - 1] = Double(Self.cuts.firstIndex { last < $0 } ?? Self.cuts.count)
        row += 1
    }

    private mutating func value(_ column: Int) -> Double {
        switch kind {
        case .independent: return normal()
        case .ar10: return step(column, 0, length: 10)
        case .ar100: return step(column, 0, length: 100)
        case .ar1000: return step(column, 0, length: 1_000)
        case .hour:
            if row.isMultiple(of: 50) { states[column][0] = normal() }
            return 0.5.squareRoot() * (states[column][0] + normal())
        case .weather:
            if row.isMultiple(of: 50) { _ = step(column, 0, length: 24) }
            return 0.8.squareRoot() * states[column][0] + 0.2.squareRoot() * normal()
        case .season:
            let hours = Double(row) / 200
            let phase = 2 * Double.pi * Double(column) / Double(columns)
            let season = sin(2 * .pi * hours / 24 + phase) + 0.7 * sin(2 * .pi * hours / 168 + 2 * phase)
            return (season + normal()) / 1.745.squareRoot()
        case .regime:
            if uniform() < 1.0 / 500 { states[column][0] = 1 - states[column][0] }
            return states[column][0] + normal()
        case .heavy:
            if row.isMultiple(of: 200) { states[column][0] = student() }
            return 0.7 * states[column][0] + normal()
        case .bursts:
            if row.isMultiple(of: 50) { states[column][0] = uniform() < 1.0 / 40 ? 3 : 0 }
            return states[column][0] + normal()
        case .long:
            var sum = 0.0
            for (index, length) in Self.longLengths.enumerated() { sum += step(column, index, length: length) }
            return sum / Double(Self.longLengths.count).squareRoot()
        }
    }

    /// Goes on with a sum that is correlated over `length` steps, of variance 1.
    private mutating func step(_ column: Int, _ index: Int, length: Double) -> Double {
        let keep = exp(-1 / length)
        states[column][index] = keep * states[column][index] + (1 - keep * keep).squareRoot() * normal()
        return states[column][index]
    }

    /// Student's t of three degrees of freedom.
    private mutating func student() -> Double {
        let top = normal()
        let (a, b, c) = (normal(), normal(), normal())
        return top / ((a * a + b * b + c * c) / 3).squareRoot()
    }

    // MARK: Rows

    /// The layout of its rows.
    public var schema: Schema {
        Schema(
            features: (0..<columns).map { Feature(name: "c\($0)", kind: $0 == columns - 1 ? .categorical : .numeric) },
            target: Target(name: "y", task: .regression, classes: []))
    }

    /// The next rows, to learn from.
    public mutating func training(_ count: Int, shuffled seed: UInt64? = nil) -> LabelledRows {
        let categories = Categories()
        for text in 0..<8 { _ = categories["c\(columns - 1)"].intern("t\(text)") }
        // A text that the training never has.
        _ = categories["c\(columns - 1)"].intern("new")
        var features: [Double] = []
        features.reserveCapacity(count * columns)
        var values = [Double](repeating: 0, count: columns)
        for _ in 0..<count {
            next(into: &values)
            features += values
        }
        let rows = LabelledRows(
            schema: schema, categories: categories, features: features, targets: [Double](repeating: 0, count: count))
        guard let seed else { return rows }
        var generator = SplitMix64(state: seed)
        return rows.selecting(Array(0..<count).shuffled(using: &generator))
    }

    /// Puts a fault into a row; `index` counts the rows.
    func spoil(_ values: inout [Double], _ fault: Fault, _ index: Int) {
        switch fault {
        case .halfSigma: values[0] += 0.5
        case .sigma: values[0] += 1
        case .thousand: values[0] *= 1_000
        case .fifthMissing: if index.isMultiple(of: 5) { values[0] = .nan }
        case .allMissing: values[0] = .nan
        case .newTexts: if index.isMultiple(of: 20) { values[columns - 1] = 8 }
        }
    }
}
