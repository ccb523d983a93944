import Foundation

/// How a probability is corrected.
enum CalibrationMap: Sendable, Equatable {
    /// 1 / (1 + e^−(slope · log-odds + shift)): Platt 1999.
    case platt(slope: Double, shift: Double)
    /// Straight lines between points, ascending in both, level beyond them.
    case isotonic(from: [Double], to: [Double])

    /// Probabilities nearer to 0 or 1 count as this near, so that their log-odds are a number.
    static let nearest = 1e-15

    static func logOdds(_ probability: Double) -> Double {
        let p = min(max(probability, nearest), 1 - nearest)
        return log(p) - log1p(-p)
    }

    /// The corrected probability.
    ///
    /// Complexity: O(log points).
    func apply(_ probability: Double) -> Double {
        switch self {
        case .platt(let slope, let shift): return Sigmoid.value(slope * Self.logOdds(probability) + shift)
        case .isotonic(let from, let to):
            guard let first = from.first, let last = from.last else { return probability }
            if !(probability > first) { return to[0] }
            if probability >= last { return to[to.count - 1] }
            var low = 0
            var high = from.count - 1
            while high - low > 1 {
                let middle = (low + high) / 2
                if from[middle] <= probability { low = middle } else { high = middle }
            }
            return to[low] + (to[high] - to[low]) * (probability - from[low]) / (from[high] - from[low])
        }
    }

    init(from reader: inout ArtefactReader) throws(LearningFailure) {
        if try reader.integer(in: 0...1) == 0 {
            self = .platt(slope: try reader.real(), shift: try reader.real())
        } else {
            self = .isotonic(from: try reader.reals(), to: try reader.reals())
        }
        guard isSound else { throw .corruptArtefact("its calibration is none") }
    }

    private var isSound: Bool {
        switch self {
        case .platt(let slope, let shift): return slope.isFinite && shift.isFinite
        case .isotonic(let from, let to):
            let ascends = zip(from, from.dropFirst()).allSatisfy { $0 < $1 }
            return !from.isEmpty && from.count == to.count && ascends && from.allSatisfy(\.isFinite) && to.allSatisfy { $0 >= 0 && $0 <= 1 }
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        switch self {
        case .platt(let slope, let shift):
            writer.integer(0)
            writer.real(slope)
            writer.real(shift)
        case .isotonic(let from, let to):
            writer.integer(1)
            writer.reals(from)
            writer.reals(to)
        }
    }
}
