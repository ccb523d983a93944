/// The lines in which two texts differ, for people.
enum TextDifference {
    /// Lines with `+`, `-` or a blank before them, in order; empty when the texts are the same.
    ///
    /// Complexity: O(lines²) at worst.
    static func lines(from old: String, to new: String) -> [String] {
        let before = old.split(separator: "\n", omittingEmptySubsequences: false)
        let after = new.split(separator: "\n", omittingEmptySubsequences: false)
        let change = after.difference(from: before)
        guard !change.isEmpty else { return [] }
        var removed: Set<Int> = []
        var inserted: Set<Int> = []
        for step in change {
            switch step {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): inserted.insert(offset)
            }
        }
        var result: [String] = []
        var i = 0
        var j = 0
        while i < before.count || j < after.count {
            if i < before.count, removed.contains(i) {
                result.append("-" + before[i])
                i += 1
            } else if j < after.count, inserted.contains(j) {
                result.append("+" + after[j])
                j += 1
            } else {
                if i < before.count { result.append(" " + before[i]) }
                i += 1
                j += 1
            }
        }
        return result
    }
}
