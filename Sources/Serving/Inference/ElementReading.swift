import Engine
import Tabular

extension InferenceDecoder {
    /// Reads one value of a tensor as a raw value of that kind; NaN for a missing one.
    mutating func element(_ head: TensorHead, index: Int, kind: FeatureKind, datatype: TensorDatatype) throws(InferenceFailure) -> Double {
        let byte = scanner.peek()
        if byte == 0x6E {
            do throws(JSONFailure) { try scanner.null() } catch { throw .json(error) }
            return .nan
        }
        switch datatype {
        case .bytes: return try text(head, index: index, kind: kind, byte: byte)
        case .bool: return try truth(head, index: index, byte: byte)
        default: return try number(head, index: index, kind: kind, datatype: datatype, byte: byte)
        }
    }

    private mutating func number(
        _ head: TensorHead, index: Int, kind: FeatureKind, datatype: TensorDatatype, byte: UInt8
    ) throws(InferenceFailure) -> Double {
        guard byte == 0x2D || byte &- 0x30 <= 9 else { throw wrong(head, index, byte, wanted: "a number", datatype) }
        let number: JSONNumber
        let value: Double
        do throws(JSONFailure) {
            number = try scanner.number()
            value = try scanner.double(number)
        } catch { throw .json(error) }
        if datatype == .fp64, kind == .numeric { return value }
        let isInside = datatype == .int64 && number.isInteger ? number.integer != nil : datatype.range.contains(value)
        guard isInside else { throw self.value(head, index, number.start, "out of the range of \(datatype.rawValue)") }
        guard !datatype.isInteger || value == value.rounded(.towardZero) else {
            throw self.value(head, index, number.start, "\(datatype.rawValue) holds whole numbers only")
        }
        guard kind != .boolean || value == 0 || value == 1 else {
            throw self.value(head, index, number.start, "a boolean is 0 or 1, true or false")
        }
        guard kind != .time || abs(value) <= Self.farthestTime else {
            throw self.value(head, index, number.start, "no time: Unix milliseconds are wanted")
        }
        return value
    }

    /// Milliseconds from 1970 to the end of the year 9999, and as far back.
    private static let farthestTime = 253_402_300_799_999.0

    private mutating func truth(_ head: TensorHead, index: Int, byte: UInt8) throws(InferenceFailure) -> Double {
        let offset = scanner.position
        switch byte {
        case 0x74, 0x66:
            do throws(JSONFailure) { return try scanner.boolean() ? 1 : 0 } catch { throw .json(error) }
        case 0x30, 0x31:
            let number: JSONNumber
            do throws(JSONFailure) { number = try scanner.number() } catch { throw .json(error) }
            guard let value = number.integer, value == 0 || value == 1 else {
                throw value(head, index, offset, "a boolean is true or false")
            }
            return Double(value)
        default: throw wrong(head, index, byte, wanted: "true or false", .bool)
        }
    }

    private mutating func text(_ head: TensorHead, index: Int, kind: FeatureKind, byte: UInt8) throws(InferenceFailure) -> Double {
        guard byte == 0x22 else { throw wrong(head, index, byte, wanted: "a string", .bytes) }
        let text: JSONText
        do throws(JSONFailure) { text = try scanner.string() } catch { throw .json(error) }
        if text.length == 0 { return .nan }
        guard kind == .time else {
            guard text.length <= Self.maximumCategoryBytes else {
                throw value(head, index, text.start, "\(text.length) bytes: a category has at most \(Self.maximumCategoryBytes)")
            }
            return Double(lane.code(of: scanner.text(text), at: position))
        }
        guard let milliseconds = plan.times.milliseconds(text, in: scanner) else {
            throw value(head, index, text.start, "not a time: write 2013-04-01T10:00:00Z")
        }
        return Double(milliseconds)
    }

    /// Bytes of one category: longer ones are none.
    static let maximumCategoryBytes = 1_024

    // MARK: Failures

    private func value(_ head: TensorHead, _ index: Int, _ offset: Int, _ problem: String) -> InferenceFailure {
        .value(index: tensors, name: head.name.map { scanner.text($0) } ?? "", element: index, problem: problem, offset: offset)
    }

    private func wrong(_ head: TensorHead, _ index: Int, _ byte: UInt8, wanted: String, _ datatype: TensorDatatype) -> InferenceFailure {
        let found: String
        switch byte {
        case 0: return .json(JSONFailure(offset: scanner.position, reason: .unexpectedEnd))
        case 0x4E, 0x49: return .json(JSONFailure(offset: scanner.position, reason: .notANumber))
        case 0x22: found = "a string"
        case 0x5B: found = "an array"
        case 0x7B: found = "an object"
        case 0x74, 0x66: found = "a boolean"
        case 0x2D, 0x30...0x39: found = "a number"
        default: return .json(JSONFailure(offset: scanner.position, reason: .expected(.value)))
        }
        return value(head, index, scanner.position, "\(found), but \(datatype.rawValue) wants \(wanted) or null")
    }
}
