/// Where a value lies while a model is evaluated.
struct Slot {
    var data: UnsafeMutableRawPointer
    /// Bytes of memory that are the slot's own; 0 when `data` is another's.
    var capacity = 0
    var own: UnsafeMutableRawPointer?
    var type = ElementType.float
    var shape = Shape()
}

/// The values of one evaluation: a slot for each, whose memory is kept for the next one.
///
/// Invariant behind `@unchecked Sendable`: only one thread at a time holds a frame; `FramePool` hands it out and takes it back.
final class Frame: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<Slot>
    private let count: Int
    /// Bytes that may still be taken.
    private var budget: Int
    /// Whose memory slots of constants point to.
    private let constants: ConstantMemory
    /// Texts that the model does not have, numbered behind those that it has.
    private(set) var ownTexts: [String] = []
    private var ownNumbers: [String: Int32] = [:]
    let texts: TextTable

    /// A frame of empty slots and those of the constants.
    init(count: Int, constants: ConstantMemory, texts: TextTable, budget: Int) {
        self.count = count
        self.constants = constants
        self.texts = texts
        self.budget = budget
        slots = .allocate(capacity: max(1, count))
        slots.initialize(repeating: Slot(data: ConstantMemory.nothing), count: max(1, count))
        for (slot, value) in constants.slots { slots[slot] = value }
    }

    deinit {
        for index in 0..<count { slots[index].own?.deallocate() }
        slots.deallocate()
    }

    /// The shape of a value.
    func shape(_ slot: Int) -> Shape { slots[slot].shape }

    /// The type of a value.
    func type(_ slot: Int) -> ElementType { slots[slot].type }

    /// The elements of a value, to be read as what they are.
    @inline(__always)
    func read<T: BitwiseCopyable>(_ slot: Int, as type: T.Type) -> UnsafePointer<T> {
        UnsafePointer(slots[slot].data.assumingMemoryBound(to: T.self))
    }

    /// The bytes of a value.
    func bytes(_ slot: Int) -> UnsafeRawPointer { UnsafeRawPointer(slots[slot].data) }

    /// Room for a value, uninitialised.
    func make<T: BitwiseCopyable>(_ slot: Int, _ type: ElementType, _ shape: Shape, as: T.Type) throws(OnnxFault) -> UnsafeMutablePointer<T>
    {
        try make(slot, type, shape).assumingMemoryBound(to: T.self)
    }

    /// Room for a value, uninitialised.
    ///
    /// - Throws: `.tooLarge` beyond the frame's budget. Allocates only when the slot has never held as much.
    func make(_ slot: Int, _ type: ElementType, _ shape: Shape) throws(OnnxFault) -> UnsafeMutableRawPointer {
        try shape.checkExtent()
        let bytes = shape.count * type.size
        let place = slots + slot
        if bytes > place.pointee.capacity || place.pointee.own == nil { try grow(slot, bytes) }
        guard let own = place.pointee.own else { throw .tooLarge(bytes) }
        place.pointee.data = own
        place.pointee.type = type
        place.pointee.shape = shape
        return own
    }

    private func grow(_ slot: Int, _ bytes: Int) throws(OnnxFault) {
        let place = slots + slot
        let more = bytes - place.pointee.capacity
        guard more <= budget else { throw .tooLarge(more) }
        budget -= more
        place.pointee.own?.deallocate()
        place.pointee.own = .allocate(byteCount: max(64, bytes), alignment: 64)
        place.pointee.capacity = bytes
    }

    /// Makes a value of another's elements, in another shape of as many.
    func alias(_ slot: Int, of other: Int, _ shape: Shape) throws(OnnxFault) {
        try shape.checkExtent()
        slots[slot].data = slots[other].data
        slots[slot].type = slots[other].type
        slots[slot].shape = shape
    }

    /// Puts a value in from outside, whose memory must outlive the evaluation.
    func lend(_ slot: Int, _ type: ElementType, _ shape: Shape, _ data: UnsafeMutableRawPointer) {
        slots[slot].data = data
        slots[slot].type = type
        slots[slot].shape = shape
    }

    /// The number of a text; one that the model does not have is numbered for this evaluation.
    func intern(_ text: String) -> Int32 {
        if let number = texts.number(of: text) ?? ownNumbers[text] { return number }
        let number = Int32(clamping: texts.texts.count + ownTexts.count)
        ownNumbers[text] = number
        ownTexts.append(text)
        return number
    }

    /// The text of a number.
    func text(_ number: Int32) -> String {
        let index = Int(number)
        if texts.texts.indices.contains(index) { return texts.texts[index] }
        let own = index - texts.texts.count
        return ownTexts.indices.contains(own) ? ownTexts[own] : ""
    }

    /// Forgets the texts of the last evaluation.
    func forgetTexts() {
        guard !ownTexts.isEmpty else { return }
        ownTexts = []
        ownNumbers = [:]
    }

    /// The elements of a value as they go out.
    func tensor(_ slot: Int) -> OnnxTensor {
        let (shape, count) = (shape(slot), shape(slot).count)
        func all<T: BitwiseCopyable>(_ type: T.Type) -> UnsafeBufferPointer<T> {
            UnsafeBufferPointer(start: read(slot, as: type), count: count)
        }
        let elements: OnnxElements =
            switch type(slot) {
            case .float: .floats(Array(all(Float.self)))
            case .double: .doubles(Array(all(Double.self)))
            case .int64: .integers(Array(all(Int64.self)))
            case .int32: .shortIntegers(Array(all(Int32.self)))
            case .bool: .booleans(all(UInt8.self).map { $0 != 0 })
            case .string: .texts(all(Int32.self).map { text($0) })
            }
        return OnnxTensor(shape: shape.dimensions, elements: elements)
    }

    /// Puts a tensor into a slot.
    func put(_ slot: Int, _ tensor: OnnxTensor) throws(OnnxFault) {
        guard let shape = Shape(tensor.shape), shape.count == tensor.elements.count else {
            throw .shape("its elements do not fill its shape")
        }
        func fill<T: BitwiseCopyable>(_ values: [T]) throws(OnnxFault) {
            let target = try make(slot, tensor.elements.type, shape)
            values.withUnsafeBytes { if let base = $0.baseAddress { target.copyMemory(from: base, byteCount: $0.count) } }
        }
        switch tensor.elements {
        case .floats(let values): try fill(values)
        case .doubles(let values): try fill(values)
        case .integers(let values): try fill(values)
        case .shortIntegers(let values): try fill(values)
        case .booleans(let values): try fill(values.map { $0 ? UInt8(1) : 0 })
        case .texts(let values): try fill(values.map { intern($0) })
        }
    }
}

/// The constants of a model, shared by all its frames.
///
/// Invariant behind `@unchecked Sendable`: written only while it is made, then only read.
final class ConstantMemory: @unchecked Sendable {
    /// What a slot points to that holds no value.
    static var nothing: UnsafeMutableRawPointer { SharedEmptiness.memory }
    /// The slots of the constants.
    private(set) var slots: [(Int, Slot)] = []
    private var memory: [UnsafeMutableRawPointer] = []

    init() {}

    deinit { for block in memory { block.deallocate() } }

    /// Takes a value over from a frame in which it was made.
    func take(_ slot: Int, from frame: Frame) {
        let bytes = frame.shape(slot).count * frame.type(slot).size
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(64, bytes), alignment: 64)
        block.copyMemory(from: frame.bytes(slot), byteCount: bytes)
        memory.append(block)
        slots.append((slot, Slot(data: block, type: frame.type(slot), shape: frame.shape(slot))))
    }
}

/// Memory that holds nothing; immutable, and only ever pointed to.
private enum SharedEmptiness {
    nonisolated(unsafe) static let memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
}
