import Tabular

/// How raw rows become the columns of a linear model; learnt from the training part and frozen with the version.
///
/// A number is standardised, and has a second column where it may be missing. A category has one column for each frequent text, one for the
/// rare ones together, one for missing; a text that was never seen counts as a rare one. Times give no column.
struct DesignLayout: Sendable {
    /// Columns that a model may have: the Hessian grows with their square.
    static let columnLimit = 600
    /// Rows that a text needs for a column of its own.
    static let rare = 20

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

    init(_ rows: LabelledRows) {
        let table = rows.categories.table
        var budget = Self.columnLimit - rows.schema.width
        var counts: [[(text: String, count: Int)]] = []
        for (index, feature) in rows.schema.features.enumerated() where feature.kind == .categorical {
            counts.append(Self.frequencies(rows, index, table))
        }
        // The least frequency at which the columns fit.
        var threshold = Self.rare
        while counts.reduce(0, { $0 + $1.count { $0.count >= threshold } }) > budget { threshold += max(1, threshold / 4) }
        if threshold > Self.rare { notes.append("categories with fewer than \(threshold) rows share a column: a linear model has at most \(Self.columnLimit)") }
        budget = 0
        blocks = []
        var categorical = 0
        for (index, feature) in rows.schema.features.enumerated() {
            switch feature.kind {
            case .time: blocks.append(nil)
            case .categorical:
                blocks.append(category(counts[categorical], threshold: threshold, rows: rows.count))
                categorical += 1
            case .numeric, .integer, .boolean: blocks.append(number(rows, index, feature.name))
            }
        }
    }

    private static func frequencies(_ rows: LabelledRows, _ column: Int, _ table: CategoryTable) -> [(text: String, count: Int)] {
        var byCode: [Int32: Int] = [:]
        for row in 0..<rows.count {
            if let code = Int32(exactly: rows.features[row * rows.schema.width + column]) { byCode[code, default: 0] += 1 }
        }
        return byCode.compactMap { code, count in table.name(of: code).map { ($0, count) } }.sorted { ($1.1, $0.0) < ($0.1, $1.0) }
    }

    private mutating func category(_ counts: [(text: String, count: Int)], threshold: Int, rows: Int) -> Block {
        var block = Block(isCategorical: true, start: columns)
        block.texts = counts.filter { $0.count >= threshold }.map(\.text)
        columns += block.texts.count
        if counts.contains(where: { $0.count < threshold }) {
            block.other = columns
            columns += 1
        }
        if counts.reduce(0, { $0 + $1.count }) < rows {
            block.missing = columns
            columns += 1
        }
        return block
    }

    private mutating func number(_ rows: LabelledRows, _ column: Int, _ name: String) -> Block? {
        var count = 0.0
        var mean = 0.0
        var squares = 0.0
        for row in 0..<rows.count {
            let value = rows.features[row * rows.schema.width + column]
            guard value.isFinite else { continue }
            count += 1
            // Welford's update: stable for large means.
            let delta = value - mean
            mean += delta / count
            squares += delta * (value - mean)
        }
        let deviation = count > 1 ? (squares / count).squareRoot() : 0
        let isConstant = !(deviation > 1e-12 * max(1, abs(mean)))
        if isConstant, count == 0 || Int(count) == rows.count {
            notes.append("\(SafeText.escape(name)) is constant in the training part: not used")
            return nil
        }
        var block = Block(isCategorical: false, start: columns, mean: mean, scale: isConstant ? 0 : 1 / deviation)
        columns += 1
        if Int(count) < rows.count {
            block.missing = columns
            columns += 1
        }
        return block
    }

    init(from reader: inout ArtefactReader, width: Int) throws(LearningFailure) {
        columns = try reader.integer(in: 0...1_000_000)
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
            guard block.start + max(1, block.texts.count) <= columns || (block.isCategorical && block.texts.isEmpty) else {
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

    /// Columns by code for each categorical feature: -1 for texts without a column.
    func bind(_ categories: CategoryDictionary) -> BoundLayout {
        for block in blocks { for text in block?.texts ?? [] { _ = categories.intern(text) } }
        let names = categories.table.names
        return BoundLayout(
            layout: self,
            codes: blocks.map { block in
                guard let block, block.isCategorical else { return [] }
                let columns = Dictionary(block.texts.enumerated().map { ($0.element, Int32(block.start + $0.offset)) }, uniquingKeysWith: { a, _ in a })
                return names.map { columns[$0] ?? Int32(block.other) }
            })
    }
}

/// A layout bound to a dictionary.
struct BoundLayout: Sendable {
    let layout: DesignLayout
    let codes: [[Int32]]

    /// Calls `body` for each column of a raw row that is not zero. No allocation.
    @inline(__always)
    func forEach(_ row: UnsafePointer<Double>, _ body: (_ column: Int, _ value: Double) -> Void) {
        for index in layout.blocks.indices {
            guard let block = layout.blocks[index] else { continue }
            let value = row[index]
            if !block.isCategorical {
                if value.isFinite {
                    body(block.start, (value - block.mean) * block.scale)
                } else if block.missing >= 0 {
                    body(block.missing, 1)
                }
                continue
            }
            let column: Int
            if value.isNaN {
                column = block.missing
            } else if let code = Int(exactly: value), code >= 0, code < codes[index].count {
                column = Int(codes[index][code])
            } else {
                column = block.other
            }
            if column >= 0 { body(column, 1) }
        }
    }
}
