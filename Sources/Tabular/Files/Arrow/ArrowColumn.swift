/// One column of an Arrow batch: gives any row's cell.
struct ArrowColumn {
    private let cell: TypedCell
    private let layout: ArrowField.Layout
    private let validity: ArrowBuffer
    private let first: ArrowBuffer
    private let second: ArrowBuffer
    /// What views lead to.
    private var further: [ArrowBuffer] = []
    private let file: ReadableFile
    private let memory: PageMemory
    private let scratch: Scratch
    private var hasMissing = false
    private var swapped: [UInt8] = []

    init(_ cell: TypedCell, _ layout: ArrowField.Layout, file: ReadableFile, memory: PageMemory, scratch: Scratch) {
        self.cell = cell
        self.layout = layout
        self.file = file
        self.memory = memory
        self.scratch = scratch
        validity = ArrowBuffer(file, memory: memory)
        first = ArrowBuffer(file, memory: memory)
        second = ArrowBuffer(file, memory: memory)
    }

    /// Begins with a batch, of whose buffers those from `next` on are this column's; moves on behind them.
    ///
    /// - Parameter views: how many further buffers a column of views has.
    mutating func begin(_ batch: ArrowBatch, missing: Int64, next: inout Int, views: Int64) throws(Damage) {
        let count = ArrowField.buffers(of: layout)
        guard views >= 0, views <= Int64(batch.buffers.count), next + count + Int(views) <= batch.buffers.count else { throw .tooShort }
        let spans = batch.buffers[next..<(next + count + Int(views))]
        next += count + Int(views)
        further.removeAll()
        guard count > 0 else { return }
        let parts = Array(spans)
        hasMissing = missing != 0 && parts[0].bytes > 0
        if hasMissing { try validity.begin(parts[0], batch.packing, scratch: scratch) }
        try first.begin(parts[1], batch.packing, scratch: scratch)
        if count > 2 { try second.begin(parts[2], batch.packing, scratch: scratch) }
        for part in parts[count...] {
            let buffer = ArrowBuffer(file, memory: memory)
            try buffer.begin(part, batch.packing, scratch: scratch)
            further.append(buffer)
        }
    }

    /// Whether a row has a value.
    @inline(__always)
    func hasValue(_ row: Int) throws(Damage) -> Bool {
        if layout == .null { return false }
        if !hasMissing { return true }
        return try validity.bit(row)
    }

    /// A whole number of a column of numbers.
    @inline(__always)
    func number(_ row: Int) throws(Damage) -> UInt64 {
        guard case .numbers(let width, let isSigned) = layout else { throw Damage(what: "no numbers") }
        var cursor = ByteCursor(try first.bytes(at: row * width, count: width))
        switch (width, isSigned) {
        case (1, true): return UInt64(bitPattern: Int64(try cursor.number(Int8.self)))
        case (1, false): return UInt64(try cursor.number(UInt8.self))
        case (2, true): return UInt64(bitPattern: Int64(try cursor.number(Int16.self)))
        case (2, false): return UInt64(try cursor.number(UInt16.self))
        case (4, true): return UInt64(bitPattern: Int64(try cursor.number(Int32.self)))
        case (4, false): return UInt64(try cursor.number(UInt32.self))
        default: return try cursor.number(UInt64.self)
        }
    }

    /// Adds a row's cell.
    mutating func append(_ row: Int, to text: inout RowText) throws(Damage) {
        guard try hasValue(row) else { return text.empty() }
        switch layout {
        case .null: text.empty()
        case .bits: try cell.append(bits: try first.bit(row) ? 1 : 0, to: &text)
        case .numbers: try cell.append(bits: try number(row), to: &text)
        case .fixed(let width):
            let bytes = try first.bytes(at: row * width, count: width)
            guard case .decimal = cell else { return try cell.append(bytes: bytes, to: &text) }
            swapped = bytes.reversed()
            try cell.append(bytes: scratch.kept(swapped), to: &text)
        case .variable(let width):
            var cursor = ByteCursor(try first.bytes(at: row * width, count: width * 2))
            let (start, end) =
                width == 4
                ? (Int64(try cursor.number(Int32.self)), Int64(try cursor.number(Int32.self)))
                : (try cursor.number(Int64.self), try cursor.number(Int64.self))
            guard start >= 0, end >= start, end <= Int64(second.count) else {
                throw Damage(what: "a text that stands outside of its buffer")
            }
            try append(second, Int(start), Int(end - start), to: &text)
        case .views: try appendView(row, to: &text)
        }
    }

    private func append(_ buffer: ArrowBuffer, _ start: Int, _ count: Int, to text: inout RowText) throws(Damage) {
        guard count <= CSVScanner.longestRecord else {
            throw Damage(what: "a text of more than 4 MiB", remedy: "leave the column out when you write the file")
        }
        try cell.append(bytes: try buffer.bytes(at: start, count: count), to: &text)
    }

    private func appendView(_ row: Int, to text: inout RowText) throws(Damage) {
        let view = try first.bytes(at: row * 16, count: 16)
        var cursor = ByteCursor(view)
        let length = Int(try cursor.number(Int32.self))
        guard length >= 0 else { throw Damage(what: "a text of impossible length") }
        if length <= 12 { return try cell.append(bytes: try cursor.take(length), to: &text) }
        _ = try cursor.take(4)
        let (index, start) = (Int(try cursor.number(Int32.self)), Int(try cursor.number(Int32.self)))
        guard index >= 0, index < further.count else { throw Damage(what: "a text in a buffer that is not there") }
        try append(further[index], start, length, to: &text)
    }
}
