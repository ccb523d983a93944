/// What a tensor's elements are; the numbers are those of the format.
public enum ElementType: Int32, Sendable, Codable, CaseIterable {
    /// Single precision.
    case float = 1
    /// Whole numbers of 32 bits.
    case int32 = 6
    /// Whole numbers of 64 bits.
    case int64 = 7
    /// Texts; an evaluation works with their numbers in its table of texts.
    case string = 8
    /// True or false, a byte each.
    case bool = 9
    /// Double precision.
    case double = 11

    /// Bytes of an element while a model is evaluated.
    var size: Int {
        switch self {
        case .float, .int32, .string: 4
        case .int64, .double: 8
        case .bool: 1
        }
    }

    /// Whether it is a number.
    var isNumber: Bool { self != .string && self != .bool }

    /// Whether it is a number with a fraction.
    var isReal: Bool { self == .float || self == .double }

    /// Its name as the format writes it.
    var name: String {
        switch self {
        case .float: "float"
        case .int32: "int32"
        case .int64: "int64"
        case .string: "string"
        case .bool: "bool"
        case .double: "double"
        }
    }

    /// What the format calls a type that is not supported here.
    static func name(ofNumber number: Int) -> String {
        let names = [
            2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 10: "float16", 12: "uint32", 13: "uint64", 14: "complex64", 15: "complex128",
            16: "bfloat16",
        ]
        return ElementType(rawValue: Int32(truncatingIfNeeded: number))?.name ?? names[number] ?? "number \(number)"
    }
}
