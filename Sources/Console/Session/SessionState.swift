import Engine
import Foundation
import Store

/// What a session asks to be done outside of its lock.
enum SessionWork: Sendable {
    case perform(ActionRequest)
    case fetch([HistoryQuery])
    case report(ReportOrder)
}

/// What lies over the screen and takes the keys.
enum Overlay: Sendable {
    case none
    case prompt(PromptState)
    case dialog(DialogState)
    case question(QuestionState)
}

/// Who looks at a console, from where.
struct Watcher: Sendable {
    let name: String
    let role: OperatorRole
    let timeZone: TimeZone
    let terminal: TerminalFacts
}

/// What is on the terminal, and on its way there.
struct FrameMemory: Sendable {
    /// What the terminal shows; nil: unknown, so that the next frame is whole.
    var shown: Surface?
    var effects: [TerminalEffect] = []
    var isDrawing = false
    var hadToast = false
}

/// The lines entered at the bottom.
struct EnteredLines: Sendable {
    /// Command lines, oldest first.
    private(set) var commands: [String] = []
    /// The deployment whose versions the last one is about, if it is about versions.
    var deployment: String?

    /// Command lines that are remembered.
    private static let limit = 100

    mutating func remember(_ line: String) { commands = (commands.filter { $0 != line } + [line]).suffix(Self.limit) }
}

/// One operator's console as a value: every event turns it into the next one, and says what is to be done outside.
struct SessionState: Sendable {
    let watcher: Watcher

    var size: Size
    var glyphs: GlyphLevel
    var snapshot: Snapshot
    var navigation = Navigation(.fleet)
    var overlay = Overlay.none
    var attention = Attention()
    var toasts = ToastShelf()
    var pages = PageCache()
    var pacer = FramePacer()
    var undo = UndoMemory()
    var entered = EnteredLines()
    var frame = FrameMemory()
    var ending: ConsoleEnding?
    /// The clock of the engine, UTC milliseconds, as of the last event.
    var wallClock: Int64
    /// A monotonic clock, milliseconds.
    var now: Int64

    init(opening: ConsoleOpening, snapshot: Snapshot, operatorName: String, role: OperatorRole, wallClock: Int64, now: Int64) {
        watcher = Watcher(name: operatorName, role: role, timeZone: Self.zone(opening.timeZone), terminal: opening.terminal)
        self.snapshot = snapshot
        self.wallClock = wallClock
        self.now = now
        size = Size(width: opening.width, height: opening.height)
        glyphs = opening.terminal.glyphs
        frame.effects = [.title("flyball \(snapshot.engine.workspace)")]
    }

    /// A zone as TZ writes it: `America/New_York`, `:Europe/Berlin`, a path under zoneinfo; UTC for anything that is not known.
    static func zone(_ text: String) -> TimeZone {
        var name = Substring(text)
        if name.hasPrefix(":") { name = name.dropFirst() }
        if let range = name.range(of: "zoneinfo/") { name = name[range.upperBound...] }
        return TimeZone(identifier: String(name)) ?? .gmt
    }

    /// All that the screen may look at.
    func context() -> ScreenContext { view().context }

    /// All that the screen may look at, and the pages that it wants.
    func view() -> (context: ScreenContext, wanted: [HistoryQuery]) {
        let asOf = max(snapshot.asOf, wallClock)
        var context = ScreenContext(
            snapshot: snapshot, asOf: asOf, isPast: false, operatorName: watcher.name, role: role, timeZone: watcher.timeZone,
            terminal: watcher.terminal)
        // A page can say that there is a next one (a log, a journal): so the screen is asked with every page that is here.
        context.pages = pages.all
        var wanted = navigation.screen.wantedPages(context, size: layout.body.size)
        if let name = entered.deployment, case .prompt = overlay { wanted += VersionPages(name, snapshot, context.pages).wanted }
        context.pages = pages.pages(wanted)
        // What has come of versions counts as seen: previews and refusals know of them as of those in the snapshot.
        if case .versions(let name) = navigation.place { context = context.knowingVersions(of: name) }
        if let name = entered.deployment { context = context.knowingVersions(of: name) }
        return (context, wanted)
    }

    /// What the operator may do.
    var role: OperatorRole { watcher.role }

    /// Where everything stands on this terminal.
    var layout: ChromeLayout { ChromeLayout(size: size, hasBanner: snapshot.hasBanner) }

    /// A command being asked for here and now.
    func call(_ arguments: [String] = []) -> CommandCall {
        let context = context()
        return CommandCall(
            context: context, place: navigation.place, subject: navigation.screen.subject(context), arguments: arguments,
            recent: navigation.recentDeployment)
    }

    mutating func say(_ text: String, _ kind: Toast.Kind = .info, hint: String? = nil) {
        toasts.show(Toast(text, kind: kind, hint: hint), now: now)
    }

    // MARK: What comes from outside

    mutating func take(_ newer: Snapshot) {
        // Publications may overtake each other on their way here.
        guard newer.generation >= snapshot.generation else { return }
        snapshot = newer
        pacer.note(.data)
    }

    mutating func take(_ page: HistoryPage, for query: HistoryQuery) -> [SessionWork] {
        pages.receive(page, for: query, now: now)
        guard case .versions = query else {
            pacer.note(.data)
            return []
        }
        // Each page names the next one: that is asked for at once.
        pacer.note(.key)
        return versionsCame()
    }

    /// What became of an action of this operator.
    mutating func take(_ result: Result<Receipt, ActionFailure>, of request: ActionRequest) {
        switch result {
        case .success(let receipt):
            undo.note(receipt)
            let summary = receipt.summary + Self.timing(receipt)
            if receipt.isJournalled {
                say(summary, .ok, hint: receipt.inverse == nil ? nil : "u undo")
            } else {
                say(summary + ": it holds, not journalled yet", .warn)
            }
        case .failure(let failure): say(failure.description, .alert)
        }
        pacer.note(.key)
    }

    private static func timing(_ receipt: Receipt) -> String {
        guard let swap = receipt.swapNanoseconds else { return "" }
        return ", switched in \(FigureText.latency(nanoseconds: Double(swap)))"
    }
}

/// What `u` takes back.
struct UndoMemory: Sendable {
    private var inverse: Action?

    mutating func note(_ receipt: Receipt) { inverse = receipt.inverse }

    /// The action that takes back the last change of this session; without one, of this operator as the journal tells it.
    func proposal(_ context: ScreenContext) -> Result<Action, CommandRefusal> {
        if let inverse { return .success(inverse) }
        let own = context.snapshot.recent.lazy.map(\.entry).first { $0.uid != nil && Operator.shortName($0.actor) == context.operatorName }
        guard let own else { return .failure(CommandRefusal("you have changed nothing lately")) }
        guard let action = Self.inverse(own, context.snapshot) else {
            return .failure(CommandRefusal("your last change cannot be taken back by a key, or no longer: \(own.summary)"))
        }
        return .success(action)
    }

    private static func inverse(_ entry: JournalEntry, _ snapshot: Snapshot) -> Action? {
        Action.takingBack(
            entry, frozen: snapshot.frozen.filter { $0.deployment == entry.deployment }.map(\.scope),
            champion: entry.deployment.flatMap { snapshot.deployment($0)?.champion })
    }
}
