package import Engine
import Tabular

/// How a tensor's elements lie.
package struct TensorShape: Sendable, Equatable {
    package var datatype: TensorDatatype
    /// Dimensions: 1 or 2.
    package var rank: Int
    package var rows: Int
    package var columns: Int

    package init(datatype: TensorDatatype, rank: Int, rows: Int, columns: Int) {
        self.datatype = datatype
        self.rank = rank
        self.rows = rows
        self.columns = columns
    }

    /// Elements that it holds.
    var elements: Int { rows * columns }

    /// The shape of a tensor with those dimensions.
    package init(_ dimensions: [Int64], datatype: TensorDatatype) throws(TensorFailure) {
        guard !dimensions.isEmpty else { throw .tensor("shape: empty: send [n] or [n,1]") }
        guard dimensions.count <= 2 else { throw .tensor("shape: more than 2 dimensions: send [n] or [n,1]") }
        for (index, dimension) in dimensions.enumerated() where dimension < 0 || dimension > Int64(Int32.max) {
            throw .tensor("shape[\(index)]: a whole number from 0 to \(Int32.max) is wanted")
        }
        self.init(
            datatype: datatype, rank: dimensions.count, rows: Int(dimensions[0]), columns: dimensions.count == 2 ? Int(dimensions[1]) : 1)
    }
}

