import Tabular

/// How raw rows become the columns of a linear model; learnt from the training part and frozen with the version.
///
/// A number is standardised, and has a second column where it may be missing. A category has one column for each frequent text, one for the
/// rare ones together, one for missing; a text that was never seen counts as a rare one. Times give no column.
struct DesignLayout: Sendable {
    /// Columns that categories may bring a model to: the Hessian grows with their square.
    static let categoryLimit = 600
    /// Columns that a model may have: a Hessian of 128 MB.
    static let columnLimit = 4_000
    /// Rows that a text needs for a column of its own.
    static let rare = 20
    /// Standard deviations beyond which a value counts as this far out, so that no value on earth makes a score infinite.
    static let farthest = 1e12

    /// The columns of one feature.
    struct Block: Sendable {
        var isCategorical: Bool
        /// First column.
        var start: Int
        var mean = 0.0
        /// 1 / standard deviation.
        var scale = 0.0
        /// The column that is 1 where a value is missing; -1 without one.
        var missing = -1
        /// The column of rare and unseen texts; -1 without one.
        var other = -1
        /// Texts with a column each, from `start` on.
        var texts: [String] = []
    }

    private(set) var blocks: [Block?]
    private(set) var columns = 0
    private(set) var notes: [String] = []

    /// Learns the columns of rows.
    ///
    /// Complexity: O(values).
    ///
    /// - Throws: `.tooWide` beyond `columnLimit`, `.noFeatures` when nothing varies.
    init(_ rows: LabelledRows, hooks: TrainingHooks) throws(LearningFailure) {
        blocks = []
        var counts: [Int: CategoryCounts] = [:]
        for (index, feature) in rows.schema.features.enumerated() where feature.kind == .categorical {
            try hooks.checkpoint()
            counts[index] = CategoryCounts(rows, index)
        }
        let threshold = Self.threshold(counts.values.map(\.texts), budget: max(0, Self.categoryLimit - rows.schema.width))
        if threshold > Self.rare {
            notes.append(
                "categories with fewer than \(threshold) rows share a column: categories give a linear model at most \(Self.categoryLimit)")
        }
        for (index, feature) in rows.schema.features.enumerated() {
            if let counts = counts[index] {
                blocks.append(category(counts, threshold: threshold, name: feature.name))
            } else if feature.kind == .time {
                blocks.append(nil)
            } else {
                try hooks.checkpoint()
                blocks.append(number(rows, index, feature.name))
            }
        }
        guard columns > 0 else { throw .noFeatures }
        guard columns <= Self.columnLimit else { throw .tooWide(columns: columns, limit: Self.columnLimit, instead: BoostedTrees.name) }
    }

    /// The least frequency at which the texts with a column of their own fit the budget; `Int.max` when none may have one.
    private static func threshold(_ counts: [[(text: String, count: Int)]], budget: Int) -> Int {
        let frequencies = counts.flatMap { $0.map(\.count) }.filter { $0 >= rare }.sorted(by: >)
        guard frequencies.count > budget else { return rare }
        return budget == 0 ? .max : frequencies[budget] + 1
    }

    private mutating func category(_ counts: CategoryCounts, threshold: Int, name: String) -> Block? {
        let frequent = counts.texts.filter { $0.count >= threshold }
        let hasOther = counts.beyond > 0 || counts.texts.count > frequent.count
        let parts = frequent.count + (hasOther ? 1 : 0) + (counts.missing > 0 ? 1 : 0)
        guard parts > 1 else {
            notes.append("\(SafeText.escape(name)) is constant in the training part: not used")
            return nil
        }
        var block = Block(isCategorical: true, start: columns)
        block.texts = frequent.map(\.text)
        columns += block.texts.count
        if hasOther {
            block.other = columns
            columns += 1
        }
        if counts.missing > 0 {
            block.missing = columns
            columns += 1
        }
        return block
    }

