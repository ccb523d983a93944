import Tabular

/// The bins of rows, twice: a row's bins side by side for histograms, an input's bins side by side to part rows.
struct BinnedRows: Sendable {
    let count: Int
    /// The inputs that have bins.
    let used: [Int]
    /// The used inputs, filled up to a multiple of four with bins that nobody reads.
    let padded: Int
    /// Bytes from one row to the next: of short rows so many that none lies in two lines of the cache.
    let stride: Int
    /// Row-major `[count, stride]`; empty when no histograms are made of the rows.
    let rows: Buffer<UInt8>
    /// Input-major `[used, count]`.
    let columns: Buffer<UInt8>

    private static let blockRows = 128
    /// Rows between two looks at cancellation.
    private static let waveRows = 65_536

    /// Bins rows.
    ///
    /// Complexity: O(values · log bins).
    init(_ rows: LabelledRows, _ binning: Binning, forHistograms: Bool, team: WorkerTeam, hooks: TrainingHooks) throws(LearningFailure) {
        count = rows.count
        used = binning.features.indices.filter { binning.features[$0] != nil }
        padded = (used.count + 3) / 4 * 4
        stride = padded > 32 ? padded : padded > 16 ? 32 : padded > 8 ? 16 : padded
        self.rows = Buffer(repeating: 0, count: forHistograms ? count * stride : 0)
        columns = Buffer(repeating: 0, count: count * used.count)
        let codes = binning.bind(rows.categories, rows.schema)
        let filler = Filler(
            binners: used.map { InputBinner(binning, $0, codes: codes[$0]) }, inputs: TreeInputs(rows.schema),
            rows: forHistograms ? self.rows : nil, columns: columns, stride: stride, count: count)
        for start in Swift.stride(from: 0, to: count, by: Self.waveRows) {
            try hooks.checkpoint()
            rows.features.withUnsafeBufferPointer { features in
                guard let base = features.baseAddress else { return }
                nonisolated(unsafe) let source = base
                // Read only, while the closure that lends it waits for all threads.
                team.divide(start..<min(count, start + Self.waveRows), least: 2_048) { _, part in
                    for first in Swift.stride(from: part.lowerBound, to: part.upperBound, by: Self.blockRows) {
                        filler.fill(first..<min(part.upperBound, first + Self.blockRows), source)
                    }
                }
            }
        }
    }

    /// The bins of a used input.
    @inline(__always)
    func column(_ position: Int) -> UnsafeMutablePointer<UInt8> { columns.base + position * count }
}

/// Writes blocks of rows; each thread its own rows, which is the invariant that only one writes a byte.
private struct Filler: Sendable {
    let binners: [InputBinner]
    let inputs: TreeInputs
    let rows: Buffer<UInt8>?
    let columns: Buffer<UInt8>
    let stride: Int
    let count: Int

    func fill(_ block: Range<Int>, _ features: UnsafePointer<Double>) {
        let width = inputs.width
        let parts = Buffer<Double>(repeating: 0, count: block.count * inputs.parts)
        if inputs.parts > 0 {
            for row in block {
                inputs.writeParts(features + row * width, into: parts.base + (row - block.lowerBound) * inputs.parts)
            }
        }
        for (position, binner) in binners.enumerated() {
            let column = columns.base + position * count
            let isPart = binner.input >= width
            let source = isPart ? UnsafePointer(parts.base) + (binner.input - width) : features + block.lowerBound * width + binner.input
            binner.fill(source, step: isPart ? inputs.parts : width, count: block.count, into: column + block.lowerBound)
            guard let rows else { continue }
            var target = rows.base + block.lowerBound * stride + position
            for row in block {
                target.pointee = column[row]
                target += stride
            }
        }
    }
}

/// Finds the bins of one input's values.
private struct InputBinner: Sendable {
    let input: Int
    private let isCategorical: Bool
    private let missing: UInt8
    private let rare: Int
    private let codes: [UInt8]
    /// Upper edges as a search tree without pointers: below node k stand 2k and 2k + 1 (Khuong and Morin 2017); filled up with infinity, so
    /// that each search takes the same steps and no guess can miss.
    private let tree: [Double]

    init(_ binning: Binning, _ input: Int, codes: [UInt8]) {
        self.input = input
        self.codes = codes
        let bins = binning.features[input] ?? Binning.FeatureBins(isCategorical: false)
        isCategorical = bins.isCategorical
        missing = UInt8(bins.missing)
        rare = bins.texts.count
        var size = 1
        while size - 1 < bins.edges.count { size *= 2 }
        var tree = [Double](repeating: .infinity, count: size)
        var rank = 0
        Self.place(bins.edges, at: 1, &rank, into: &tree)
        self.tree = tree
    }

    private static func place(_ edges: [Double], at node: Int, _ rank: inout Int, into tree: inout [Double]) {
        guard node < tree.count else { return }
        place(edges, at: 2 * node, &rank, into: &tree)
        // + 0.0 makes 0.0 of −0.0, whose difference to 0.0 would be negative.
        if rank < edges.count { tree[node] = edges[rank] + 0.0 }
        rank += 1
        place(edges, at: 2 * node + 1, &rank, into: &tree)
    }

    func fill(_ source: UnsafePointer<Double>, step: Int, count: Int, into target: UnsafeMutablePointer<UInt8>) {
        if isCategorical {
            for row in 0..<count {
                target[row] = Binning.category(source[row * step], rare: rare, missing: Int(missing), codes: codes)
            }
            return
        }
        tree.withUnsafeBufferPointer { tree in
            guard let nodes = tree.baseAddress else { return }
            for row in 0..<count {
                let value = source[row &* step]
                var node = 1
                // The sign of the difference, where a comparison would become a branch that is guessed wrong half of the time.
                while node < tree.count { node = 2 &* node &+ Int(truncatingIfNeeded: (nodes[node] - value).bitPattern &>> 63) }
                target[row] = value.isFinite ? UInt8(truncatingIfNeeded: node &- tree.count) : missing
            }
        }
    }
}
