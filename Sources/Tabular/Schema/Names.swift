/// Names of deployments, operators and files of ours, and help with mistyped ones.
public enum Names {
    /// Whether a name follows the grammar `[a-z0-9][a-z0-9-]{0,62}`.
    public static func isValid(_ name: String) -> Bool {
        let bytes = name.utf8
        guard let first = bytes.first, bytes.count <= 63, first != 0x2D else { return false }
        return bytes.allSatisfy { ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x2D }
    }

    /// The candidate with the smallest edit distance (insertions, deletions, substitutions, swaps of neighbours), letter case ignored.
    ///
    /// Nil when none is within a third of the longer word's length (at least 1), or as far as the shorter one is long: one letter turns into any
    /// other. The first of equals wins.
    /// Complexity: O(candidates · length²); words over 64 characters are not compared.
    public static func nearest(to word: String, in candidates: [String]) -> String? {
        let wanted = Array(word.lowercased())
        guard !wanted.isEmpty, wanted.count <= 64 else { return nil }
        var best: (text: String, distance: Int)?
        for candidate in candidates {
            let letters = Array(candidate.lowercased())
            guard !letters.isEmpty, letters.count <= 64 else { continue }
            let (shorter, longer) = (min(letters.count, wanted.count), max(letters.count, wanted.count))
            // Half of two letters is not near; their order, or one letter's case, may be mistyped.
            let limit = shorter < 3 ? 0 : max(1, longer / 3)
            guard abs(letters.count - wanted.count) <= limit else { continue }
            let distance = editDistance(wanted, letters)
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.text
    }

    /// The optimal string alignment distance: Levenshtein's with swaps of two neighbours counted once.
    package static func editDistance(_ a: [Character], _ b: [Character]) -> Int {
        var beforePrevious = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var current = [Int](repeating: i + 1, count: b.count + 1)
            for j in 0..<b.count {
                let substitution = previous[j] + (a[i] == b[j] ? 0 : 1)
                current[j + 1] = min(substitution, min(previous[j + 1], current[j]) + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    current[j + 1] = min(current[j + 1], beforePrevious[j - 1] + 1)
                }
            }
            beforePrevious = previous
            previous = current
        }
        return previous[b.count]
    }
}
