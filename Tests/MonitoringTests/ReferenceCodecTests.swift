import Foundation
import Monitoring
import Tabular
import Testing

@Suite("References as bytes")
struct ReferenceCodecTests {
    /// A reference of all that there is: stretches with a calendar column and gaps, names with rare ones, times.
    private static func made() -> ReferenceProfile {
        var random = SplitMix64(state: 3)
        var columns = Columns()
        columns.add("level", (0..<4_000).map { $0 % 7 == 0 ? .nan : Double.random(in: 0..<1, using: &random) })
        columns.add("carrier", texts: (0..<4_000).map { _ in "C\(Int.random(in: 0..<40, using: &random))" })
        columns.add("day", (0..<4_000).map { Double($0 / 100) }, kind: .integer)
        return columns.learnt(times: (0..<4_000).map { 1_700_000_000_000 + Int64($0) * 60_000 })
    }

    @Test("a reference is read back as it was, bit for bit, and takes less room than its JSON")
    func roundTrip() throws {
        let profile = Self.made()
        #expect(profile.stretches?.columns.contains { $0.gaps != nil } == true)
        #expect(profile.features.contains { !$0.rare.isEmpty })
        let bytes = profile.encoded()
        #expect(ReferenceProfile.isEncoded(bytes))
        let again = try #require(ReferenceProfile(encoded: bytes))
        #expect(again == profile)
        #expect(again.encoded() == bytes)
        #expect(try JSONEncoder().encode(profile).count > bytes.count)
        #expect(!ReferenceProfile.isEncoded(Array("{}".utf8)))
    }

    @Test("bytes that are cut off or changed are no reference, or another one; none of them traps")
    func damaged() {
        let bytes = Self.made().encoded()
        for count in stride(from: 0, to: bytes.count, by: 97) { #expect(ReferenceProfile(encoded: Array(bytes.prefix(count))) == nil) }
        #expect(ReferenceProfile(encoded: bytes + [0]) == nil)
        var random = SplitMix64(state: 5)
        for _ in 0..<3_000 {
            var other = bytes
            other[Int.random(in: other.indices, using: &random)] ^= UInt8.random(in: 1...255, using: &random)
            if let read = ReferenceProfile(encoded: other) { #expect(ReferenceProfile(encoded: read.encoded()) != nil) }
        }
    }
}
