import Engine
import Learning

/// Versions with figures, gates, importance and service intervals.
enum SampleVersions {
    private static let now = SampleSnapshot.now
    private static let day = SampleSnapshot.day

    /// v14 … v1 of flight-delay, newest first: v14 refused, v13 waiting, v12 answering, v11 last known good, v10 withdrawn.
    static let flightDelay: [VersionSummary] = (1...14).reversed().map { flightDelay(UInt32($0)) }

    private static func flightDelay(_ number: UInt32) -> VersionSummary {
        let isLinear = number <= 2 || number == 9
        let auc = [0.661, 0.662, 0.684, 0.688, 0.687, 0.691, 0.694, 0.698, 0.664, 0.702, 0.705, 0.708, 0.7131, 0.681][Int(number) - 1]
        let state: VersionState =
            switch number {
            case 14: .refused
            case 13: .candidate
            case 12: .champion
            case 11: .lastKnownGood
            case 10: .withdrawn
            default: .retired
            }
        var version = VersionSummary(
            number: number, state: state, algorithm: isLinear ? "logistic" : "boosted-trees", createdAt: now - Int64(15 - number) * 6 * day,
            metrics: binaryMetrics(auc: auc, n: 16_180 + Int(number) * 31), blessed: state != .refused,
            gates: gates(auc: auc, refused: state == .refused),
            dataHash: hash("d", number / 2), artefactHash: hash("a", number),
            createdBy: number % 3 == 0 ? "policy:on_drift" : number == 1 ? "ops (uid 1000)" : "ds (uid 1002)",
            source: number == 1
                ? "import 3f9ac2d1 (80,797 rows)" : "\(9_000 + 411 * number) labelled rows of 30d + import 3f9ac2d1 (80,797 rows)",
            settings: isLinear ? ["iterations": "50", "l2": "1.0", "tolerance": "1e-6"] : trees(number), seed: UInt64(number * 7),
            trainRows: 64_637 + Int(number) * 331, holdoutRows: 16_180 + Int(number) * 31, fitSeconds: 0.9 + Double(number) * 0.61,
            importance: importance(number), served: served(number, state),
            notes: isLinear
                ? ["categories with fewer than 10 rows share a column: a linear model has at most 4096"]
                : ["stopped early: the validation loss was best after \(120 + number) trees"],
            libraries: ["OpenBLAS": "0.3.21"])
        if number == 14 { version.notes.append("wind_speed is missing in 96 % of the rows of the last 30 minutes") }
        return version
    }

    private static func trees(_ number: UInt32) -> [String: String] {
        [
            "bins": "255", "leaves": number >= 12 ? "63" : "31", "min-leaf": "20", "l2": "1.0",
            "learning-rate": number == 13 ? "0.05" : "0.1",
            "trees": number == 13 ? "400" : "200", "patience": "20",
        ]
    }

    static func binaryMetrics(auc: Double, n: Int) -> [Metric] {
        [
            Metric(name: "auc", value: auc, lower: auc - 0.0081, upper: auc + 0.0079, n: n, higherIsBetter: true, interval: "DeLong 95 %"),
            Metric(
                name: "logLoss", value: 1.218 - auc, lower: 1.211 - auc, upper: 1.225 - auc, n: n, higherIsBetter: false,
                interval: "normal 95 %"),
            Metric(
                name: "accuracy", value: 0.44 + auc / 2, lower: 0.434 + auc / 2, upper: 0.446 + auc / 2, n: n, higherIsBetter: true,
                interval: "Wilson 95 %"),
            Metric(name: "brier", value: 0.5 - auc / 2, lower: nil, upper: nil, n: n, higherIsBetter: false, interval: nil),
        ]
    }

    static func regressionMetrics(rmse: Double, n: Int) -> [Metric] {
        [
            Metric(name: "rmse", value: rmse, lower: rmse * 0.98, upper: rmse * 1.02, n: n, higherIsBetter: false, interval: "normal 95 %"),
            Metric(
                name: "mae", value: rmse * 0.71, lower: rmse * 0.7, upper: rmse * 0.72, n: n, higherIsBetter: false, interval: "normal 95 %"
            ),
            Metric(name: "bias", value: -0.034, lower: -0.081, upper: 0.013, n: n, higherIsBetter: false, interval: "normal 95 %"),
            Metric(name: "r2", value: 0.812, lower: nil, upper: nil, n: n, higherIsBetter: true, interval: nil),
        ]
    }

