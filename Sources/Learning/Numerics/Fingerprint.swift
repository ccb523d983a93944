/// A number that other values would hardly give (64 bits, multiplied and folded word by word).
struct Fingerprint {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    @inline(__always)
    mutating func add(_ word: UInt64) {
        value = (value ^ word) &* 0x9E37_79B9_7F4A_7C15
        value ^= value >> 32
    }

    mutating func add(_ text: String) {
        for byte in text.utf8 { add(UInt64(byte)) }
        add(0x100)
    }

    mutating func add(_ values: [Double]) {
        add(UInt64(values.count))
        for value in values { add(value.bitPattern) }
    }
}
