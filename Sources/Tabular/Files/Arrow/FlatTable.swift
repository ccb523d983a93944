/// A table of a FlatBuffers message: fields found through its list of offsets, never beyond the bytes.
///
/// Source: google/flatbuffers, "internals.md".
struct FlatTable {
    private let bytes: UnsafeBufferPointer<UInt8>
    private let position: Int
    private let fields: Int
    private let fieldBytes: Int

    /// The root of a message.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws(Damage) { try self.init(bytes, at: try Self.forward(bytes, 0)) }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) throws(Damage) {
        self.bytes = bytes
        self.position = position
        // The list of offsets stands so many bytes before the table.
        let back = Int(try Self.number(bytes, position, Int32.self))
        fields = position - back
        guard fields >= 0, fields < bytes.count else { throw .tooShort }
        fieldBytes = Int(try Self.number(bytes, fields, UInt16.self))
    }

    private static func number<Value: FixedWidthInteger>(
        _ bytes: UnsafeBufferPointer<UInt8>, _ place: Int, _ type: Value.Type
    ) throws(Damage) -> Value {
        guard place >= 0, place <= bytes.count - MemoryLayout<Value>.size, let base = bytes.baseAddress else { throw .tooShort }
        return Value(littleEndian: UnsafeRawPointer(base + place).loadUnaligned(as: Value.self))
    }

    /// Where an offset at a place leads to.
    private static func forward(_ bytes: UnsafeBufferPointer<UInt8>, _ place: Int) throws(Damage) -> Int {
        let target = place + Int(try number(bytes, place, UInt32.self))
        guard target < bytes.count else { throw .tooShort }
        return target
    }

    /// Where a field stands; nil where the message leaves it out.
    private func place(_ field: Int) throws(Damage) -> Int? {
        let entry = 4 + field * 2
        guard entry + 2 <= fieldBytes else { return nil }
        let offset = Int(try Self.number(bytes, fields + entry, UInt16.self))
        return offset == 0 ? nil : position + offset
    }

    /// A number, or what stands for one that is left out.
    func number<Value: FixedWidthInteger>(_ field: Int, _ otherwise: Value) throws(Damage) -> Value {
        guard let place = try place(field) else { return otherwise }
        return try Self.number(bytes, place, Value.self)
    }

    func truth(_ field: Int) throws(Damage) -> Bool { try number(field, UInt8(0)) != 0 }

    func table(_ field: Int) throws(Damage) -> FlatTable? {
        guard let place = try place(field) else { return nil }
        return try FlatTable(bytes, at: try Self.forward(bytes, place))
    }

    func text(_ field: Int) throws(Damage) -> String? {
        guard let vector = try vector(field, width: 1) else { return nil }
        return String(decoding: bytes[vector.start..<(vector.start + vector.count)], as: UTF8.self)
    }

    /// - Parameter most: tables at most: several places may lead to one.
    func tables(_ field: Int, most: Int) throws(Damage) -> [FlatTable] {
        guard let vector = try vector(field, width: 4) else { return [] }
        guard vector.count <= most else { throw Damage(what: "a list of \(vector.count) elements, where \(most) are the most") }
        var tables: [FlatTable] = []
        for index in 0..<vector.count {
            tables.append(try FlatTable(bytes, at: try Self.forward(bytes, vector.start + index * 4)))
        }
        return tables
    }

    /// A list of structures of so many bytes each: `body` reads one.
    func structures<Element>(
        _ field: Int, width: Int, _ body: (inout ByteCursor) throws(Damage) -> Element
    ) throws(Damage) -> [Element] {
        guard let vector = try vector(field, width: width) else { return [] }
        var elements: [Element] = []
        for index in 0..<vector.count {
            var cursor = ByteCursor(bytes, at: vector.start + index * width)
            elements.append(try body(&cursor))
        }
        return elements
    }

    private func vector(_ field: Int, width: Int) throws(Damage) -> (start: Int, count: Int)? {
        guard let place = try place(field) else { return nil }
        let start = try Self.forward(bytes, place)
        let count = Int(try Self.number(bytes, start, UInt32.self))
        guard count <= (bytes.count - start - 4) / width else { throw .tooShort }
        return (start + 4, count)
    }
}
