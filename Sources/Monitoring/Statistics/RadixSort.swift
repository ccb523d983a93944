/// Sorts many finite numbers: by their bits, eleven at a time.
///
/// About five times as fast as sorting by comparison at 100,000 numbers. −0 becomes 0.
package enum RadixSort {
    private static let digitBits = 11
    private static let buckets = 1 << digitBits
    private static let passes = 6
    /// Passes over the lower digits that most numbers do without: their upper 31 bits tell them apart, nearly.
    private static let spared = 3
    /// Moves a number, on average, after which order is no longer made by hand.
    private static let patience = 4
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
                for pass in spared..<passes { counts[pass &* buckets &+ digit(key, pass)] &+= 1 }
            }
            // The upper digits first: what they leave is put right by hand where that is little work, else by all digits.
            let upper = sort(first, second, n, counts, passes: spared..<passes)
            if settle(upper, n) {
                for index in 0..<n { values[index] = number(upper[index]) }
                return
            }
            let other = upper == first ? second : first
            counts.update(repeating: 0)
            for index in 0..<n { for pass in 0..<passes { counts[pass &* buckets &+ digit(upper[index], pass)] &+= 1 } }
            let sorted = sort(upper, other, n, counts, passes: 0..<passes)
            for index in 0..<n { values[index] = number(sorted[index]) }
        }
    }

    /// Brings keys into order that are nearly so; false, and they are as good as before, where it takes too many moves.
    private static func settle(_ keys: UnsafeMutablePointer<UInt64>, _ n: Int) -> Bool {
        var left = patience * n
        for index in 1..<n {
            let key = keys[index]
            guard keys[index - 1] > key else { continue }
            var place = index
            while place > 0, keys[place - 1] > key {
                keys[place] = keys[place - 1]
                place -= 1
                left -= 1
            }
            keys[place] = key
            if left < 0 { return false }
        }
        return true
    }

    /// Sorts by some digits, lowest first, with the counts of each; the keys end where the result points.
    private static func sort(
        _ first: UnsafeMutablePointer<UInt64>, _ second: UnsafeMutablePointer<UInt64>, _ n: Int,
        _ counts: UnsafeMutableBufferPointer<Int>, passes: Range<Int>
    ) -> UnsafeMutablePointer<UInt64> {
        var (from, to) = (first, second)
        for pass in passes {
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
        return from
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
