import Engine
import Tabular

/// What is known of a tensor so far.
struct TensorHead {
    var name: JSONText?
    var datatype: TensorDatatype?
    /// The datatype's text, when it is none of ours.
    var unknownDatatype: JSONText?
    var rank: Int?
    var rows = 0
    var columns = 1
    /// Where `data` stands, when it came before the rest.
    var dataOffset: Int?
    var hasData = false

    var isComplete: Bool { name != nil && (datatype != nil || unknownDatatype != nil) && rank != nil }
}

extension InferenceDecoder {
    /// Reads one tensor object.
    mutating func tensor() throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openObject() } catch { throw .json(error) }
        let start = scanner.position
        var first = true
        var others = OtherKeys()
        var head: TensorHead
        if let known = plan.templates.match(tensors, &scanner) {
            head = known
            head.hasData = true
            first = false
            try data(head)
        } else {
            head = TensorHead()
        }
        while let key = try nextKey(&first) {
            if scanner.equals(key, "data") {
                guard !head.hasData else { throw duplicate(key) }
                head.hasData = true
                if head.isComplete {
                    if others.isEmpty { plan.templates.learn(tensors, head, from: start, scanner) }
                    try data(head)
                } else {
                    _ = scanner.peek()
                    head.dataOffset = scanner.position
                    try skip()
                }
            } else if scanner.equals(key, "name") {
                guard head.name == nil else { throw duplicate(key) }
                head.name = try string()
            } else if scanner.equals(key, "shape") {
                guard head.rank == nil else { throw duplicate(key) }
                try shape(&head)
            } else if scanner.equals(key, "datatype") {
                guard head.datatype == nil, head.unknownDatatype == nil else { throw duplicate(key) }
                let text = try string()
                head.datatype = TensorDatatype(text, in: scanner)
                if head.datatype == nil { head.unknownDatatype = text }
            } else {
                try others.note(key, in: scanner)
                try skip()
            }
        }
        try finish(head)
    }

    /// Reads data that came before name, shape or datatype; says what is missing.
    private mutating func finish(_ head: TensorHead) throws(InferenceFailure) {
        guard head.name != nil else { throw failure(head, "name: missing: give the feature's name") }
        guard head.datatype != nil || head.unknownDatatype != nil else {
            throw failure(head, "datatype: missing: FP64, INT64, BOOL or BYTES")
        }
        guard head.rank != nil else { throw failure(head, "shape: missing: [n] or [n,1]") }
        guard head.hasData else { throw failure(head, "data: missing: binary tensors are not taken, send JSON") }
        guard let offset = head.dataOffset else { return }
        let end = scanner.position
        scanner.move(to: offset)
        try data(head)
        scanner.move(to: end)
    }

    private mutating func string() throws(InferenceFailure) -> JSONText {
        do throws(JSONFailure) { return try scanner.string() } catch { throw .json(error) }
    }

    private mutating func shape(_ head: inout TensorHead) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        var rank = 0
        while try nextElement(&first) {
            let number: JSONNumber
            do throws(JSONFailure) { number = try scanner.number() } catch { throw .json(error) }
            guard let dimension = number.integer, dimension >= 0, dimension <= Int64(Int32.max) else {
                throw failure(head, "shape[\(rank)]: a whole number from 0 to \(Int32.max) is wanted")
            }
            guard rank < 2 else { throw failure(head, "shape: more than 2 dimensions: send [n] or [n,1]") }
            if rank == 0 { head.rows = Int(dimension) } else { head.columns = Int(dimension) }
            rank += 1
        }
        guard rank > 0 else { throw failure(head, "shape: empty: send [n] or [n,1]") }
        head.rank = rank
    }

    // MARK: Data

    private mutating func data(_ head: TensorHead) throws(InferenceFailure) {
        guard let name = head.name else { return }
        guard let datatype = head.datatype else {
            let given = head.unknownDatatype.map { scanner.text($0) } ?? ""
            throw failure(
                head,
                "datatype \"\(InferenceFailure.short(given))\" is unknown: one of \(TensorDatatype.allCases.map(\.rawValue).joined(separator: ", "))"
            )
        }
        guard !isMatrix else { throw failure(head, "the first tensor holds all features already: leave this one out") }
        if let position = plan.position(of: name, in: scanner, hint: hint), head.columns == 1 {
            try column(head, datatype: datatype, position: position)
        } else {
            try matrix(head, datatype: datatype)
        }
    }

    /// One tensor, one feature.
    private mutating func column(_ head: TensorHead, datatype: TensorDatatype, position: Int) throws(InferenceFailure) {
        let feature = plan.schema.features[position]
        hint = position + 1
        guard plan.mark(position) else { throw failure(head, "this feature was sent already: send it once") }
        guard datatype.carries(feature.kind) else {
            throw failure(
                head,
                "datatype \(datatype.rawValue) cannot carry a \(feature.kind.rawValue) feature: send \(TensorDatatype.choices(feature.kind))"
            )
        }
        try begin(head)
        try elements(head, datatype: datatype) { decoder, index, row, _ throws(InferenceFailure) in
            let value = try decoder.element(head, index: index, position: position, kind: feature.kind, datatype: datatype)
            decoder.buffer.rows[row * decoder.plan.schema.width + position] = value
        }
    }

    /// One tensor, all features.
    private mutating func matrix(_ head: TensorHead, datatype: TensorDatatype) throws(InferenceFailure) {
        if let name = head.name, plan.position(of: name, in: scanner, hint: hint) != nil, tensors > 0 || head.columns != plan.matrix.count {
            throw failure(head, "shape [\(head.rows),\(head.columns)]: one feature has the shape [n] or [n,1]")
        }
        guard tensors == 0, head.rank == 2 else { throw unknownTensor(head) }
        guard plan.notInMatrix.isEmpty else {
            let names = plan.notInMatrix.prefix(8).map { InferenceFailure.short($0) }.joined(separator: ", ")
            throw failure(head, "one tensor for all features needs numbers only, but \(names) are not: send one tensor for each feature")
        }
        guard head.columns == plan.matrix.count else {
            throw failure(head, "shape [\(head.rows),\(head.columns)]: \(plan.matrix.count) columns are wanted, in the metadata's order")
        }
        guard datatype.isReal || datatype.isInteger || datatype == .bool else {
            throw failure(head, "datatype \(datatype.rawValue): a tensor of all features is FP64, FP32 or an INT type")
        }
        isMatrix = true
        for position in plan.matrix { _ = plan.mark(position) }
        try begin(head)
        try elements(head, datatype: datatype) { decoder, index, row, column throws(InferenceFailure) in
            let position = decoder.plan.matrix[column]
            let kind = decoder.plan.schema.features[position].kind
            decoder.buffer.rows[row * decoder.plan.schema.width + position] = try decoder.element(
                head, index: index, position: position, kind: kind, datatype: datatype)
        }
    }

    /// Checks the number of rows; the first tensor decides it.
    private mutating func begin(_ head: TensorHead) throws(InferenceFailure) {
        guard rowCount == 0 else {
            guard head.rows == rowCount else { throw failure(head, "shape: \(head.rows) rows, but the tensors before it have \(rowCount)") }
            return
        }
        guard head.rows > 0 else { throw failure(head, "shape: no rows: send at least one") }
        guard head.rows <= maximumRows else { throw .tooManyRows(head.rows, limit: maximumRows) }
        let (values, overflow) = head.rows.multipliedReportingOverflow(by: max(1, plan.schema.width))
        guard !overflow, values <= Self.maximumValues else {
            throw .tooManyRows(head.rows, limit: Self.maximumValues / max(1, plan.schema.width))
        }
        rowCount = head.rows
        buffer.prepare(values: values, scores: head.rows * lane.outputs)
    }

    /// Walks over `data`, flat or nested as the shape says, and hands each element's place to `body`, which reads it.
    @inline(__always)
    private mutating func elements(
        _ head: TensorHead, datatype: TensorDatatype,
        body: (inout InferenceDecoder, _ index: Int, _ row: Int, _ column: Int) throws(InferenceFailure) -> Void
    ) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        let isNested = head.rank == 2 && scanner.peek() == 0x5B
        var first = true
        var index = 0
        var row = 0
        var column = 0
        while try nextElement(&first) {
            guard row < head.rows else { throw failure(head, "data: more than the \(expected(head)) that the shape says") }
            if isNested {
                try nestedRow(head, row: row, index: &index, body: body)
                row += 1
            } else {
                try body(&self, index, row, column)
                index += 1
                column += 1
                if column == head.columns {
                    column = 0
                    row += 1
                }
            }
        }
        guard row == head.rows else { throw failure(head, "data: \(index) values, but the shape says \(expected(head))") }
    }

    private mutating func nestedRow(
        _ head: TensorHead, row: Int, index: inout Int,
        body: (inout InferenceDecoder, _ index: Int, _ row: Int, _ column: Int) throws(InferenceFailure) -> Void
    ) throws(InferenceFailure) {
        do throws(JSONFailure) { try scanner.openArray() } catch { throw .json(error) }
        var first = true
        var column = 0
        while try nextElement(&first) {
            guard column < head.columns else { throw failure(head, "data[\(row)]: more than \(head.columns) values") }
            try body(&self, index, row, column)
            index += 1
            column += 1
        }
        guard column == head.columns else { throw failure(head, "data[\(row)]: \(column) values, but the shape says \(head.columns)") }
    }

    private func expected(_ head: TensorHead) -> String { "\(head.rows * head.columns) values" }

    // MARK: Failures

    func failure(_ head: TensorHead, _ problem: String) -> InferenceFailure {
        .tensor(index: tensors, name: head.name.map { scanner.text($0) } ?? "", problem: problem)
    }

    private func unknownTensor(_ head: TensorHead) -> InferenceFailure {
        let name = head.name.map { scanner.text($0) } ?? ""
        if plan.schema.target.name == name { return failure(head, "this is the target, which is predicted: leave it out") }
        if plan.schema.excluded.contains(name) { return failure(head, "this column is excluded from the model: leave it out") }
        let nearest =
            Names.nearest(to: name, in: plan.schema.features.map(\.name)).map { ": did you mean \($0)?" }
            ?? ": GET the model's metadata for its inputs"
        return failure(head, "no such feature\(nearest)")
    }
}
