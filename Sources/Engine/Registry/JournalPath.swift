import Store

/// Which rows of a journal led to what holds: all of them in order, but for those that a return to an earlier row has undone.
///
/// A workspace that was returned to row 40 at row 91 holds what rows 1 to 40 and those from 91 on say.
struct JournalPath {
    /// Returns: the row that tells of one, and the row that it went back to.
    private(set) var returns: [(row: Int64, to: Int64)] = []

    /// The row that an entry returned to; nil for one that returned to none.
    static func target(_ row: JournalRow) -> Int64? {
        guard row.entry.known == .restore, let details = try? decodeJSON([String: String].self, row.entry.details) else { return nil }
        return details[untilKey].flatMap { Int64($0) }.flatMap { (0..<row.sequence).contains($0) ? $0 : nil }
    }

    /// Under which the details of a restore say to which row it returned.
    static let untilKey = "until"

    /// Takes the next row of the journal.
    mutating func follow(_ row: JournalRow) {
        if let target = Self.target(row) { returns.append((row.sequence, target)) }
    }

    /// The stretches of rows that led to what held after a row, in order.
    func stretches(upTo end: Int64) -> [ClosedRange<Int64>] {
        var stretches: [ClosedRange<Int64>] = []
        var end = end
        for (row, target) in returns.reversed() where row <= end {
            stretches.append(row...end)
            end = target
        }
        if end >= 1 { stretches.append(1...end) }
        return stretches.reversed()
    }
}
