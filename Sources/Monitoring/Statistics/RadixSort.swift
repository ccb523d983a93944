/// Sorts many finite numbers: by their bits, eleven at a time.
///
/// About five times as fast as sorting by comparison at 100,000 numbers. −0 becomes 0.
package enum RadixSort {
    private static let digitBits = 11
    private static let buckets = 1 << digitBits
    private static let passes = 6
    /// Below this many numbers comparisons are as fast.
    private static let few = 2_048

    /// Sorts in place, ascending.
    ///
    /// Complexity: O(n), with a second copy of the numbers.
    package static func ascending(_ values: inout [Double]) {
        guard values.count >= few else {
            for index in values.indices { values[index] += 0 }
            return values.sort()
        }
        let n = values.count
        values.withUnsafeMutableBufferPointer { values in
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * n) { keys in
                guard let first = keys.baseAddress else { return }
                sort(values, first, first + n)
            }
        }
    }

    /// Sorts with room for the keys twice.
    private static func sort(
        _ values: UnsafeMutableBufferPointer<Double>, _ first: UnsafeMutablePointer<UInt64>, _ second: UnsafeMutablePointer<UInt64>
    ) {
        let n = values.count
        withUnsafeTemporaryAllocation(of: Int.self, capacity: passes * buckets) { counts in
            counts.initialize(repeating: 0)
            for index in 0..<n {
                let key = key(values[index])
                first[index] = key
                for pass in 0..<passes { counts[pass &* buckets &+ digit(key, pass)] &+= 1 }
            }
            var (from, to) = (first, second)
            for pass in 0..<passes {
                let places = UnsafeMutableBufferPointer(rebasing: counts[(pass * buckets)..<((pass + 1) * buckets)])
                // All numbers share this digit: nothing moves.
                if places[digit(from[0], pass)] == n { continue }
                var next = 0
                for bucket in 0..<buckets { (places[bucket], next) = (next, next &+ places[bucket]) }
                for index in 0..<n {
                    let key = from[index]
                    let bucket = digit(key, pass)
                    to[places[bucket]] = key
                    places[bucket] &+= 1
                }
                swap(&from, &to)
            }
            for index in 0..<n { values[index] = number(from[index]) }
        }
    }

    @inline(__always)
    private static func digit(_ key: UInt64, _ pass: Int) -> Int {
        Int(truncatingIfNeeded: key &>> UInt64(pass &* digitBits)) & (buckets - 1)
    }

    /// Bits that are in order as unsigned numbers where the numbers are.
    @inline(__always)
    private static func key(_ value: Double) -> UInt64 {
        let bits = (value + 0).bitPattern
        return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
    }

    @inline(__always)
    private static func number(_ key: UInt64) -> Double { Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key) }
}
