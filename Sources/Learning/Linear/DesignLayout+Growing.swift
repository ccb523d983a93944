import Tabular

/// A layout that goes on after the training: what only what learns label by label needs.
extension DesignLayout {
    /// The layout of a schema of which no row is known: every feature has its columns, no number has a unit yet, no text a column of its own.
    ///
    /// - Throws: `.tooWide`, `.noFeatures`.
    init(empty schema: Schema, minCount: Int) throws(LearningFailure) {
        var blocks: [Block?] = []
        var columns = 0
        for feature in schema.features {
            guard feature.role == nil else {
                blocks.append(nil)
                continue
            }
            var block = Block(kind: .number, start: columns)
            switch feature.kind {
            case .categorical:
                block.kind = .category
                block.other = columns
                columns += 1
            case .time:
                block.kind = .time
                block.texts = TimePart.slots
                columns += block.texts.count
            default: columns += 1
            }
            block.missing = columns
            columns += 1
            blocks.append(block)
        }
        guard columns > 0 else { throw .noFeatures }
        guard columns <= Self.columnLimit else { throw .tooWide(columns: columns, limit: Self.columnLimit, instead: BoostedTrees.name) }
        self.init(blocks: blocks, columns: columns, minCount: minCount)
    }

    /// Gives a number a unit.
    mutating func settle(_ feature: Int, mean: Double, scale: Double) {
        update(feature) { block in
            block.mean = mean
            block.scale = scale
        }
    }

    /// Gives a text a column of its own; the column's place, before which nothing moves and from which everything moves by one.
    ///
    /// Nil where a linear model has as many columns as categories may bring it to.
    ///
    /// - Parameter share: the text's share of the rows, for explanations.
    mutating func grow(_ text: String, of feature: Int, share: Double) -> Int? {
        guard columns < Self.categoryLimit else { return nil }
        let block = blocks[feature] ?? Block(kind: .category, start: columns)
        guard block.kind == .category else { return nil }
        let place = block.start + block.texts.count
        insert(at: place, of: feature, mean: share)
        update(feature, or: block) { $0.texts.append(text) }
        return place
    }

    /// Whether texts may still be given columns.
    var hasRoom: Bool { columns < Self.categoryLimit }
}
