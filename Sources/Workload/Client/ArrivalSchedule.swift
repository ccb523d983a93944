import Foundation

/// When requests are meant to start: decided beforehand, whatever the answers do.
///
/// Latency is measured from these instants, so a server that stalls is charged for every request it kept waiting (no coordinated omission).
public struct ArrivalSchedule: Sendable, Equatable {
    /// How the rate moves.
    public enum Shape: Sendable, Equatable {
        /// A closed loop: each connection sends as soon as it has its answer.
        case asFastAsPossible
        /// The same rate throughout, requests a second.
        case constant(Double)
        /// `mean · (1 + swing · sin(2π (t / period + phase)))` requests a second; `swing` below 1.
        case wave(mean: Double, swing: Double, periodSeconds: Double, phase: Double)
    }

    /// How the rate moves.
    public let shape: Shape
    private var index: UInt64 = 0
    private var seconds = 0.0

    /// A schedule from its first request on; a rate that is not a positive number means as fast as possible.
    public init(_ shape: Shape) {
        switch shape {
        case .constant(let rate) where !(rate > 0 && rate.isFinite): self.shape = .asFastAsPossible
        case .wave(let mean, _, let period, _) where !(mean > 0 && mean.isFinite && period > 0): self.shape = .asFastAsPossible
        default: self.shape = shape
        }
    }

    /// A constant rate; nil or 0: as fast as possible.
    public init(rate: Double?) { self.init(rate.map { .constant($0) } ?? .asFastAsPossible) }

    /// Whether answers decide when the next request starts.
    public var isClosedLoop: Bool { shape == .asFastAsPossible }

    /// Requests a second at a time since the start; nil in a closed loop.
    public func rate(at seconds: Double) -> Double? {
        switch shape {
        case .asFastAsPossible: nil
        case .constant(let rate): rate
        case .wave(let mean, let swing, let period, let phase):
            mean * (1 + min(max(swing, 0), 0.95) * sin(2 * .pi * (seconds / period + phase)))
        }
    }

    /// The next request's start, nanoseconds since the schedule's start.
    ///
    /// Never before the one that came last; 0 in a closed loop.
    public mutating func next() -> Int64 {
        defer { index += 1 }
        switch shape {
        case .asFastAsPossible: return 0
        case .constant(let rate):
            // From the index, so that no rounding adds up.
            return Self.nanoseconds(Double(index) / rate)
        case .wave:
            let now = seconds
            seconds += 1 / (rate(at: now) ?? 1)
            return Self.nanoseconds(now)
        }
    }

    /// A year at most: what lies beyond never comes.
    private static func nanoseconds(_ seconds: Double) -> Int64 { Int64((min(seconds, 31_536_000) * 1e9).rounded()) }
}
