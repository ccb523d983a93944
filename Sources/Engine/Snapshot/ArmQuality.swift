public import Learning
import Monitoring
import Tabular

/// What the truth says of a challenger beside the champion, since the challenger got its present share.
public struct ArmQuality: Codable, Sendable, Equatable {
    /// The primary figure of the champion, then the challenger's, with an interval of the difference that holds whenever it is looked at.
    public var figure: PairedFigure
    /// Labelled rows of the challenger's.
    public var rows: Int
    /// Labelled rows of the champion's; the same ones for a shadow.
    public var championRows: Int

    /// Makes a finding.
    public init(figure: PairedFigure, rows: Int, championRows: Int) {
        self.figure = figure
        self.rows = rows
        self.championRows = championRows
    }

    /// `auc 0.701, champion 0.744 on 1,204 labels: worse`.
    public var words: String {
        "\(figure.name) \(Figures.short(figure.second)), champion \(Figures.short(figure.first)) on \(Figures.grouped(rows)) labels: "
            + (figure.verdict == .open ? "no difference shown" : figure.verdict.rawValue)
    }
}