    static func gates(auc: Double, refused: Bool) -> [GateResult] {
        var all = [
            GateResult(name: "load", passed: true, detail: "184213 bytes, checksum right, boosted-trees"),
            GateResult(name: "golden inference", passed: true, detail: "64 rows answered bit for bit"),
            GateResult(
                name: "metric against the baseline", passed: true,
                detail: "auc \(auc) (\(auc - 0.0081) to \(auc + 0.0079)) is better than the baseline's 0.5"),
            GateResult(
                name: "against the champion", passed: !refused,
                detail: refused
                    ? "auc -0.0271 (-0.0352 to -0.019) against v12 on the same 16614 rows: significantly worse"
                    : "auc +0.0051 (0.0012 to 0.009) against v12 on the same 16583 rows"),
        ]
        let difference = refused ? (-0.0271, -0.0352, -0.019) : (0.0051, 0.0012, 0.009)
        let figure = PairedFigure(
            name: "auc", first: auc - difference.0, second: auc, lower: difference.1, upper: difference.2, higherIsBetter: true)
        all[all.count - 1].paired = PairedFigures(against: 12, rows: refused ? 16_614 : 16_583, figures: [figure])
        return all
    }

    private static func importance(_ number: UInt32) -> [FeatureImportance] {
        let base: [(String, Double)] = [
            ("sched_dep_hour", 0.31), ("wind_speed", 0.18), ("carrier", 0.12), ("dest", 0.11), ("precip", 0.08), ("visib", 0.06),
            ("temp", 0.05),
            ("humid", 0.04), ("distance", 0.03), ("origin", 0.02),
        ]
        let swapped = number % 2 == 0 ? base : [base[1], base[0]] + base.dropFirst(2)
        return zip(swapped, base).map { FeatureImportance(feature: $0.0.0, value: $0.1.1) }
    }

    private static func served(_ number: UInt32, _ state: VersionState) -> [ServiceInterval] {
        let begin = now - Int64(15 - number) * 6 * day + 8 * SampleSnapshot.minute
        switch state {
        case .candidate, .refused: return []
        case .champion: return [ServiceInterval(from: begin, until: nil)]
        case .withdrawn: return [ServiceInterval(from: begin, until: begin + 22 * SampleSnapshot.minute)]
        case .lastKnownGood:
            return [ServiceInterval(from: begin, until: begin + 2 * day), ServiceInterval(from: begin + 3 * day, until: begin + 6 * day)]
        case .retired, .archived: return [ServiceInterval(from: begin, until: begin + 6 * day)]
        }
    }

    /// A short list for a deployment of little history.
    static func many(_ count: UInt32, like model: VersionSummary) -> [VersionSummary] {
        (1...count).reversed().map { number in
            var version = model
            version.number = number
            version.state = number == count ? .champion : .retired
            // Each answered for an hour, one after the other.
            let from = now - Int64(count - number + 1) * 3_600_000
            version.served = [ServiceInterval(from: from, until: number == count ? nil : from + 3_600_000)]
            return version
        }
    }

    static func few(_ count: UInt32, champion: UInt32, task metrics: [Metric], algorithm: String = "boosted-trees") -> [VersionSummary] {
        (max(1, count > 30 ? count - 29 : 1)...count).reversed().map { number in
            let state: VersionState =
                number == champion ? .champion : number + 1 == champion ? .lastKnownGood : number < champion ? .retired : .candidate
            return VersionSummary(
                number: number, state: state, algorithm: algorithm, createdAt: now - Int64(count - number + 1) * day, metrics: metrics,
                blessed: true,
                gates: gates(auc: 0.7, refused: false), dataHash: hash("e", number), artefactHash: hash("b", number),
                createdBy: "ops (uid 1000)",
                source: "import 77b01c94 (120,000 rows)", settings: ["trees": "200", "leaves": "31"], seed: 1, trainRows: 96_000,
                holdoutRows: 24_000,
                fitSeconds: 2.4, importance: importance(number),
                served: number == champion ? [ServiceInterval(from: now - Int64(count - number + 1) * day, until: nil)] : [])
        }
    }

    /// A text that looks like a SHA-256 and differs by number.
    static func hash(_ salt: String, _ number: UInt32) -> String {
        var state = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(salt.utf8.first ?? 0)
        return (0..<4).map { _ in
            state = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            state ^= state >> 27
            let digits = String(state, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }
}
