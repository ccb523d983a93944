import Foundation
import Tabular
import Testing

/// Doubles as decimals and back, beside the C library's `strtod` and the standard library's `description`.
@Suite("Decimals")
struct DecimalTests {
    private static func read(_ text: String) -> Double {
        Array(text.utf8).withUnsafeBufferPointer { DecimalDigits($0).nearest($0) }
    }

    private static func write(_ value: Double) -> String {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.longest) { room in
            let count = room.baseAddress.map { DecimalText.write(value, to: $0) } ?? 0
            return String(decoding: room[..<count], as: UTF8.self)
        }
    }

    private static let limits: [Double] = [
        0, -0.0, 1, -1, 0.1, 0.3, 2.0 / 3, 100, 123.456, 1e15, 1e16, 1e17, 1e22, 1e23, 8.5e22, 9.999999999999999e22, 1e-4, 1e-5, 9.5e15,
        0x1p53, 0x1p53 - 1, 0x1p53 + 2, 0x1p54, 0x1p54 + 4, .leastNonzeroMagnitude, .leastNonzeroMagnitude * 2, .leastNormalMagnitude,
        .leastNormalMagnitude.nextDown,
        .leastNormalMagnitude.nextUp, .greatestFiniteMagnitude, .greatestFiniteMagnitude.nextDown, .pi, .ulpOfOne,
    ]

    @Test("What is written is what `description` gives, and reads back as the same double", arguments: limits)
    func limit(value: Double) {
        #expect(Self.write(value) == value.description)
        #expect(Self.read(value.magnitude.description) == value.magnitude)
    }

    @Test("Every power of two and of ten, and both neighbours of each, are written and read like anywhere else")
    func powers() {
        let twos: [Double] = (-1_074...1_023).map { scalbn(1.0, Int($0)) }
        let tens = (-323...308).compactMap { Double("1e\($0)") }
        for value in (twos + tens).flatMap({ [$0.nextDown, $0, $0.nextUp] }) where value.isFinite && value > 0 {
            let text = value.description
            #expect(Self.write(value) == text)
            #expect(Self.read(text) == value, "\(text)")
        }
    }

    @Test("A million doubles, random bits among them, are written like `description`, and read like `strtod` from 17 digits and from 25")
    func random() {
        var random = SplitMix64(state: 12)
        var wrong = 0
        for round in 0..<1_000_000 {
            let bits = random.next()
            let value: Double =
                switch round % 4 {
                case 0: Double(Int64(bitPattern: bits) >> Int64(random.next() % 60))
                case 1: Double(bits >> 11) * 0x1p-53
                case 2: Double(bits % 10_000_000) / 1_000
                default: Double(bitPattern: bits)
                }
            guard value.isFinite else { continue }
            if Self.write(value) != value.description { wrong += 1 }
            if Self.read(value.magnitude.description) != value.magnitude { wrong += 1 }
            // The C library writes the digits of every fourth: it takes longer than all else here.
            guard round % 16 >= 12 else { continue }
            for digits in [16, 24] {
                let text = String(format: "%.\(digits)e", value.magnitude)
                if Self.read(text) != strtod(text, nil) { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    @Test("Nineteen random digits with a random power of ten are read like `strtod` does")
    func digits() {
        var random = SplitMix64(state: 5)
        var wrong: [String] = []
        for _ in 0..<300_000 {
            let text = "\(random.next() % 10_000_000_000_000_000_000)e\(Int(random.next() % 680) - 350)"
            if Self.read(text) != strtod(text, nil) { wrong.append(text) }
        }
        #expect(wrong.isEmpty, "\(wrong.prefix(3))")
    }

    @Test(
        "Numbers in the middle of two doubles, long ones, subnormal ones and those out of range are read like `strtod` does",
        arguments: [
            "9007199254740993", "9007199254740992.5", "9007199254740993.0000000000000000000000000000001",
            "9007199254740992.99999999999999999",
            "9007199254740991.4999999999999999999999999999999995", "1e23", "8.5e22", "1e400", "1e-400", "1e999999999", "1e-999999999",
            "2.4703282292062327e-324", "2.4703282292062328e-324", "4.9406564584124654e-324", "2.2250738585072011e-308",
            "2.2250738585072012e-308", "2.2250738585072014e-308", "1.7976931348623157e308", "1.7976931348623158e308",
            "1.7976931348623159e308",
            "0.500000000000000166533453693773481063544750213623046875", "3.518437208883201171875e13", "62.5364939768271845828",
            "8.10109172351e-10", "1.50000000000000011102230246251565", "123456789012345678901234567890", "0.000000000000000000000000000000",
            "00000000000000000000000000000000000000000001.5", "5e-324", "3e-324", "2e-324", "1.00000000000000011102230246251565404e0",
            "7.3177701707893310e15", "6929495644600919.5", "3.7455744005952583e15", "0." + String(repeating: "0", count: 320) + "247",
            String(repeating: "9", count: 400), "1" + String(repeating: "0", count: 400) + "e-400",
            "." + String(repeating: "3", count: 900),
        ])
    func hard(text: String) { #expect(Self.read(text) == strtod(text, nil)) }

    @Test("Whole numbers are written with all of their digits", arguments: [0, 9, 10, 99, 100, 12_345, UInt64(Int64.max), UInt64.max])
    func whole(value: UInt64) {
        let text = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: DecimalText.longest) { room in
            let count = room.baseAddress.map { DecimalText.write(value, to: $0) } ?? 0
            return String(decoding: room[..<count], as: UTF8.self)
        }
        #expect(text == "\(value)")
    }
}
