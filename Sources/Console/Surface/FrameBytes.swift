/// Appends fields in the frame format: numbers as base-128 groups, low group first.
struct FrameWriter {
    private(set) var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    mutating func number(_ value: Int) {
        var rest = UInt64(max(0, value))
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    mutating func text(_ value: String) {
        number(value.utf8.count)
        bytes.append(contentsOf: value.utf8)
    }

    mutating func style(_ style: Style) {
        bytes.append(style.role.rawValue)
        bytes.append(style.ground.rawValue)
        bytes.append(style.attributes.rawValue)
    }
}

/// Reads fields of the frame format; every read is checked.
struct FrameReader {
    private let bytes: [UInt8]
    private(set) var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var left: Int { bytes.count - offset }

    mutating func byte(_ field: String) throws(FrameFailure) -> UInt8 {
        guard offset < bytes.count else { throw .truncated(field: field) }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func number(_ field: String, limit: Int) throws(FrameFailure) -> Int {
        let start = offset
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let next = try byte(field)
            guard shift < 56 else { throw .invalid(field: field, at: start) }
            value |= UInt64(next & 0x7F) << shift
            if next < 0x80 { break }
            shift += 7
        }
        guard value <= UInt64(limit) else { throw .tooLarge(field: field, value: value, limit: UInt64(limit)) }
        return Int(value)
    }

    mutating func text(_ field: String, limit: Int) throws(FrameFailure) -> String {
        let count = try number(field, limit: limit)
        guard count <= left else { throw .truncated(field: field) }
        guard let text = String(validating: bytes[offset..<(offset + count)], as: UTF8.self) else {
            throw .invalid(field: field, at: offset)
        }
        offset += count
        return text
    }

    mutating func style() throws(FrameFailure) -> Style {
        let start = offset
        guard let role = Role(rawValue: try byte("style")), let ground = Role(rawValue: try byte("style")) else {
            throw .invalid(field: "style", at: start)
        }
        let attributes = Attributes(rawValue: try byte("style"))
        guard Attributes.all.isSuperset(of: attributes) else { throw .invalid(field: "style", at: start) }
        return Style(role, on: ground, attributes)
    }

    func finish() throws(FrameFailure) {
        guard left == 0 else { throw .trailing(bytes: left) }
    }
}
