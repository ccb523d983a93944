import Tabular

/// A layout bound to a dictionary's codes.
struct BoundLayout: Sendable {
    let layout: DesignLayout
    /// Columns by code for each categorical feature: -1 for texts without a column.
    let codes: [[Int32]]

    /// Adds the layout's texts to the dictionary where it lacks them.
    ///
    /// Complexity: O(dictionary · categorical features).
    init(_ layout: DesignLayout, _ categories: CategoryDictionary) {
        self.layout = layout
        for block in layout.blocks { for text in block?.texts ?? [] { _ = categories.intern(text) } }
        let names = categories.table.names
        codes = layout.blocks.map { block in
            guard let block, block.isCategorical else { return [] }
            let columns = Dictionary(
                block.texts.enumerated().map { ($0.element, Int32(block.start + $0.offset)) }, uniquingKeysWith: { a, _ in a })
            return names.map { columns[$0] ?? Int32(block.other) }
        }
    }

    /// Calls `body` for each column of a raw row that is not zero.
    ///
    /// No allocation.
    @inline(__always)
    func forEach(_ row: UnsafePointer<Double>, _ body: (_ column: Int, _ value: Double) -> Void) {
        for index in layout.blocks.indices {
            guard let block = layout.blocks[index] else { continue }
            let value = row[index]
            if !block.isCategorical {
                if value.isFinite {
                    // A difference that overflows becomes the farthest, as any other value that far out; a column of one value has no scale.
                    let distance = block.scale == 0 ? 0 : (value - block.mean) * block.scale
                    body(block.start, min(max(distance, -DesignLayout.farthest), DesignLayout.farthest))
                } else if block.missing >= 0 {
                    body(block.missing, 1)
                }
                continue
            }
            let column: Int
            if !value.isFinite {
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
