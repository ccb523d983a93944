import Learning

/// The columns of a layout inside a graph: numbers standardised, texts and times as 0 and 1.
struct DesignWriter {
    /// `[rows, columns]`, in an order of its own.
    let matrix: String
    /// The layout's column of each of the matrix's.
    let order: [Int]

    /// Adds a layout to a graph; every layout has a column.
    init(_ design: DesignForm, _ prepared: PreparedColumns, _ graph: inout GraphWriter) {
        var pieces: [String] = []
        var order: [Int] = []
        var numbers: [(name: PreparedColumns.Number, block: DesignForm.Block)] = []
        for (block, column) in zip(design.blocks, prepared.columns) {
            guard let block else { continue }
            switch column {
            case .number(let number):
                if block.scale != 0 { numbers.append((number, block)) }
                guard block.missing >= 0 else { continue }
                pieces.append(PreparedColumns.absence(of: number, &graph))
                order.append(block.missing)
            case .category(let input):
                let shares = PreparedColumns.shares(of: input, texts: block.texts, &graph)
                // Some of these columns the layout may not have: what they would add is nothing.
                var places = block.texts.indices.map { ($0, block.start + $0) }
                if block.missing >= 0 { places.append((block.texts.count, block.missing)) }
                if block.other >= 0 { places.append((block.texts.count + 1, block.other)) }
                pieces.append(graph.columns(shares, places.map(\.0)))
                order += places.map(\.1)
            case .time(let parts): Self.add(parts, block, &pieces, &order, &graph)
            }
        }
        if !numbers.isEmpty {
            pieces.insert(Self.standardised(numbers, &graph), at: 0)
            order.insert(contentsOf: numbers.map { $0.block.start }, at: 0)
        }
        if pieces.isEmpty {
            // A layout of constants only: one column of nothing.
            guard case .number(let number) = prepared.columns.first else {
                matrix = ""
                self.order = []
                return
            }
            pieces = [graph.add("Mul", [PreparedColumns.absence(of: number, &graph), graph.number(0)])]
            order = [0]
        }
        matrix = graph.beside(pieces)
        self.order = order
    }

    private static func add(
        _ parts: [PreparedColumns.Number], _ block: DesignForm.Block, _ pieces: inout [String], _ order: inout [Int],
        _ graph: inout GraphWriter
    ) {
        let ranges = [0..<24, 1..<8, 1..<13]
        for (index, name) in ExportInputs.parts.enumerated() {
            let own = ranges[index].compactMap { value in
                block.texts.firstIndex(of: "\(name)=\(value)").map { (value: value, column: block.start + $0) }
            }
            guard !own.isEmpty else { continue }
            let slots = PreparedColumns.slots(of: parts[index], ranges[index], &graph)
            pieces.append(graph.columns(slots, own.map { $0.value - ranges[index].lowerBound }))
            order += own.map(\.column)
        }
        if block.missing >= 0 {
            pieces.append(PreparedColumns.absence(of: parts[0], &graph))
            order.append(block.missing)
        }
    }

    /// All numbers at once: (x − mean) · scale, kept within bounds, 0 where missing.
    private static func standardised(
        _ numbers: [(name: PreparedColumns.Number, block: DesignForm.Block)], _ graph: inout GraphWriter
    ) -> String {
        let values = graph.beside(numbers.map(\.name.value))
        let isPresent = graph.beside(numbers.map(\.name.isPresent))
        let distance = graph.add("Sub", [values, graph.line(numbers.map(\.block.mean))])
        let scaled = graph.add("Mul", [distance, graph.line(numbers.map(\.block.scale))])
        let kept = graph.add("Clip", [scaled, graph.number(-DesignForm.farthest), graph.number(DesignForm.farthest)])
        return graph.add("Where", [isPresent, kept, graph.number(0)])
    }
}
