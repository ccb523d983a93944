extension CauseReplay {
    /// `undone on 400 rows, the mean score is 0.31 instead of 0.52 (0.30 before)`.
    public var words: String {
        let figures =
            "undone on \(Figures.grouped(rows)) logged rows, the mean score is \(Figures.short(undone)) instead of \(Figures.short(since)) (\(Figures.short(before)) before)"
        return share.map { "\(figures): that brings back \(Figures.short($0 * 100)) % of the move" } ?? figures
    }
}

extension Cause {
    /// All that is said of it beside the verdict, a sentence each.
    public var lines: [String] { evidence + [replay?.words ?? replayLack].compactMap(\.self) }
}
