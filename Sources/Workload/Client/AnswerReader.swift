/// Reads the three facts that a client needs out of an inference answer, skipping the rest.
///
/// Any bytes are taken: what is no JSON object with these members gives nil. Complexity: O(bytes); nesting is limited.
package struct AnswerReader {
    /// The version as `v7`.
    package private(set) var version: String?
    /// The id to send the truth under.
    package private(set) var predictionID: String?
    /// All scores, row-major.
    package private(set) var scores: [Double] = []

    private static let deepest = 32

    /// Nil unless the bytes are one well-formed JSON object.
    package init?(_ bytes: UnsafeBufferPointer<UInt8>, readsScores: Bool = true) {
        var cursor = JSONCursor(bytes: bytes)
        guard readObject(&cursor, readsScores: readsScores), cursor.isAtEnd else { return nil }
    }

    private mutating func readObject(_ cursor: inout JSONCursor, readsScores: Bool) -> Bool {
        cursor.object(depth: 0) { key, cursor in
            switch key {
            case "model_version":
                guard let text = cursor.string() else { return false }
                let isNumber = !text.isEmpty && text.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
                version = isNumber ? "v" + text : text
                return true
            case "parameters":
                return cursor.object(depth: 1) { key, cursor in
                    guard key == "prediction_id" else { return cursor.skip(depth: 2) }
                    predictionID = cursor.string()
                    return predictionID != nil
                }
            case "outputs" where readsScores: return readOutputs(&cursor)
            default: return cursor.skip(depth: 1)
            }
        }
    }

    private mutating func readOutputs(_ cursor: inout JSONCursor) -> Bool {
        cursor.array(depth: 1) { cursor in
            cursor.object(depth: 2) { key, cursor in
                guard key == "data" else { return cursor.skip(depth: 3) }
                return cursor.array(depth: 3) { cursor in
                    guard let number = cursor.number() else { return false }
                    scores.append(number)
                    return true
                }
            }
        }
    }

    /// Walks over JSON text; every method tells by its result whether the text was as expected.
    private struct JSONCursor {
        let bytes: UnsafeBufferPointer<UInt8>
        var position = 0

        init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return position == bytes.count
            }
        }

        mutating func object(depth: Int, member: (String, inout JSONCursor) -> Bool) -> Bool {
            guard depth < AnswerReader.deepest, take(0x7B) else { return false }
            if take(0x7D) { return true }
            repeat {
                guard let key = string(), take(0x3A), member(key, &self) else { return false }
            } while take(0x2C)
            return take(0x7D)
        }

        mutating func array(depth: Int, element: (inout JSONCursor) -> Bool) -> Bool {
            guard depth < AnswerReader.deepest, take(0x5B) else { return false }
            if take(0x5D) { return true }
            repeat {
                guard element(&self) else { return false }
            } while take(0x2C)
            return take(0x5D)
        }

        mutating func skip(depth: Int) -> Bool {
            skipSpace()
            guard position < bytes.count else { return false }
            switch bytes[position] {
            case 0x7B: return object(depth: depth) { _, cursor in cursor.skip(depth: depth + 1) }
            case 0x5B: return array(depth: depth) { cursor in cursor.skip(depth: depth + 1) }
            case 0x22: return string() != nil
            case 0x74: return word("true")
            case 0x66: return word("false")
            case 0x6E: return word("null")
            default: return number() != nil
            }
        }

        mutating func number() -> Double? {
            skipSpace()
            let start = position
            while position < bytes.count, Self.isInNumber(bytes[position]) { position += 1 }
            guard position > start, position - start <= 64 else { return nil }
            return Double(String(decoding: bytes[start..<position], as: UTF8.self))
        }

        mutating func string() -> String? {
            guard take(0x22) else { return nil }
            let start = position
            while position < bytes.count, bytes[position] != 0x22 {
                if bytes[position] < 0x20 { return nil }
                position += bytes[position] == 0x5C ? 2 : 1
            }
            guard position < bytes.count else { return nil }
            let text = String(validating: bytes[start..<position], as: UTF8.self)
            position += 1
            // Versions and ids are plain: escapes are stepped over and kept as they are written.
            return text
        }

        private mutating func word(_ word: StaticString) -> Bool {
            let length = word.utf8CodeUnitCount
            guard bytes.count - position >= length else { return false }
            for i in 0..<length where bytes[position + i] != word.utf8Start[i] { return false }
            position += length
            return true
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            skipSpace()
            guard position < bytes.count, bytes[position] == byte else { return false }
            position += 1
            return true
        }

        private mutating func skipSpace() {
            while position < bytes.count, bytes[position] == 0x20 || (bytes[position] >= 0x09 && bytes[position] <= 0x0D) { position += 1 }
        }

        private static func isInNumber(_ byte: UInt8) -> Bool {
            (byte >= 0x30 && byte <= 0x39) || byte == 0x2D || byte == 0x2B || byte == 0x2E || byte == 0x65 || byte == 0x45
        }
    }
}
