/// Sorts numbers by their bytes, which for many of them is several times as fast as by comparisons.
enum RadixSort {
    /// Fewer are sorted as fast by comparisons.
    private static let least = 2_048

    /// Ascending, −0.0 before 0.0; the numbers must not be NaN.
    ///
    /// Byte by byte from the lowest, stable (Knuth, The Art of Computer Programming, 5.2.5); bytes in which all agree are passed over.
    /// Complexity: O(numbers).
    static func ascending(_ values: [Double]) -> [Double] {
        guard values.count >= least else { return values.sorted() }
        var keys = values.map { value in
            let bits = value.bitPattern
            // Negative numbers in reverse, below the others: then the order of the keys is that of the numbers.
            return bits >> 63 == 1 ? ~bits : bits | 1 << 63
        }
        var other = keys
        for shift in stride(from: UInt64(0), to: 64, by: 8) where pass(&keys, &other, shift) { swap(&keys, &other) }
        return keys.map { key in Double(bitPattern: key >> 63 == 1 ? key & ~(1 << 63) : ~key) }
    }

    /// Sorts by one byte; false when all agree in it and nothing was done.
    private static func pass(_ keys: inout [UInt64], _ sorted: inout [UInt64], _ shift: UInt64) -> Bool {
        var places = [Int](repeating: 0, count: 256)
        return places.withUnsafeMutableBufferPointer { places in
            for key in keys { places[Int(key >> shift & 255)] += 1 }
            if let first = keys.first, places[Int(first >> shift & 255)] == keys.count { return false }
            var next = 0
            for byte in 0..<256 { (places[byte], next) = (next, next + places[byte]) }
            sorted.withUnsafeMutableBufferPointer { sorted in
                for key in keys {
                    let byte = Int(key >> shift & 255)
                    sorted[places[byte]] = key
                    places[byte] += 1
                }
            }
            return true
        }
    }
}
