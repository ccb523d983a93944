/// Words that stand for no value, in any letter case; a blank cell never has one.
///
/// The same list holds for files, requests and labels of a deployment: its schema keeps it.
public struct MissingWords: Sendable, Equatable {
    /// What tools write for no value: R and pandas, databases, spreadsheets.
    public static let standard = MissingWords(["NA", "N/A", "NaN", "null", "\\N", "#N/A", "<NA>"])
    /// No word: only a blank cell is missing.
    public static let none = MissingWords([])

    /// The words as given.
    public let words: [String]
    /// The values of words that are numbers, such as -999: a number of that value is missing, however it is written or sent.
    package let numbers: [Double]
    private let folded: [[UInt8]]
    /// The short ones, each in one number.
    private let packed: [UInt64]
    // One bit a length and one a first byte: nearly every text is told apart by these alone.
    private let lengths: UInt64
    private let firsts: (UInt64, UInt64)

    /// Takes words; blanks around them do not count, and empty ones are dropped.
    public init(_ words: [String]) {
        self.words = words.map { CellText.trimmed($0) }.filter { !$0.isEmpty }
        folded = self.words.map { word in word.utf8.map(Self.lowered) }
        numbers = self.words.compactMap { word in
            var copy = word
            return copy.withUTF8 { CellText.number($0) }
        }
        var lengths: UInt64 = 0
        var firsts: (UInt64, UInt64) = (0, 0)
        for word in folded {
            lengths |= Self.bit(word.count)
            let first = word[0] & 0x7F
            if first < 64 { firsts.0 |= 1 << first } else { firsts.1 |= 1 << (first - 64) }
        }
        self.lengths = lengths
        self.firsts = firsts
        packed = folded.filter { $0.count <= Self.mostPacked }.map { word in word.withUnsafeBufferPointer(Self.packed) }
    }

    /// The words of a schema; nil means the standard ones.
    public init(ofSchema words: [String]?) { self = words.map { MissingWords($0) } ?? .standard }

    /// Whether two lists hold the same words.
    public static func == (a: MissingWords, b: MissingWords) -> Bool { a.folded == b.folded }

    /// Whether bytes without blanks around them are one of the words.
    ///
    /// Complexity: O(1) for nearly all texts, else O(words · bytes).
    @inline(__always)
    package func contains(trimmed bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        guard lengths & Self.bit(bytes.count) != 0, bytes.count > 0 else { return false }
        let first = Self.lowered(bytes[0]) & 0x7F
        guard (first < 64 ? firsts.0 >> first : firsts.1 >> (first - 64)) & 1 != 0 else { return false }
        return isListed(bytes)
    }

    @inline(never)
    private func isListed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        if bytes.count <= Self.mostPacked { return packed.contains(Self.packed(bytes)) }
        return folded.contains { word in word.count == bytes.count && zip(word, bytes).allSatisfy { $0 == Self.lowered($1) } }
    }

    private static let mostPacked = 7

    /// Up to seven bytes and how many there are, in one number.
    private static func packed(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64(lowered($1)) } | UInt64(bytes.count) << 56
    }

    @inline(__always)
    private static func bit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    @inline(__always)
    private static func lowered(_ byte: UInt8) -> UInt8 { byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte }
}
