import Serving
import Tabular
import Testing

/// Reads one value of any kind.
private func check(_ bytes: [UInt8]) -> JSONFailure? {
    bytes.withUnsafeBufferPointer { buffer in
        var scanner = JSONScanner(buffer)
        do throws(JSONFailure) {
            try scanner.skip()
            try scanner.end()
            return nil
        } catch { return error }
    }
}

private func double(_ text: String) throws(JSONFailure) -> Double {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBufferPointer { buffer throws(JSONFailure) in
        var scanner = JSONScanner(buffer)
        let number = try scanner.number()
        try scanner.end()
        return try scanner.double(number)
    }
}

@Suite("JSON scanner")
struct JSONScannerTests {
    @Test(
        "texts inside RFC 8259 are taken",
        arguments: [
            "null", " true ", "false", "0", "-0", "-0.0", "1e5", "1E+5", "1.25e-7", "\"\"", "\"a\\u00e9\\n\\\"\\/\"", "\"\\ud83d\\ude00\"",
            "\"é😀\"",
            "[]", "[ ]", "[1,2 , 3]", "{}", "{ \"a\" : [ {} , null ] , \"b\":1}", "\t\r\n [\"x\"]\n", "{\"\":0}",
            "123456789012345678901234567890",
        ])
    func accepts(text: String) { #expect(check(Array(text.utf8)) == nil) }

    @Test(
        "texts outside RFC 8259 are refused at the byte that is wrong",
        arguments: [
            ("", 0, JSONFailure.Reason.unexpectedEnd), ("  ", 2, .unexpectedEnd), ("nul", 0, .expected(.literal)),
            ("truex", 4, .trailingBytes),
            ("01", 0, .invalidNumber), ("1.", 2, .unexpectedEnd), ("1.x", 2, .invalidNumber), (".5", 0, .expected(.value)),
            ("+1", 0, .expected(.value)), ("-", 1, .unexpectedEnd), ("1e", 2, .unexpectedEnd), ("NaN", 0, .notANumber),
            ("Infinity", 0, .notANumber),
            ("[1,]", 3, .expected(.value)), ("[1 2]", 3, .expected(.commaOrBracket)), ("[1", 2, .unexpectedEnd),
            ("{\"a\":1,}", 7, .expected(.string)),
            ("{\"a\" 1}", 5, .expected(.colon)), ("{a:1}", 1, .expected(.string)), ("{\"a\":1,\"a\":2}", 8, .duplicateKey),
            ("{\"a\":1,\"\\u0061\":2}", 8, .duplicateKey), ("'a'", 0, .expected(.value)), ("\"a", 2, .unexpectedEnd),
            ("\"\u{1}\"", 1, .controlCharacter),
            ("\"\\x\"", 1, .invalidEscape), ("\"\\u12\"", 1, .invalidEscape), ("\"\\ud800\"", 1, .loneSurrogate),
            ("\"\\udc00\"", 1, .loneSurrogate),
            ("\"\\ud800\\u0041\"", 1, .loneSurrogate), ("[1]]", 3, .trailingBytes), ("1 // one", 2, .trailingBytes),
            ("\u{FEFF}1", 0, .expected(.value)),
        ] as [(String, Int, JSONFailure.Reason)])
    func refuses(text: String, offset: Int, reason: JSONFailure.Reason) {
        #expect(check(Array(text.utf8)) == JSONFailure(offset: offset, reason: reason))
    }

    @Test(
        "strings that are not UTF-8 are refused",
        arguments: [
            [0x80], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF8], [0xE2, 0x82],
        ] as [[UInt8]])
    func refusesBadUTF8(bytes: [UInt8]) {
        #expect(check([0x22] + bytes + [0x22]) == JSONFailure(offset: 1, reason: .invalidUTF8))
    }

    @Test("a depth of 100,000 is refused without recursion running away", arguments: ["[", "{\"a\":"])
    func refusesDepth(opening: String) {
        let text = String(repeating: opening, count: 100_000)
        #expect(check(Array(text.utf8))?.reason == .tooDeep)
    }

    @Test("numbers read as the nearest double, as the standard library's parser reads them")
    func numbers() throws {
        var generator = SplitMix(state: 11)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: generator.next())
            guard value.isFinite else { continue }
            #expect(try double(value.description) == value)
            let short = Double(Int64(truncatingIfNeeded: generator.next() >> 40)) / 1_000
            #expect(try double(short.description) == short)
        }
        for text in [
            "9007199254740993", "0.1", "2.2250738585072011e-308", "5e-324", "123456789012345678901234567890", "1e22", "1e23", "0.000001e6",
        ] {
            #expect(try double(text) == Double(text))
        }
    }

    @Test("a number beyond the doubles is an error, one below them is 0")
    func extremes() throws {
        #expect(throws: JSONFailure(offset: 0, reason: .outOfRange)) { try double("1e400") }
        #expect(throws: JSONFailure(offset: 0, reason: .outOfRange)) { try double("-1e999999999999999999") }
        #expect(try double("1e-400") == 0)
        #expect(try double("0e999999999999") == 0)
    }

    @Test("random bytes and mutated texts never trap, and every failure lies inside the text")
    func fuzz() {
        var generator = SplitMix(state: 5)
        let seed = Array("{\"a\":[1.5e-3,-0,true,null,\"x\\u00e9\\ud83d\\ude00é\"],\"b\":{\"c\":[[],{}]}}".utf8)
        var refused = 0
        for round in 0..<60_000 {
            var bytes: [UInt8]
            if round % 3 == 0 {
                bytes = (0..<Int(generator.next() % 40)).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
            } else {
                bytes = seed
                for _ in 0...Int(generator.next() % 4) { generator.mutate(&bytes) }
            }
            guard let failure = check(bytes) else { continue }
            refused += 1
            #expect(failure.offset >= 0 && failure.offset <= bytes.count)
        }
        #expect(refused > 10_000)
    }
}

/// A small generator that repeats from its seed (SplitMix64).
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Changes, inserts, removes or repeats a few bytes.
    mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let position = Int(next() % UInt64(bytes.count))
        switch next() % 5 {
        case 0: bytes[position] = UInt8(truncatingIfNeeded: next())
        case 1: bytes.insert(UInt8(truncatingIfNeeded: next()), at: position)
        case 2: bytes.remove(at: position)
        case 3: bytes.removeSubrange(position...)
        default: bytes.insert(contentsOf: bytes[position..<min(bytes.count, position + 8)], at: position)
        }
    }
}
