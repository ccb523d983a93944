import Tabular

/// How raw rows become the columns of a linear model; learnt from the training part and frozen with the version.
///
/// A number is standardised, and has a second column where it may be missing. A category has one column for each frequent text, one for the
/// rare ones together, one for missing; a text that was never seen counts as a rare one. A time gives a column for each hour, weekday and
/// month of the schema's zone that occurs often enough: one that was hardly or never seen adds nothing, so that no line is drawn from the
/// months learnt from to those that follow.
struct DesignLayout: Sendable {
    /// Columns that categories may bring a model to: the Hessian grows with their square.
    static let categoryLimit = 600
    /// Columns that a model may have: a Hessian of 128 MB.
    static let columnLimit = 4_000
    /// Rows that a text or a time's slot needs for a column of its own, unless a setting says otherwise.
    static let rare = 20
    /// The setting of it.
    static let minCount = ParameterSpec(
        name: "min-count", summary: "rows that a category needs for a weight of its own; rarer ones share one",
        kind: .integer(1...1_000_000), defaultText: "\(rare)", search: .logarithmic(5...500))
    /// Standard deviations beyond which a value counts as this far out, so that no value on earth makes a score infinite.
    static let farthest = 1e12

    /// The columns of one feature.
    struct Block: Sendable {
        var kind: Kind
        /// First column.
        var start: Int
        var mean = 0.0
        /// 1 / standard deviation.
        var scale = 0.0
        /// The column that is 1 where a value is missing; -1 without one.
        var missing = -1
        /// The column of rare and unseen texts; -1 without one.
        var other = -1
        /// Texts with a column each, from `start` on; of a time `hour=5`, `weekday=1`, `month=12`.
        var texts: [String] = []
    }

    /// How a feature's value becomes columns.
    enum Kind: Int, Sendable {
        case number, category, time
    }

    private(set) var blocks: [Block?]
    private(set) var columns = 0
    /// Each column's mean over the training part: where explanations start from.
    private(set) var means: [Double] = []
    /// Rows that a text or a time's slot needs for a column of its own.
    let minCount: Int
    private(set) var notes: [String] = []

    /// Learns the columns of rows.
    ///
    /// Complexity: O(values).
    ///
    /// - Throws: `.tooWide` beyond `columnLimit`, `.noFeatures` when nothing varies.
    init(_ rows: LabelledRows, minCount: Int = rare, hooks: TrainingHooks) throws(LearningFailure) {
        blocks = []
        self.minCount = minCount
        var counts: [Int: CategoryCounts] = [:]
        for (index, feature) in rows.schema.features.enumerated() where feature.kind == .categorical {
            try hooks.checkpoint()
            counts[index] = CategoryCounts(rows, index)
        }
        let threshold = Self.threshold(
            counts.values.map(\.texts), minCount: minCount, budget: max(0, Self.categoryLimit - rows.schema.width))
        if threshold > minCount {
            notes.append(
                "categories with fewer than \(threshold) rows share a column: categories give a linear model at most \(Self.categoryLimit)")
        }
        for (index, feature) in rows.schema.features.enumerated() {
            if feature.role != nil {
                blocks.append(nil)
            } else if let counts = counts[index] {
                blocks.append(category(counts, rows.count, threshold: threshold, name: feature.name))
            } else if feature.kind == .time {
                try hooks.checkpoint()
                blocks.append(time(TimeCounts(rows, index), rows.count, feature.name))
            } else {
                try hooks.checkpoint()
                blocks.append(number(rows, index, feature.name))
            }
        }
        guard columns > 0 else { throw .noFeatures }
        guard columns <= Self.columnLimit else { throw .tooWide(columns: columns, limit: Self.columnLimit, instead: BoostedTrees.name) }
    }

    /// The least frequency at which the texts with a column of their own fit the budget; `Int.max` when none may have one.
    private static func threshold(_ counts: [[(text: String, count: Int)]], minCount: Int, budget: Int) -> Int {
        let frequencies = counts.flatMap { $0.map(\.count) }.filter { $0 >= minCount }.sorted(by: >)
        guard frequencies.count > budget else { return minCount }
        return budget == 0 ? .max : frequencies[budget] + 1
    }

    /// One more column, with the rows in which it is 1.
    private mutating func indicator(_ count: Int, of rows: Int) -> Int {
        means.append(Double(count) / Double(max(1, rows)))
        columns += 1
        return columns - 1
    }

    private mutating func category(_ counts: CategoryCounts, _ rows: Int, threshold: Int, name: String) -> Block? {
        let frequent = counts.texts.filter { $0.count >= threshold }
        let hasOther = counts.beyond > 0 || counts.texts.count > frequent.count
        let parts = frequent.count + (hasOther ? 1 : 0) + (counts.missing > 0 ? 1 : 0)
        guard parts > 1 else {
            let isRare = frequent.isEmpty && counts.texts.count > 1
            notes.append(
                isRare
                    ? "\(SafeText.escape(name)) has \(counts.texts.count) texts, and each is too rare (fewer than \(min(threshold, rows)) rows): not used"
                    : "\(SafeText.escape(name)) is constant in the training part: not used")
            return nil
        }
        var block = Block(kind: .category, start: columns)
        block.texts = frequent.map(\.text)
        for text in frequent { _ = indicator(text.count, of: rows) }
        if hasOther {
            let folded = counts.texts.dropFirst(frequent.count).reduce(counts.beyond) { $0 + $1.count }
            block.other = indicator(folded, of: rows)
        }
        if counts.missing > 0 { block.missing = indicator(counts.missing, of: rows) }
        return block
    }

