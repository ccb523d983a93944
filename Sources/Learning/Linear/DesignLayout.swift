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
    /// Rows that a text needs for a column of its own.
    static let rare = 20
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
        var block = Block(kind: .category, start: columns)
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

    private mutating func time(_ counts: TimeCounts, _ rows: Int, _ name: String) -> Block? {
        var texts: [String] = []
        for part in TimePart.allCases {
            // One value in every row tells nothing.
            texts += part.ownSlots.filter { counts.slots[$0] >= Self.rare && counts.slots[$0] < rows }.map { TimePart.slots[$0] }
        }
        guard !texts.isEmpty else {
            notes.append("\(SafeText.escape(name)) has no hour, weekday or month that parts \(Self.rare) rows from the others: not used")
            return nil
        }
        var block = Block(kind: .time, start: columns)
        block.texts = texts
        columns += texts.count
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
        var block = Block(kind: .number, start: columns, mean: moments.mean, scale: isConstant ? 0 : 1 / moments.deviation)
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