/// Writes the tensors of an inference request into raw rows, whatever protocol brings them.
///
/// A reader of a protocol says `begin` with a tensor's name and shape, appends its elements one by one (`missing`, `number`, `truth`, `text`), says `end`,
/// and after the last tensor `finish`. What a tensor may be called, what its datatype may carry and what an element means is decided here.
/// Nothing is allocated unless a text is new or the request fails. No call writes outside of the rows, whatever the reader does.
package struct TensorRows {
    /// Values that one request may bring, optional features included.
    static let maximumValues = 4_194_304
    /// Bytes of one category: longer ones are none.
    static let maximumCategoryBytes = 1_024

    let plan: RowPlan
    let lane: Lane
    let buffer: RowBuffer
    let maximumRows: Int
    /// Rows of the request, as its first tensor says.
    package private(set) var count = 0
    /// Elements of the tensor that have been appended.
    package private(set) var index = 0
    /// The kind of the feature that the next element belongs to.
    private(set) var kind = FeatureKind.numeric
    /// The row position of that feature.
    private(set) var position = 0
    private(set) var datatype = TensorDatatype.fp64
    private var shape = TensorShape(datatype: .fp64, rank: 1, rows: 0, columns: 1)
    private var tensors = 0
    private var column = 0
    /// Where the row of the next element begins.
    private(set) var start = 0
    private var hint = 0
    /// Whether the one tensor of the request carries all features.
    private var isMatrix = false

    package init(plan: RowPlan, lane: Lane, buffer: RowBuffer, maximumRows: Int) {
        self.plan = plan
        self.lane = lane
        self.buffer = buffer
        self.maximumRows = maximumRows
        plan.beginRequest()
        buffer.key = nil
    }

    // MARK: Tensors

    /// Begins a tensor.
    ///
    /// - Parameter name: its name's bytes, UTF-8.
    package mutating func begin(_ name: UnsafeBufferPointer<UInt8>, _ shape: TensorShape) throws(TensorFailure) {
        // Until all is checked there is room for nothing.
        self.shape.rows = 0
        index = 0
        guard !isMatrix else { throw .tensor("the first tensor holds all features already: leave this one out") }
        let found = plan.position(of: name, hint: hint)
        if let found, shape.columns == 1 { try beginColumn(found, shape) } else { try beginMatrix(name, shape, isFeature: found != nil) }
        try reserve(shape)
        self.shape = shape
        datatype = shape.datatype
        column = 0
        start = 0
    }

    /// One tensor, one feature.
    private mutating func beginColumn(_ found: Int, _ shape: TensorShape) throws(TensorFailure) {
        let kind = plan.kinds[found]
        hint = found + 1
        guard plan.mark(found) else { throw .tensor("this feature was sent already: send it once") }
        guard shape.datatype.carries(kind) else {
            throw .tensor(
                "datatype \(shape.datatype.rawValue) cannot carry a \(kind.rawValue) feature: send \(TensorDatatype.choices(kind))"
            )
        }
        position = found
        self.kind = kind
    }

    /// One tensor, all features.
    private mutating func beginMatrix(
        _ name: UnsafeBufferPointer<UInt8>, _ shape: TensorShape, isFeature: Bool
    ) throws(TensorFailure) {
        if isFeature, tensors > 0 || shape.columns != plan.matrix.count {
            throw .tensor("shape [\(shape.rows),\(shape.columns)]: one feature has the shape [n] or [n,1]")
        }
        guard tensors == 0, shape.rank == 2 else { throw unknown(String(decoding: name, as: UTF8.self)) }
        guard plan.notInMatrix.isEmpty else {
            let names = plan.notInMatrix.prefix(8).map { TensorFailure.short($0) }.joined(separator: ", ")
            throw .tensor("one tensor for all features needs numbers only, but \(names) are not: send one tensor for each feature")
        }
        guard shape.columns == plan.matrix.count, let first = plan.matrix.first else {
            throw .tensor("shape [\(shape.rows),\(shape.columns)]: \(plan.matrix.count) columns are wanted, in the metadata's order")
        }
        guard shape.datatype.isReal || shape.datatype.isInteger || shape.datatype == .bool else {
            throw .tensor("datatype \(shape.datatype.rawValue): a tensor of all features is FP64, FP32 or an INT type")
        }
        isMatrix = true
        for position in plan.matrix { _ = plan.mark(position) }
        position = first
        kind = plan.kinds[first]
    }

    /// Checks the number of rows; the first tensor decides it.
    private mutating func reserve(_ shape: TensorShape) throws(TensorFailure) {
        guard count == 0 else {
            guard shape.rows == count else { throw .tensor("shape: \(shape.rows) rows, but the tensors before it have \(count)") }
            return
        }
        guard shape.rows > 0 else { throw .tensor("shape: no rows: send at least one") }
        guard shape.rows <= maximumRows else { throw .tooManyRows(shape.rows, limit: maximumRows) }
        let (values, overflow) = shape.rows.multipliedReportingOverflow(by: max(1, plan.width))
        guard !overflow, values <= Self.maximumValues else {
            throw .tooManyRows(shape.rows, limit: Self.maximumValues / max(1, plan.width))
        }
        count = shape.rows
        buffer.prepare(values: values, scores: shape.rows * lane.outputs)
    }

    private func unknown(_ name: String) -> TensorFailure {
        if plan.schema.target.name == name { return .tensor("this is the target, which is predicted: leave it out") }
        if plan.schema.excluded.contains(name) { return .tensor("this column is excluded from the model: leave it out") }
        let nearest =
            Names.nearest(to: name, in: plan.schema.features.map(\.name)).map { ": did you mean \($0)?" }
            ?? ": GET the model's metadata for its inputs"
        return .tensor("no such feature\(nearest)")
    }

    /// Elements that the tensor's shape says.
    var elements: Int { shape.elements }

    /// Whether the tensor has all the elements that its shape says.
    @inline(__always)
    var isFull: Bool { index >= shape.elements }

    /// What an element too many is refused with.
    var overfull: TensorFailure { .tensor("data: more than the \(shape.elements) values that the shape says") }

    /// Ends a tensor.
    package mutating func end() throws(TensorFailure) {
        guard isFull else { throw .tensor("data: \(index) values, but the shape says \(shape.elements) values") }
        tensors += 1
    }

    /// Ends the request: features that it left out are missing where the schema allows it, else an error names them all.
    ///
    /// - Returns: the rows, which stand in the buffer.
    package mutating func finish() throws(TensorFailure) -> Int {
        let width = plan.width
        var absent: [String] = []
        for position in 0..<width where !plan.isMarked(position) {
            guard plan.schema.features[position].optional else {
                absent.append(plan.schema.features[position].name)
                continue
            }
            for row in 0..<count { buffer.rows[row * width + position] = .nan }
        }
        guard absent.isEmpty else {
            let names = absent.prefix(8).map { TensorFailure.short($0) }.joined(separator: ", ")
            throw .request(
                "inputs: missing \(absent.count == 1 ? "feature" : "features") \(names)\(absent.count > 8 ? ", …" : ""): "
                    + "send a tensor for each, with null for an unknown value")
        }
        return count
    }

    /// Puts all elements of a tensor into the rows at once, where these are the doubles as they come; false where each must be looked at.
    ///
    /// One that is no finite number is either missing or refused: then all are read one by one, as if nothing had been put.
    /// Complexity: O(bytes), little more than copying them.
    mutating func putPlain(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let size = MemoryLayout<UInt64>.size
        guard datatype == .fp64, isMatrix, plan.isPlainMatrix, index == 0, bytes.count == elements * size else { return false }
        let exponent = Double.infinity.bitPattern
        let rows = buffer.rows
        var isFinite = true
        for place in 0..<elements {
            let bits = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place &* size, as: UInt64.self))
            isFinite = (bits & exponent != exponent) && isFinite
            rows[place] = Double(bitPattern: bits)
        }
        if isFinite { index = elements }
        return isFinite
    }

    /// Puts the value of the next element into its row.
    @inline(__always)
    mutating func put(_ value: Double) throws(TensorFailure) {
        guard !isFull else { throw overfull }
        buffer.rows[start + position] = value
        index += 1
        column += 1
        if column == shape.columns {
            column = 0
            start += plan.width
        }
        guard isMatrix else { return }
        position = plan.matrix[column]
        kind = plan.kinds[position]
    }
}
