import Tabular

extension InferenceDecoder {
    /// Reads one value of a tensor and appends it.
    @inline(__always)
    mutating func element(_ head: TensorHead, datatype: TensorDatatype) throws(InferenceFailure) {
        let byte = scanner.peek()
        if byte == 0x6E {
            do throws(JSONFailure) { try scanner.null() } catch { throw .json(error) }
            do throws(TensorFailure) { try rows.missing() } catch { throw located(error, head, offset: scanner.position) }
            return
        }
        switch datatype {
        case .bytes: try text(head, byte: byte)
        case .bool: try truth(head, byte: byte)
        default: try number(head, datatype: datatype, byte: byte)
        }
    }

    private mutating func number(_ head: TensorHead, datatype: TensorDatatype, byte: UInt8) throws(InferenceFailure) {
        guard byte == 0x2D || byte &- 0x30 <= 9 else { throw wrong(head, byte, wanted: "a number", datatype) }
        let number: JSONNumber
        let value: Double
        do throws(JSONFailure) {
            number = try scanner.number()
            value = try scanner.double(number)
        } catch { throw .json(error) }
        // A copy of its place: the closures below must not reach into this decoder while its rows change.
        let scanner = self.scanner
        do throws(TensorFailure) {
            try rows.number(
                value, whole: number.integer,
                digits: number.isInteger ? scanner.bytes(JSONText(start: number.start, end: number.end, isPlain: true)) : nil)
        } catch { throw located(error, head, offset: number.start) }
    }

    private mutating func truth(_ head: TensorHead, byte: UInt8) throws(InferenceFailure) {
        let offset = scanner.position
        let found: Bool
        switch byte {
        case 0x74, 0x66:
            do throws(JSONFailure) { found = try scanner.boolean() } catch { throw .json(error) }
        case 0x30, 0x31:
            let number: JSONNumber
            do throws(JSONFailure) { number = try scanner.number() } catch { throw .json(error) }
            guard let value = number.integer, value == 0 || value == 1 else {
                throw located(.element("a boolean is true or false"), head, offset: offset)
            }
            found = value == 1
        default: throw wrong(head, byte, wanted: "true or false", .bool)
        }
        do throws(TensorFailure) { try rows.truth(found) } catch { throw located(error, head, offset: offset) }
    }

    private mutating func text(_ head: TensorHead, byte: UInt8) throws(InferenceFailure) {
        guard byte == 0x22 else { throw wrong(head, byte, wanted: "a string", .bytes) }
        let text: JSONText
        do throws(JSONFailure) { text = try scanner.string() } catch { throw .json(error) }
        do throws(TensorFailure) { try append(text) } catch { throw located(error, head, offset: text.start) }
    }

    private mutating func append(_ text: JSONText) throws(TensorFailure) {
        if text.isPlain { return try rows.text(scanner.bytes(text)) }
        let resolved = Array(scanner.text(text).utf8)
        try resolved.withUnsafeBufferPointer { bytes throws(TensorFailure) in try rows.text(bytes) }
    }

    // MARK: Failures

    private func wrong(_ head: TensorHead, _ byte: UInt8, wanted: String, _ datatype: TensorDatatype) -> InferenceFailure {
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
        return located(.element("\(found), but \(datatype.rawValue) wants \(wanted) or null"), head, offset: scanner.position)
    }
}
