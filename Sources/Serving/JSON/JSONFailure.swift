/// Why bytes are not the JSON that was asked for.
package struct JSONFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Sendable, Equatable {
        /// Something else was due here.
        case expected(StaticText)
        /// The bytes end in the middle of a value.
        case unexpectedEnd
        /// Bytes after the value.
        case trailingBytes
        /// Nested deeper than allowed.
        case tooDeep
        /// An object repeats a key.
        case duplicateKey
        /// More members in one object than allowed.
        case tooManyMembers
        /// A control character inside a string.
        case controlCharacter
        /// A string with bytes that are not UTF-8.
        case invalidUTF8
        /// A `\` with something unknown behind it.
        case invalidEscape
        /// Half of a surrogate pair.
        case loneSurrogate
        /// A number outside of JSON's grammar: `+1`, `01`, `1.`, `.5`.
        case invalidNumber
        /// A number beyond the range of a Double.
        case outOfRange
        /// `NaN` or `Infinity`.
        case notANumber
    }

    /// Position of the offending byte, from 0.
    package var offset: Int
    /// What is wrong there.
    package var reason: Reason

    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "JSON: byte \(offset): \(reason.text)" }
}

extension JSONFailure.Reason {
    /// The reason in words, with what to do where that is not obvious.
    package var text: String {
        switch self {
        case .expected(let what): "\(what.text) expected"
        case .unexpectedEnd: "the text ends too early"
        case .trailingBytes: "bytes after the end of the value"
        case .tooDeep: "nested deeper than \(JSONScanner.maximumDepth) levels"
        case .duplicateKey: "this key stands twice in one object"
        case .tooManyMembers: "more than \(JSONScanner.maximumMembers) members in one object"
        case .controlCharacter: "a control character in a string: escape it"
        case .invalidUTF8: "the string is not UTF-8"
        case .invalidEscape: "unknown escape in a string"
        case .loneSurrogate: "half of a surrogate pair in a string"
        case .invalidNumber: "not a JSON number"
        case .outOfRange: "the number does not fit a double"
        case .notANumber: "NaN and Infinity are not JSON: send null for a missing value"
        }
    }
}

/// A text known at compile time, so that making a failure allocates nothing.
package struct StaticText: Sendable, Equatable {
    package let text: String

    package init(_ text: StaticString) { self.text = text.description }

    package static let value = StaticText("a value")
    package static let object = StaticText("'{'")
    package static let array = StaticText("'['")
    package static let string = StaticText("a string")
    package static let colon = StaticText("':'")
    package static let commaOrBrace = StaticText("',' or '}'")
    package static let commaOrBracket = StaticText("',' or ']'")
    package static let literal = StaticText("true, false or null")
}
