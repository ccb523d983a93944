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
        return result
    }

    /// The rows with `from ≤ time < until`, UTC milliseconds; all rows when the schema has no time column.
    public func filtered(from: Int64?, until: Int64?) -> LabelledRows {
        if times.isEmpty || (from == nil && until == nil) { return self }
        let first = from ?? .min
        return selecting(times.indices.filter { index in times[index] >= first && until.map { times[index] < $0 } ?? true })
    }

    /// Divides the rows into a part to learn from and a part to be judged on.
    ///
    /// With times the last `holdout` share of the rows is the hold-out. Without times each class (or all rows of a regression) is shuffled
    /// with seed 0 and gives that share, and both parts keep the rows' order. `holdout` is taken within 0...1; with two rows or more and a
    /// share inside 0...1 neither part is empty. Complexity: O(values).
    public func split(holdout: Double) -> (train: LabelledRows, holdout: LabelledRows) {
        let share = holdout.isNaN ? 0 : min(max(holdout, 0), 1)
        if !times.isEmpty {
            let cut = count - Self.part(of: count, share: share)
            return (selecting(Array(0..<cut)), selecting(Array(cut..<count)))
        }
        var isHoldout = [Bool](repeating: false, count: count)
        var random = SplitMix64(state: 0)
        var groups: [Double: [Int]] = [:]
        for (index, target) in targets.enumerated() { groups[schema.target.task == .regression ? 0 : target, default: []].append(index) }
        for key in groups.keys.sorted() {
            var group = groups[key] ?? []
            let size = groups.count == 1 ? Self.part(of: group.count, share: share) : Int((Double(group.count) * share).rounded())
            group.shuffle(using: &random)
            for index in group.prefix(size) { isHoldout[index] = true }
        }
        let inside = share > 0 && share < 1 && count > 1
        if inside, !isHoldout.contains(true) { isHoldout[count - 1] = true }
        if inside, !isHoldout.contains(false) { isHoldout[0] = false }
        return (selecting(isHoldout.indices.filter { !isHoldout[$0] }), selecting(isHoldout.indices.filter { isHoldout[$0] }))
    }

    private static func part(of count: Int, share: Double) -> Int {
        let size = Int((Double(count) * share).rounded())
        guard share > 0, share < 1, count > 1 else { return size }
        return min(max(size, 1), count - 1)
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
