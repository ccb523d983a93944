import Foundation
import Monitoring
import Tabular

/// A table made of columns, for references and windows.
struct Columns {
    var features: [Feature] = []
    var columns: [[Double]] = []
    let categories = Categories()

    mutating func add(_ name: String, _ values: [Double], kind: FeatureKind = .numeric) {
        features.append(Feature(name: name, kind: kind))
        columns.append(values)
    }

    /// Texts become codes; an empty one is missing.
    mutating func add(_ name: String, texts: [String]) {
        add(name, texts.map { $0.isEmpty ? .nan : Double(categories[name].intern($0)) }, kind: .categorical)
    }

    var count: Int { columns.first?.count ?? 0 }

    func rows(_ order: [Int]? = nil) -> [[Double]] { (order ?? Array(0..<count)).map { row in columns.map { $0[row] } } }

    var reference: ReferenceProfile {
        let schema = Schema(features: features, target: Target(name: "y", task: .regression, classes: []))
        let rows = LabelledRows(
            schema: schema, categories: categories, features: rows().flatMap { $0 }, targets: [Double](repeating: 0, count: count))
        return ReferenceProfile.build(rows: rows, scores: [])
    }

    /// The reference with its table of stretches.
    func learnt(windowRows: Int = 1_000, times: [Int64] = [], zone: String = "UTC") -> ReferenceProfile {
        var schema = Schema(features: features, target: Target(name: "y", task: .regression, classes: []))
        var table = columns
        if !times.isEmpty {
            schema.features.append(Feature(name: "time", kind: .time, optional: true))
            schema.timeColumn = "time"
            schema.zone = zone
            table.append(times.map { Double($0) })
        }
        let values = (0..<count).flatMap { row in table.map { $0[row] } }
        let rows = LabelledRows(
            schema: schema, categories: categories, features: values, targets: [Double](repeating: 0, count: count), times: times)
        var profile = ReferenceProfile.build(rows: rows, scores: [])
        profile.stretches = StretchTable.learn(rows, profile: profile, windowRows: windowRows)
        return profile
    }

    /// A reference of one numeric column.
    static func reference(_ values: [Double], kind: FeatureKind = .numeric) -> ReferenceProfile {
        var columns = Columns()
        columns.add("x", values, kind: kind)
        return columns.reference
    }
}

extension WindowCounts {
    /// A window of those rows.
    init(_ profile: BoundProfile, rows: [[Double]], start: Int64 = 0) {
        self.init(profile, start: start)
        for row in rows { add(row) }
    }

    mutating func add(_ row: [Double], score: Double = 0) {
        row.withUnsafeBufferPointer { if let base = $0.baseAddress { add(base, score: score) } }
    }
}

/// Random numbers that repeat from their seed.
struct Random {
    private var bits: SplitMix64

    init(_ seed: UInt64) { bits = SplitMix64(state: seed) }

    /// In [0, 1).
    mutating func uniform() -> Double { Double(bits.next() >> 11) / Double(1 << 53) }

    /// Standard normal, by Box and Muller's transform.
    mutating func normal() -> Double { (-2 * log(1 - uniform())).squareRoot() * cos(2 * .pi * uniform()) }

    mutating func integer(below limit: Int) -> Int { Int(uniform() * Double(limit)) }

    mutating func normals(_ count: Int, mean: Double = 0, deviation: Double = 1) -> [Double] {
        (0..<count).map { _ in mean + deviation * normal() }
    }
}
