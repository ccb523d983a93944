/// How many records repeat an earlier one, in bounded memory.
///
/// Exact up to `capacity` distinct records. Beyond, only records whose hash lies below a falling bound are counted: a sample of the distinct
/// records, each with all of its repeats.
package struct RecordRepeats: Sendable {
    /// Distinct records that are told apart.
    package static let capacity = 131_072

    private let capacity: Int
    private var keys: [UInt64]
    private var held = 0
    private var bound = UInt64.max
    /// Records of the sample.
    package private(set) var records = 0
    /// Those of them that repeat an earlier one.
    package private(set) var repeats = 0
    private var counts: [UInt32]

    package init(capacity: Int = RecordRepeats.capacity) {
        self.capacity = capacity
        // Few at first: a fleet has one of these for each deployment, of which most have seen nothing yet.
        keys = [UInt64](repeating: 0, count: 64)
        counts = [UInt32](repeating: 0, count: 64)
    }

    /// Whether every record was counted.
    package var isExact: Bool { bound == .max }

    /// Adds a record by its hash.
    ///
    /// Complexity: O(1) on average; the table doubles now and then, up to twice the capacity.
    @inline(__always)
    package mutating func add(_ hash: UInt64) {
        guard hash <= bound else { return }
        records += 1
        let slot = self.slot(hash)
        if counts[slot] > 0 {
            repeats += 1
            if counts[slot] < .max { counts[slot] += 1 }
            return
        }
        keys[slot] = hash
        counts[slot] = 1
        held += 1
        if held > capacity {
            halve()
        } else if 2 * held > keys.count {
            rebuild(slots: 2 * keys.count)
        }
    }

    /// The slot that holds a hash, or would.
    @inline(__always)
    private func slot(_ hash: UInt64) -> Int {
        let mask = keys.count - 1
        // The bound is on the upper bits: the lower ones stay spread.
        var slot = Int(truncatingIfNeeded: hash) & mask
        while counts[slot] > 0, keys[slot] != hash { slot = (slot + 1) & mask }
        return slot
    }

    private mutating func halve() {
        bound /= 2
        rebuild(slots: keys.count)
    }

    /// Lays out anew what lies within the bound, and counts it.
    private mutating func rebuild(slots: Int) {
        let kept = zip(keys, counts)
        (keys, counts) = ([UInt64](repeating: 0, count: slots), [UInt32](repeating: 0, count: slots))
        (held, records, repeats) = (0, 0, 0)
        for (hash, count) in kept where count > 0 && hash <= bound {
            let slot = self.slot(hash)
            (keys[slot], counts[slot]) = (hash, count)
            held += 1
            records += Int(count)
            repeats += Int(count) - 1
        }
    }
}
