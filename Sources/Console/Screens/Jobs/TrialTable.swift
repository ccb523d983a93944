import Engine
import Learning
import Tabular

/// The trials of a search as lines: a heading, the columns' names, a line for each trial.
///
/// Where there is no room, time, rows and rank give way, in this order; what is left goes to the settings.
struct TrialTable {
    let search: SearchProgress
    let glyphs: GlyphLevel

    private struct Column {
        var title: String
        var width: Int
        /// The table's width from which it shows.
        var from = 0
        var alignment = Alignment.right
        var text: (SearchProgress.Trial) -> String
    }

    /// `search  round 2 of 3 on 17,239 rows, 12 of 40 tried, 8 dropped, 21 s of 1m`.
    var heading: StyledText {
        var text = StyledText("search", Style(.title, on: .text))
        var parts: [String] = []
        if search.rounds > 1 { parts.append("round \(search.round) of \(search.rounds) on \(FigureText.exact(search.rows)) rows") }
        parts.append("\(search.tried) of \(search.total) tried")
        if search.dropped > 0 { parts.append("\(search.dropped) dropped") }
        if search.failed > 0 { parts.append("\(search.failed) failed") }
        parts.append(search.limit > 0 ? "\(Self.time(search.seconds)) of \(Self.time(search.limit))" : Self.time(search.seconds))
        text.append("  " + parts.joined(separator: ", "), Style(.muted, on: .text))
        return text
    }

    /// The columns' names, then the trials, each on one line.
    func lines(width: Int) -> [StyledText] {
        let shown = columns(width)
        var head = ""
        for column in shown { head += TextWidth.pad(column.title, to: column.width, alignment: column.alignment) + " " }
        let rest = max(0, width - TextWidth.columns(head))
        let title = StyledText(head + TextWidth.truncate("SETTINGS", to: rest), Style(.muted, on: .text))
        return [title] + search.best.map { line($0, shown, rest) }
    }

    /// `3 more trials`, when some are not listed.
    var remainder: String? {
        let hidden = search.total - search.best.count
        return hidden > 0 ? "\(hidden) more \(hidden == 1 ? "trial is" : "trials are") not listed" : nil
    }

    private func line(_ trial: SearchProgress.Trial, _ shown: [Column], _ rest: Int) -> StyledText {
        let role = Self.role(trial.state)
        var line = StyledText("")
        for column in shown {
            let text = TextWidth.pad(column.text(trial), to: column.width, alignment: column.alignment, ellipsis: glyphs.set.ellipsis)
            let isState = column.title == "STATE"
            line.append(text + " ", Style(isState ? role : role == .muted ? .muted : .text, on: .text))
        }
        let what = trial.error ?? (trial.number == 1 ? "start: " : "") + trial.settingsText
        line.append(
            TextWidth.truncate(what, to: rest, ellipsis: glyphs.set.ellipsis), Style(trial.error == nil ? .muted : .alert, on: .text))
        return line
    }

    private func columns(_ width: Int) -> [Column] {
        let dash = glyphs.set.dash
        let all = [
            Column(title: "#", width: 3, from: 44) { $0.rank.map { "\($0)" } ?? dash },
            Column(title: "TRIAL", width: 5) { "\($0.number)" },
            Column(title: search.metric.uppercased(), width: 7) { $0.figure.map { FigureText.quality($0) } ?? dash },
            Column(title: "ROWS", width: 5, from: 50) { $0.share > 0 ? FigureText.share($0.share) : dash },
            Column(title: "TIME", width: 7, from: 60) { $0.seconds > 0 ? Self.time($0.seconds) : dash },
            Column(title: "STATE", width: 10, alignment: .left) { $0.state.rawValue },
        ]
        return all.filter { width >= $0.from }
    }

    private static func role(_ state: SearchProgress.State) -> Role {
        switch state {
        case .best: .ok
        case .running: .accent
        case .kept, .judged: .text
        case .waiting, .dropped, .unfinished: .muted
        case .failed: .alert
        }
    }

    /// `0.3 s`, `12 s`, `2m 05s`.
    private static func time(_ seconds: Double) -> String {
        guard seconds.isFinite, let tenths = Int64(exactly: (min(max(seconds, 0), 1e9) * 10).rounded()) else { return "" }
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10) s" : DurationText.text(tenths / 10 * 1_000)
    }
}
