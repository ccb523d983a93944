import Engine
import Tabular

/// What there is to say of the tail as a whole: whether it moves, how fresh it is, what is missing from it, why it is empty.
struct PredictionWords {
    let status: DeploymentStatus?
    let rows: PredictionRows
    let held: HeldTail?
    let filter: RowFilter
    let context: ScreenContext

    /// `newest 300`, `300 held`.
    var title: StyledText {
        let count = FigureText.exact(rows.looked)
        if rows.condition != .ready { return "predictions" }
        guard held == nil else { return StyledText("\(count) held still") }
        return StyledText(rows.hasOlder ? "newest \(count) predictions" : "\(count) prediction\(rows.looked == 1 ? "" : "s")")
    }

    /// `follows`, or how many have come since the operator took hold.
    var motion: StyledText {
        guard let held else { return StyledText("follows", Style(.muted, on: .text)) }
        let newer = max(0, (status?.predictions ?? held.predictions) - held.predictions)
        return StyledText(newer > 0 ? "\(FigureText.count(Int(clamping: newer))) newer, " : "", Style(.accent, on: .text))
            + StyledText("f follows", Style(.muted, on: .text))
    }

    /// How old the newest row is, how often rows come, and what is not in the log.
    var freshness: StyledText {
        guard rows.condition == .ready, held == nil, let newest = rows.rows.first, !filter.isActive else { return losses }
        let age = max(0, context.asOf - newest.time)
        var text = StyledText("newest \(DurationText.text(age)) ago", Style(age > 10_000 ? .info : .muted, on: .text))
        text.append(age > 10_000 ? ": no traffic now" : ", logged each second", Style(.muted, on: .text))
        return losses.isEmpty ? text : text + StyledText("  ") + losses
    }

    /// Every prediction is logged, unless the log could not take it.
    private var losses: StyledText {
        guard let status, status.unlogged > 0 else { return "" }
        return StyledText("\(FigureText.exact(status.unlogged)) were answered and not logged", Style(.warn, on: .text))
    }

    /// Why no row shows.
    var emptyText: String {
        switch rows.condition {
        case .loading: return "loading"
        case .failed(let reason): return reason
        case .ready: break
        }
        if filter.isActive && rows.looked > 0 {
            return "none of the newest \(FigureText.exact(rows.looked)) matches \(filter.text)"
                + (rows.hasOlder ? ": G looks further back" : "")
        }
        switch status?.state {
        case .paused where status?.pausedAnswer == nil: return "paused: nothing is answered, and the log is empty; P resumes"
        case .failed: return "no prediction in the log: its champion does not load"
        case .empty, nil: return "no prediction yet: no version answers"
        case .live, .paused: return "no prediction yet: send rows to /v2/models/\(status?.name ?? "")/infer"
        }
    }
}
