import Engine
import Learning

/// What is known of how much each column matters to a version.
enum ImportanceState: Equatable, Sendable {
    /// It is being figured out.
    case computing
    case ready(GlobalImportance)
    /// Why it cannot be told.
    case failed(String)

    /// What the page of a version says.
    init(_ page: PageState) {
        guard case .ready(let page) = page else {
            self = .computing
            return
        }
        switch page.content {
        case .importance(.some(let found)): self = .ready(found)
        case .failed(let reason): self = .failed(reason)
        default: self = .computing
        }
    }

    /// What was found, if it is.
    var found: GlobalImportance? {
        guard case .ready(let found) = self else { return nil }
        return found
    }

    /// A few words for where figures would stand.
    var words: String {
        switch self {
        case .computing: "being figured out"
        case .ready: "known"
        case .failed(let reason): reason
        }
    }
}

/// The lines on how much each column matters to a version: mean |SHAP| with a bar, and what shuffling the column costs with its interval.
///
/// Until that is known, or where it cannot be told, the columns' shares of the model's splits or weights.
struct ImportanceLines {
    let state: ImportanceState
    let shares: [FeatureImportance]
    let glyphs: Glyphs

    private static let widestBar = 40
    /// Columns of a figure.
    private static let figure = 8
    /// Columns of a loss with its interval.
    private static let loss = 27
    /// Columns below which the interval has no room.
    private static let roomForLoss = 60

    func add(to text: inout DetailText) {
        switch state {
        case .ready(let found): add(found, to: &text)
        case .computing, .failed:
            guard let most = shares.map(\.value).max(), most > 0, most.isFinite else { return }
            text.heading("importance")
            if case .failed(let reason) = state {
                text.paragraph("share of splits or weights; no mean |SHAP|: \(reason)", .muted)
            } else {
                text.paragraph("share of splits or weights; mean |SHAP| is being figured out", .muted)
            }
            let names = width(of: shares.map(\.feature), text.width)
            let room = min(Self.widestBar, max(0, text.width - names - 8))
            for entry in shares {
                var line = bar(entry.feature, entry.value / most, names: names, room: room)
                line.append(TextWidth.pad(FigureText.share(entry.value), to: 6, alignment: .right), Style(.muted, on: .text))
                text.line(line)
            }
        }
    }

    private func add(_ found: GlobalImportance, to text: inout DetailText) {
        guard !found.entries.isEmpty else { return }
        let most = found.entries.map(\.meanAbsoluteContribution).filter(\.isFinite).max() ?? 0
        text.heading("importance")
        text.paragraph(
            "mean |SHAP| on \(FigureText.exact(found.explainedRows)) held-out rows (\(found.method)), and what shuffling a column costs in"
                + " \(found.metric) on \(FigureText.exact(found.permutedRows)), \(found.repeats) times, with a 95 % interval", .muted)
        let names = width(of: found.entries.map(\.feature), text.width)
        let hasInterval = text.width >= Self.roomForLoss
        let room = min(Self.widestBar, max(0, text.width - names - 2 - Self.figure - (hasInterval ? Self.loss : Self.figure)))
        for entry in found.entries {
            var line = bar(entry.feature, most > 0 ? entry.meanAbsoluteContribution / most : 0, names: names, room: room)
            line.append(TextWidth.pad(FigureText.quality(entry.meanAbsoluteContribution), to: Self.figure - 1, alignment: .right) + " ")
            let isChance = entry.permutationLower <= 0
            line.append(
                TextWidth.pad(FigureText.quality(entry.permutation), to: Self.figure, alignment: .right),
                Style(isChance ? .muted : .strong, on: .text))
            if hasInterval { line.append("  \(Self.interval(entry))", Style(.muted, on: .text)) }
            text.line(line)
        }
    }

    /// Of what shuffling costs.
    static func interval(_ entry: GlobalImportance.Entry) -> String {
        "\(FigureText.quality(entry.permutationLower)) to \(FigureText.quality(entry.permutationUpper))"
    }

    private func width(of names: [String], _ width: Int) -> Int {
        min(max(8, width / 3), names.map { TextWidth.columns($0) }.max() ?? 0)
    }

    private func bar(_ name: String, _ share: Double, names: Int, room: Int) -> StyledText {
        let length = share.isFinite ? Int((min(max(share, 0), 1) * Double(room)).rounded()) : 0
        var line = StyledText(TextWidth.pad(name, to: names, ellipsis: glyphs.ellipsis) + " ")
        line.append(TextWidth.pad(String(repeating: glyphs.full, count: length), to: room) + " ", Style(.series1, on: .text))
        return line
    }
}
