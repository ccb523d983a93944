import Foundation

/// What a process and its workspace take, over time.
struct SoakSeries: Sendable {
    struct Sample: Sendable {
        /// Since the beginning.
        var minutes: Double
        var residentMiB: Double
        var descriptors: Double
        var threads: Double
        var diskMiB: Double
        /// Answered so far.
        var predictions: Double
    }

    private(set) var samples: [Sample] = []

    /// Looks at a process and a directory.
    mutating func look(_ pid: pid_t, _ directory: String, minutes: Double, predictions: Int) {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        func number(_ key: String) -> Double {
            let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") }
            return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Double($0) } ?? 0
        }
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd"))?.count ?? 0
        samples.append(
            Sample(
                minutes: minutes, residentMiB: number("VmRSS") / 1_024, descriptors: Double(descriptors), threads: number("Threads"),
                diskMiB: Self.bytes(directory) / 1_048_576, predictions: Double(predictions)))
    }

    private static func bytes(_ directory: String) -> Double {
        let names = (try? FileManager.default.subpathsOfDirectory(atPath: directory)) ?? []
        return names.reduce(0) { sum, name in
            let facts = try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)
            return facts?[.type] as? FileAttributeType == .typeRegular ? sum + ((facts?[.size] as? NSNumber)?.doubleValue ?? 0) : sum
        }
    }

    /// How much a figure grows with another one, by least squares over what comes after the first part, in which everything fills.
    func slope(of figure: KeyPath<Sample, Double>, by step: KeyPath<Sample, Double> = \.minutes, after share: Double = 0.3) -> Double {
        guard let end = samples.last?.minutes else { return .nan }
        let settled = samples.filter { $0.minutes >= end * share }
        let count = Double(settled.count)
        let meanX = settled.reduce(0) { $0 + $1[keyPath: step] } / count
        let meanY = settled.reduce(0) { $0 + $1[keyPath: figure] } / count
        var (top, bottom) = (0.0, 0.0)
        for sample in settled {
            let x = sample[keyPath: step] - meanX
            top += x * (sample[keyPath: figure] - meanY)
            bottom += x * x
        }
        return top / bottom
    }
}

/// What may grow, and by how much.
struct SoakBound: Sendable {
    var name: String
    var unit: String
    var bound: Double
    var found: Double
    var first: Double
    var last: Double

    var holds: Bool { found <= bound }

    /// By the samples of a run: what a bound is meant for is told in docs/reliability.md.
    static func all(_ series: SoakSeries) -> [SoakBound] {
        func bound(_ name: String, _ unit: String, _ limit: Double, _ figure: KeyPath<SoakSeries.Sample, Double>, _ found: Double)
            -> SoakBound
        {
            SoakBound(
                name: name, unit: unit, bound: limit, found: found, first: series.samples.first?[keyPath: figure] ?? .nan,
                last: series.samples.last?[keyPath: figure] ?? .nan)
        }
        return [
            bound("resident memory", "MiB a minute", 1, \.residentMiB, series.slope(of: \.residentMiB)),
            bound("descriptors", "a minute", 0.2, \.descriptors, series.slope(of: \.descriptors)),
            bound("threads", "a minute", 0.2, \.threads, series.slope(of: \.threads)),
            bound("disk", "MiB in 100,000 predictions", 40, \.diskMiB, 100_000 * series.slope(of: \.diskMiB, by: \.predictions)),
        ]
    }

    static func table(_ bounds: [SoakBound]) -> String {
        func text(_ value: Double) -> String { String(format: "%.3g", value) }
        let rows = bounds.map { bound in
            "| \(bound.name) | \(text(bound.first)) | \(text(bound.last)) | \(text(bound.found)) \(bound.unit) | \(text(bound.bound)) | \(bound.holds ? "holds" : "**does not hold**") |"
        }
        return (["| what | first | last | slope | bound | |", "|---|---|---|---|---|---|"] + rows).joined(separator: "\n")
    }
}