    private mutating func number(_ rows: LabelledRows, _ column: Int, _ name: String) -> Block? {
        let moments = Moments(rows, column)
        let isConstant = !(moments.deviation > 1e-12 * max(1, abs(moments.mean)))
        if isConstant, moments.count == 0 || moments.count == rows.count {
            notes.append("\(SafeText.escape(name)) is \(moments.count == 0 ? "empty" : "constant") in the training part: not used")
            return nil
        }
        var block = Block(isCategorical: false, start: columns, mean: moments.mean, scale: isConstant ? 0 : 1 / moments.deviation)
        columns += 1
        if moments.count < rows.count {
            block.missing = columns
            columns += 1
        }
        return block
    }

    init(from reader: inout ArtefactReader, width: Int) throws(LearningFailure) {
        columns = try reader.integer(in: 0...Self.columnLimit)
        blocks = []
        for _ in 0..<width {
            guard try reader.integer(in: 0...1) == 1 else {
                blocks.append(nil)
                continue
            }
            var block = Block(isCategorical: try reader.integer(in: 0...1) == 1, start: try reader.integer(in: 0...columns))
            block.mean = try reader.real()
            block.scale = try reader.real()
            block.missing = try reader.integer(in: -1...(columns - 1))
            block.other = try reader.integer(in: -1...(columns - 1))
            block.texts = try reader.texts()
            guard block.start + (block.isCategorical ? block.texts.count : 1) <= columns, block.mean.isFinite, block.scale.isFinite else {
                throw .corruptArtefact("a feature's columns lie outside the model")
            }
            blocks.append(block)
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(columns)
        for block in blocks {
            writer.integer(block == nil ? 0 : 1)
            guard let block else { continue }
            writer.integer(block.isCategorical ? 1 : 0)
            writer.integer(block.start)
            writer.real(block.mean)
            writer.real(block.scale)
            writer.integer(block.missing)
            writer.integer(block.other)
            writer.texts(block.texts)
        }
    }

    /// A name for each column: `temp`, `temp missing`, `carrier=UA`, `carrier other`.
    func columnNames(_ schema: Schema) -> [String] {
        var names = [String](repeating: "", count: columns)
        for (feature, block) in zip(schema.features, blocks) {
            guard let block else { continue }
            if !block.isCategorical { names[block.start] = feature.name }
            for (index, text) in block.texts.enumerated() { names[block.start + index] = "\(feature.name)=\(text)" }
            if block.missing >= 0 { names[block.missing] = "\(feature.name) missing" }
            if block.other >= 0 { names[block.other] = "\(feature.name) other" }
        }
        return names
    }
}

/// How often each text of a column occurs, the most frequent first.
private struct CategoryCounts {
    var texts: [(text: String, count: Int)]
    /// Rows whose code has no text: what a full dictionary could not take.
    var beyond = 0
    var missing = 0

    init(_ rows: LabelledRows, _ column: Int) {
        let table = rows.categories.table
        var byCode: [Int32: Int] = [:]
        for row in 0..<rows.count {
            let value = rows.features[row * rows.schema.width + column]
            if !value.isFinite {
                missing += 1
            } else if let code = Int32(exactly: value), table.name(of: code) != nil {
                byCode[code, default: 0] += 1
            } else {
                beyond += 1
            }
        }
        texts = byCode.compactMap { code, count in table.name(of: code).map { ($0, count) } }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }
}

/// Mean and standard deviation of a column's finite values, by Welford's update: stable for large means.
private struct Moments {
    var count = 0
    var mean = 0.0
    var deviation = 0.0

    init(_ rows: LabelledRows, _ column: Int) {
        // In units of the largest value, where squares could overflow.
        var largest = 0.0
        for row in 0..<rows.count {
            let value = abs(rows.features[row * rows.schema.width + column])
            if value.isFinite { largest = max(largest, value) }
        }
        let unit = largest > 1e150 ? largest : 1
        var squares = 0.0
        for row in 0..<rows.count {
            let raw = rows.features[row * rows.schema.width + column]
            guard raw.isFinite else { continue }
            count += 1
            let value = raw / unit
            let delta = value - mean
            mean += delta / Double(count)
            squares += delta * (value - mean)
        }
        deviation = count > 1 ? (squares / Double(count)).squareRoot() * unit : 0
        mean *= unit
    }
}
