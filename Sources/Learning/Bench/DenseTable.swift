package import Tabular

/// Dense numbers and two classes, made of whole numbers alone, so that any language makes the same bits.
///
/// Value (row, column) is the sum of the three 21-bit parts of SplitMix64's output number 32 · row + column, made symmetric: nearly normal,
/// and exact in single precision. The class is the sign of a curved function of eleven columns and noise.
package enum DenseTable {
    static let width = 28
    private static let words = 32

    /// Rows of the endless table.
    ///
    /// Complexity: O(rows · columns).
    package static func rows(_ range: Range<Int>) -> LabelledRows {
        let schema = Schema(
            features: (0..<width).map { Feature(name: "c\($0)", kind: .numeric) },
            target: Target(name: "y", task: .binary, classes: ["no", "yes"]))
        var targets: [Double] = []
        targets.reserveCapacity(range.count)
        let features = [Double](unsafeUninitializedCapacity: range.count * width) { buffer, count in
            for row in range {
                let first = (row - range.lowerBound) * width
                for column in 0..<width { buffer.initializeElement(at: first + column, to: value(row, column)) }
                let x = buffer[first..<(first + width)]
                targets.append(signal(x) + 1.5 * value(row, width) > 0 ? 1 : 0)
            }
            count = range.count * width
        }
        return LabelledRows(schema: schema, categories: Categories(), features: features, targets: targets)
    }

    private static func value(_ row: Int, _ column: Int) -> Double {
        let bits = SplitMix64.mixed(UInt64(row * words + column + 1) &* 0x9E37_79B9_7F4A_7C15)
        let mask: UInt64 = (1 << 21) - 1
        let sum = Int((bits & mask) + (bits >> 21 & mask) + (bits >> 42 & mask))
        // From −3 to 3 with deviation 1; 1,048,576 is half of 2²¹.
        return Double(sum - 3_145_728) / 1_048_576
    }

    private static func signal(_ x: Slice<UnsafeMutableBufferPointer<Double>>) -> Double {
        let x = Array(x)
        let corners = max(x[0], x[1]) + 0.5 * min(x[2], x[3]) + (x[4] > 0.25 && x[5] < 0.5 ? 0.75 : -0.25)
        let curves = 0.5 * x[6] * x[6] + 0.25 * x[7] * x[8] + 0.5 * x[8]
        return corners + curves + 0.25 * x[9] + 0.125 * x[10] - 1
    }
}
