import Foundation
import Tabular

/// An instant as places on three circles, the hour of the day, the weekday and the month of the year: the last of each is beside its first.
struct TimeCycles: Sendable {
    /// Values that stand for an instant.
    static let width = 2 * TimePart.allCases.count
    /// As columns are named after them.
    static let names = TimePart.allCases.flatMap { ["\($0.name) sin", "\($0.name) cos"] }

    /// Sine and cosine of each slot of `TimePart`: of 2π times its place among the values of its part.
    private static let circles: [Double] = TimePart.allCases.flatMap { part in
        part.values.enumerated().flatMap { place, _ in
            let angle = 2 * Double.pi * Double(place) / Double(part.values.count)
            return [sin(angle), cos(angle)]
        }
    }

    private let clock: ZoneClock
    private let circles: [Double]

    init(_ schema: Schema) {
        clock = schema.clock
        circles = Self.circles
    }

    /// Six numbers; NaN for a missing instant and for what is none.
    ///
    /// No allocation.
    @inline(__always)
    func write(_ milliseconds: Double, to result: UnsafeMutablePointer<Double>) {
        guard let parts = clock.parts(milliseconds) else {
            for index in 0..<Self.width { result[index] = .nan }
            return
        }
        let slots = TimePart.slots(parts)
        circles.withUnsafeBufferPointer { circles in
            result[0] = circles[2 * slots.hour]
            result[1] = circles[2 * slots.hour + 1]
            result[2] = circles[2 * slots.weekday]
            result[3] = circles[2 * slots.weekday + 1]
            result[4] = circles[2 * slots.month]
            result[5] = circles[2 * slots.month + 1]
        }
    }
}
