package import Engine

/// One screen: a value with its own state, drawn as a pure function of that state and the context.
///
/// A new screen is one file that conforms, one `Place`, and one line in `Screens.make`. Screens never call the engine, never block, never know a terminal.
package protocol Screen: Sendable {
    /// Where it is.
    var place: Place { get }
    /// What its keys and commands are about now: the selected row, else the place itself.
    func subject(_ context: ScreenContext) -> Subject
    /// The rows that are marked, for actions on several at once; none where marks mean something else.
    func marked(_ context: ScreenContext) -> [Subject]
    /// The pages of the past that it needs to draw; asked for while they are missing, and again as they age.
    func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery]
    /// Draws the body: all of the console but its header, its alert line and its key hints.
    func draw(_ context: ScreenContext, on surface: inout Surface, in area: Rect)
    /// Takes a movement. `area` is the body as it was last drawn.
    mutating func move(_ movement: Movement, _ context: ScreenContext, in area: Rect) -> ScreenStep
    /// Takes a command of its own (see `Outcome.screen`).
    mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep
    /// The filter that is in force, and how many rows it leaves of how many; nil when the screen has none.
    func filterState(_ context: ScreenContext) -> FilterState?
    /// Sets the filter: a regular expression, `!` in front inverts it, empty clears it. Returns what is wrong with it, if anything.
    mutating func setFilter(_ text: String, _ context: ScreenContext) -> String?
    /// Esc: closes what is open inside the screen (a comparison, an entry, a pane); false when nothing is, and Esc leaves the place.
    mutating func leaveInner() -> Bool
    /// Words for the title line behind the place's own name: `v3 = v5`, `job 12`.
    var detail: String? { get }
}

extension Screen {
    /// No marks.
    package func marked(_ context: ScreenContext) -> [Subject] { [] }
    /// No pages.
    package func wantedPages(_ context: ScreenContext, size: Size) -> [HistoryQuery] { [] }
    /// No commands of its own.
    package mutating func perform(_ order: ScreenOrder, arguments: [String], _ context: ScreenContext) -> ScreenStep {
        .refused("\(order.rawValue) does nothing here")
    }
    /// No filter.
    package func filterState(_ context: ScreenContext) -> FilterState? { nil }
    /// No filter.
    package mutating func setFilter(_ text: String, _ context: ScreenContext) -> String? { "there is nothing to filter here" }
    /// Nothing is open inside.
    package mutating func leaveInner() -> Bool { false }
    /// Nothing.
    package var detail: String? { nil }
}

/// What the keys are about.
package struct Subject: Sendable, Equatable {
    package var deployment: String?
    package var version: UInt32?
    package var job: Int64?
    package var alert: Int64?
    /// A column of the deployment's traffic.
    package var column: String?

    package init(
        deployment: String? = nil, version: UInt32? = nil, job: Int64? = nil, alert: Int64? = nil, column: String? = nil
    ) {
        self.deployment = deployment
        self.version = version
        self.job = job
        self.alert = alert
        self.column = column
    }
}

/// A filter in force.
package struct FilterState: Sendable, Equatable {
    package var text: String
    package var hits: Int
    package var total: Int

    package init(text: String, hits: Int, total: Int) {
        self.text = text
        self.hits = hits
        self.total = total
    }
}

/// Movements that mean the same on every screen.
package enum Movement: Sendable, Equatable {
    case up, down, left, right, pageUp, pageDown, top, bottom
    case nextPane, previousPane
    /// Enter: go into the selected thing.
    case open
    /// Space: mark the selected row.
    case mark
    /// `<`, `>` and `o`.
    case sortPrevious, sortNext, sortFlip
}

/// What a screen made of a key.
package enum ScreenStep: Sendable, Equatable {
    /// Its state changed, or could have.
    case done
    /// Somewhere else.
    case go(Place)
    /// Done, and worth a word.
    case say(String)
    /// Cannot be done, and why: a key that does nothing says so.
    case refused(String)
}
