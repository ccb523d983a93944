import Foundation

/// The figures of `Tests/Oracles/monitoring.py`: SciPy 1.17.1, NumPy 2.4.6.
struct Golden: Decodable {
    struct Upper: Decodable { var df: Int, x: Double, upper: Double }
    struct Quantile: Decodable { var df: Int, tail: Double, x: Double }
    struct Interval: Decodable { var count: Int, n: Int, lower: Double, upper: Double }
    struct Discovery: Decodable { var p: [Double], alpha: Double, rejected: [Bool] }
    struct Shares: Decodable { var a: Int, n: Int, b: Int, m: Int, p: Double }
    struct Tables: Decodable { var alpha: Double, order: [String], columns: [String: Column] }

    struct Column: Decodable {
        var bins: [Int]
        var referenceBins: [Int]
        var psi: Double
        var df: Int
        var excess: Double
        var threshold: Double
        var p: Double
        var edges: Int?
        var reference: [Double?]?
        var current: [Double?]?
        var referenceTexts: [String]?
        var currentTexts: [String]?
    }

    var chiSquared: [Upper]
    var quantiles: [Quantile]
    var wilson: [Interval]
    var discoveries: [Discovery]
    var shares: [Shares]
    var tables: Tables

    static func load() throws -> Golden {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/monitoring.json")
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }
}

/// Whether two figures agree to that many parts of the larger one.
func close(_ a: Double, _ b: Double, _ tolerance: Double = 1e-9) -> Bool { abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-300) }
