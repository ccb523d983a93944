/// Why bytes are not a frame or an input event, or why a frame does not fit a surface.
package enum FrameFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes end inside a field.
    case truncated(field: String)
    /// A field has a value that no writer of this format produces.
    case invalid(field: String, at: Int)
    /// A field is beyond its limit.
    case tooLarge(field: String, value: UInt64, limit: UInt64)
    /// Bytes follow the end.
    case trailing(bytes: Int)
    /// The frame is a change to a screen of another size than the one that is there.
    case wrongBase(expected: Size, found: Size?)

    package var description: String {
        switch self {
        case .truncated(let field): "frame: ends inside \(field): the sender stopped in the middle; attach again"
        case .invalid(let field, let offset):
            "frame: \(field) at byte \(offset) is not valid: the sender speaks another version; attach again"
        case .tooLarge(let field, let value, let limit): "frame: \(field) is \(value), at most \(limit) is allowed: attach again"
        case .trailing(let bytes): "frame: \(bytes) bytes follow its end: the sender speaks another version; attach again"
        case .wrongBase(let expected, let found):
            "frame: changes a screen of \(expected.width)x\(expected.height), here is \(found.map { "\($0.width)x\($0.height)" } ?? "none"): "
                + "ask for a whole frame"
        }
    }
}
