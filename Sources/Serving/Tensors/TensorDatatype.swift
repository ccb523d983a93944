package import Tabular

/// Datatypes of the Open Inference Protocol that a tensor of ours may have.
package enum TensorDatatype: String, Sendable, CaseIterable {
    case bool = "BOOL"
    case uint8 = "UINT8"
    case uint16 = "UINT16"
    case uint32 = "UINT32"
    case uint64 = "UINT64"
    case int8 = "INT8"
    case int16 = "INT16"
    case int32 = "INT32"
    case int64 = "INT64"
    case fp16 = "FP16"
    case fp32 = "FP32"
    case fp64 = "FP64"
    case bytes = "BYTES"

    /// The datatype that the metadata names for a kind of feature.
    package init(_ kind: FeatureKind) {
        switch kind {
        case .numeric: self = .fp64
        case .integer: self = .int64
        case .boolean: self = .bool
        case .categorical, .time: self = .bytes
        }
    }

    /// Whole numbers only.
    var isInteger: Bool {
        switch self {
        case .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64: true
        case .bool, .fp16, .fp32, .fp64, .bytes: false
        }
    }

    /// Real numbers.
    var isReal: Bool { self == .fp16 || self == .fp32 || self == .fp64 }

    /// The smallest and the largest number that the datatype holds.
    var range: ClosedRange<Double> {
        switch self {
        case .bool: 0...1
        case .uint8: 0...255
        case .uint16: 0...65_535
        case .uint32: 0...4_294_967_295
        case .uint64: 0...(0x1p64).nextDown
        case .int8: -128...127
        case .int16: -32_768...32_767
        case .int32: -2_147_483_648...2_147_483_647
        case .int64: -0x1p63...(0x1p63).nextDown
        case .fp16: -65_504...65_504
        case .fp32: -0x1.fffffep127...0x1.fffffep127
        case .fp64, .bytes: -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
        }
    }

    /// Whether a tensor of this datatype can carry that kind of feature.
    func carries(_ kind: FeatureKind) -> Bool {
        switch kind {
        case .numeric, .integer: isReal || isInteger
        case .boolean: isReal || isInteger || self == .bool
        case .categorical: self == .bytes || isInteger
        case .time: self == .bytes || self == .int64
        }
    }

    /// What a kind of feature can be sent as, for messages.
    static func choices(_ kind: FeatureKind) -> String {
        switch kind {
        case .numeric, .integer: "FP64, FP32 or an INT type"
        case .boolean: "BOOL (or 0 and 1 in a number type)"
        case .categorical: "BYTES (or an INT type, where names are whole numbers)"
        case .time: "BYTES (RFC 3339) or INT64 (Unix seconds, milliseconds or finer)"
        }
    }
}
