import Engine
import Tabular

extension InferenceDecoder {
    /// Reads one value of a tensor as a raw value of the feature at a position; NaN for a missing one.
    mutating func element(
        _ head: TensorHead, index: Int, position: Int, kind: FeatureKind, datatype: TensorDatatype
    ) throws(InferenceFailure) -> Double {
        let byte = scanner.peek()
        if byte == 0x6E {
            do throws(JSONFailure) { try scanner.null() } catch { throw .json(error) }
            return .nan
        }
        switch datatype {
        case .bytes: return try text(head, index: index, position: position, byte: byte)
        case .bool: return try truth(head, index: index, byte: byte)
        default:
            let value = try number(head, index: index, kind: kind, datatype: datatype, byte: byte)
            return plan.hasMissingNumbers && plan.cells.isMissing(value, at: position) ? .nan : value
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
        guard isInside(number, value, datatype) else {
            throw self.value(head, index, number.start, "out of the range of \(datatype.rawValue)")
        }
        guard !datatype.isInteger || value == value.rounded(.towardZero) else {
            throw self.value(head, index, number.start, "\(datatype.rawValue) holds whole numbers only")
        }
        switch kind {
        case .boolean:
            guard value == 0 || value == 1 else { throw self.value(head, index, number.start, "a boolean is 0 or 1, true or false") }
            return value
        case .time:
            guard let count = number.integer ?? Int64(exactly: value), let milliseconds = UnixTime.milliseconds(count) else {
                throw self.value(head, index, number.start, "no time: Unix seconds, milliseconds, microseconds or nanoseconds are wanted")
            }
            return Double(milliseconds)
        case .categorical: return try name(head, index, number)
        case .numeric, .integer:
            guard !datatype.isInteger || isExact(number, value) else {
                throw self.value(
                    head, index, number.start,
                    "beyond 2^53 whole numbers cannot be told apart: send FP64 if it is a quantity; if it is a name, deploy the column as "
                        + "categorical and send BYTES")
            }
            return value
        }
    }

    /// Whether a datatype holds the number; of 64 bits the digits are asked, since a double may round beyond the bound.
    private func isInside(_ number: JSONNumber, _ value: Double, _ datatype: TensorDatatype) -> Bool {
        switch datatype {
        case .int64 where number.isInteger: number.integer != nil
        case .uint64 where number.isInteger && value > 0x1p63: UInt64(digits(number)) != nil
        default: datatype.range.contains(value)
        }
    }

    private func digits(_ number: JSONNumber) -> String {
        String(decoding: scanner.bytes(JSONText(start: number.start, end: number.end, isPlain: true)), as: UTF8.self)
    }

    /// Whether a double gives the whole number back, and no neighbour of it.
    private func isExact(_ number: JSONNumber, _ value: Double) -> Bool {
        number.integer.map { $0.magnitude <= 1 << 53 } ?? (value.magnitude <= CellText.largestExact)
    }

    /// A category that is written in digits: the number is its name, however long.
    private mutating func name(_ head: TensorHead, _ index: Int, _ number: JSONNumber) throws(InferenceFailure) -> Double {
        guard number.isInteger else { throw value(head, index, number.start, "a name in plain digits is wanted") }
        return Double(lane.code(of: digits(number)))
    }

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

    private mutating func text(_ head: TensorHead, index: Int, position: Int, byte: UInt8) throws(InferenceFailure) -> Double {
        guard byte == 0x22 else { throw wrong(head, index, byte, wanted: "a string", .bytes) }
        let text: JSONText
        do throws(JSONFailure) { text = try scanner.string() } catch { throw .json(error) }
        guard text.length <= Self.maximumCategoryBytes else {
            throw value(head, index, text.start, "\(text.length) bytes: a category has at most \(Self.maximumCategoryBytes)")
        }
        let found: Double?
        if text.isPlain {
            found = raw(scanner.bytes(text), at: position)
        } else {
            var resolved = scanner.text(text)
            found = resolved.withUTF8 { raw($0, at: position) }
        }
        guard let found else { throw value(head, index, text.start, "not a time: write 2013-04-01T10:00:00Z") }
        return found
    }

    /// The raw value of a text; nil for one that the feature cannot hold.
    private func raw(_ bytes: UnsafeBufferPointer<UInt8>, at position: Int) -> Double? {
        switch plan.cells.meaning(bytes, at: position) {
        case .value(let value): value
        case .name(let name): Double(lane.code(of: String(decoding: name, as: UTF8.self), at: position))
        case .blank, .word: .nan
        case .misfit: nil
        }
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
