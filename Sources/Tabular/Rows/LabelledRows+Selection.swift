extension LabelledRows {
    /// The rows at some positions, in the order given; positions outside the rows are left out.
    ///
    /// Complexity: O(values selected).
    public func selecting(_ indices: [Int]) -> LabelledRows {
        let width = schema.width
        let valid = indices.allSatisfy { $0 >= 0 && $0 < count } ? indices : indices.filter { $0 >= 0 && $0 < count }
        var result = LabelledRows(schema: schema, categories: categories, features: [], targets: [])
        result.features.reserveCapacity(valid.count * width)
        result.targets.reserveCapacity(valid.count)
        for index in valid {
            result.features.append(contentsOf: features[(index * width)..<((index + 1) * width)])
            result.targets.append(targets[index])
        }
        if !times.isEmpty { result.times = valid.map { times[$0] } }
        if !ids.isEmpty { result.ids = valid.map { ids[$0] } }
        return result
    }

    /// The rows with `from ≤ time < until`, UTC milliseconds; all rows when the schema has no time column.
    public func filtered(from: Int64?, until: Int64?) -> LabelledRows {
        if times.isEmpty || (from == nil && until == nil) { return self }
        let first = from ?? .min
        return selecting(times.indices.filter { index in times[index] >= first && until.map { times[index] < $0 } ?? true })
    }

    /// Divides the rows into a part to learn from and a part to be judged on, by the standard rule of this data.
    ///
    /// With times the last `holdout` share of the rows is the hold-out. Without times it is taken by a hash of the features, of each class (or
    /// of all rows of a regression) that share: the same row stands on the same side in every data set, and copies of a row stand together.
    /// Both parts keep the rows' order. `holdout` is taken within 0...1; with two rows or more and a share inside 0...1 neither part is empty.
    /// Complexity: O(rows · (width + log rows)).
    public func split(holdout: Double) -> (train: LabelledRows, holdout: LabelledRows) {
        let division = divided(by: standardRule(share: holdout))
        return (selecting(division.learning), selecting(division.judging))
    }
}

/// Sebastiano Vigna's SplitMix64: small, and the same everywhere for the same seed.
package struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    /// A generator that repeats from its seed.
    package init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    /// Bits that look random for each number, the same ones every time.
    @inline(__always)
    package static func mixed(_ number: UInt64) -> UInt64 {
        var mixed = number
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