    private mutating func time(_ counts: TimeCounts, _ rows: Int, _ name: String) -> Block? {
        // One value in every row tells nothing.
        let slots = TimePart.slots.indices.filter { counts.slots[$0] >= minCount && counts.slots[$0] < rows }
        guard !slots.isEmpty else {
            notes.append("\(SafeText.escape(name)) has no hour, weekday or month that parts \(minCount) rows from the others: not used")
            return nil
        }
        var block = Block(kind: .time, start: columns)
        block.texts = slots.map { TimePart.slots[$0] }
        for slot in slots { _ = indicator(counts.slots[slot], of: rows) }
        if counts.missing > 0 { block.missing = indicator(counts.missing, of: rows) }
        return block
    }

    private mutating func number(_ rows: LabelledRows, _ column: Int, _ name: String) -> Block? {
        let moments = Moments(rows, column)
        let isConstant = !(moments.deviation > 1e-12 * max(1, abs(moments.mean)))
        if isConstant, moments.count == 0 || moments.count == rows.count {
            notes.append("\(SafeText.escape(name)) is \(moments.count == 0 ? "empty" : "constant") in the training part: not used")
            return nil
        }
        var block = Block(kind: .number, start: columns, mean: moments.mean, scale: isConstant ? 0 : 1 / moments.deviation)
        columns += 1
        // Standardised, and zero where missing.
        means.append(0)
        if moments.count < rows.count { block.missing = indicator(rows.count - moments.count, of: rows.count) }
        return block
    }

    /// A layout of which no row is known.
    init(blocks: [Block?], columns: Int, minCount: Int) {
        self.blocks = blocks
        self.columns = columns
        self.minCount = minCount
        means = [Double](repeating: 0, count: columns)
    }

    /// Changes a feature's block; one that is not used begins as `other`.
    mutating func update(_ feature: Int, or other: Block? = nil, _ body: (inout Block) -> Void) {
        guard var block = blocks[feature] ?? other else { return }
        body(&block)
        blocks[feature] = block
    }

    /// Makes room for a feature's column: what lies at the place or behind it moves by one.
    mutating func insert(at place: Int, of growing: Int, mean: Double) {
        for feature in blocks.indices {
            update(feature) { block in
                // The one that grows begins before the place, or at it while it has no text.
                if feature != growing, block.start >= place { block.start += 1 }
                if block.missing >= place { block.missing += 1 }
                if block.other >= place { block.other += 1 }
            }
        }
        means.insert(mean, at: place)
        columns += 1
    }

    init(from reader: inout ArtefactReader, width: Int) throws(LearningFailure) {
        columns = try reader.integer(in: 0...Self.columnLimit)
        means = try reader.reals()
        guard means.count == columns, means.allSatisfy(\.isFinite) else { throw .corruptArtefact("its means do not fit its columns") }
        minCount = try reader.integer()
        blocks = []
        for _ in 0..<width {
            guard try reader.integer(in: 0...1) == 1 else {
                blocks.append(nil)
                continue
            }
            let kind = Kind(rawValue: try reader.integer(in: 0...2)) ?? .number
            var block = Block(kind: kind, start: try reader.integer(in: 0...columns))
            block.mean = try reader.real()
            block.scale = try reader.real()
            block.missing = try reader.integer(in: -1...(columns - 1))
            block.other = try reader.integer(in: -1...(columns - 1))
            block.texts = try reader.texts()
            guard block.start + (block.kind == .number ? 1 : block.texts.count) <= columns, block.mean.isFinite, block.scale.isFinite else {
                throw .corruptArtefact("a feature's columns lie outside the model")
            }
            blocks.append(block)
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        writer.integer(columns)
        writer.reals(means)
        writer.integer(minCount)
        for block in blocks {
            writer.integer(block == nil ? 0 : 1)
            guard let block else { continue }
            writer.integer(block.kind.rawValue)
            writer.integer(block.start)
            writer.real(block.mean)
            writer.real(block.scale)
            writer.integer(block.missing)
            writer.integer(block.other)
            writer.texts(block.texts)
        }
    }

    /// The feature that each column comes from.
    ///
    /// Columns that no feature claims, which only a damaged artefact has, count for the first.
    var featureByColumn: [Int] {
        var result = [Int](repeating: 0, count: columns)
        for (feature, block) in blocks.enumerated() {
            guard let block else { continue }
            for column in block.start..<(block.start + (block.kind == .number ? 1 : block.texts.count)) { result[column] = feature }
            if block.missing >= 0 { result[block.missing] = feature }
            if block.other >= 0 { result[block.other] = feature }
        }
        return result
    }

    /// A name for each column: `temp`, `temp missing`, `carrier=UA`, `carrier other`, `time month=12`.
    func columnNames(_ schema: Schema) -> [String] {
        var names = [String](repeating: "", count: columns)
        for (feature, block) in zip(schema.features, blocks) {
            guard let block else { continue }
            if block.kind == .number { names[block.start] = feature.name }
            let joint = block.kind == .time ? " " : "="
            for (index, text) in block.texts.enumerated() { names[block.start + index] = feature.name + joint + text }
            if block.missing >= 0 { names[block.missing] = "\(feature.name) missing" }
            if block.other >= 0 { names[block.other] = "\(feature.name) other" }
        }
        return names
    }
}
