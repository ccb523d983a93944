package import Engine
package import Foundation

/// A page of the past as a screen sees it.
package enum PageState: Sendable {
    /// Asked for, not here yet: the screen says "loading".
    case loading
    case ready(HistoryPage)
}

/// The pages that a screen declared and that have come.
///
/// An immutable value; the session fetches what is missing.
package struct Pages: Sendable {
    private let pages: [HistoryQuery: HistoryPage]
    /// Older pages for questions whose own is on its way: beside the others, so that these are not copied.
    private let standIns: [HistoryQuery: HistoryPage]

    package init(_ pages: [HistoryQuery: HistoryPage] = [:], standIns: [HistoryQuery: HistoryPage] = [:]) {
        self.pages = pages
        self.standIns = standIns
    }

    /// The page of a query.
    ///
    /// A page that is being refreshed stays ready with its older content. Complexity: O(1).
    package subscript(query: HistoryQuery) -> PageState {
        (pages[query] ?? standIns[query]).map(PageState.ready) ?? .loading
    }
}

/// Everything that a screen may look at.
///
/// Screens are pure functions of it and of their own state.
package struct ScreenContext: Sendable {
    /// The present as the engine published it.
    package var snapshot: Snapshot
    /// Pages of the past.
    package var pages: Pages
    /// The time that is shown, UTC milliseconds: now, or where the time cursor stands.
    package var asOf: Int64
    /// Whether `asOf` is in the past.
    package var isPast: Bool
    /// Who looks.
    package var operatorName: String
    /// What they may do.
    package var role: OperatorRole
    /// In which zone times are shown.
    package var timeZone: TimeZone
    /// What the operator's terminal is: for System.
    package var terminal: TerminalFacts

    package init(
        snapshot: Snapshot, pages: Pages = Pages(), asOf: Int64? = nil, isPast: Bool = false, operatorName: String = "",
        role: OperatorRole = .viewer,
        timeZone: TimeZone = .gmt, terminal: TerminalFacts = TerminalFacts()
    ) {
        self.snapshot = snapshot
        self.pages = pages
        self.asOf = asOf ?? snapshot.asOf
        self.isPast = isPast
        self.operatorName = operatorName
        self.role = role
        self.timeZone = timeZone
        self.terminal = terminal
    }
}

/// What a terminal said of itself when it attached.
package struct TerminalFacts: Sendable, Equatable, Codable {
    /// TERM as it is used, after any fallback.
    package var name = ""
    /// Why it is not the TERM that was asked for, if so.
    package var fallback: String?
    package var depth = ColourDepth.mono
    package var glyphs = GlyphLevel.ascii
    package var isUTF8 = false

    package init() {}
}
