/// A screen with a keyboard, owned by the one thread that made it.
///
/// `CursesTerminal` is the real one; tests drive a `TerminalLoop` with one of their own.
package protocol Terminal: AnyObject {
    /// Its size now, cells.
    var size: Size { get }
    /// Waits for something to happen.
    ///
    /// - Parameter milliseconds: at most so long; nil: as long as it takes.
    func wait(milliseconds: Int?) -> TerminalInput
    /// What is on the screen, and how it is drawn; nil before the first frame.
    var picture: ScreenImage? { get }
    /// Shows a change and does its effects, but for `.save`, which is the loop's. Blocks while the terminal takes no output.
    func draw(_ delta: FrameDelta) throws(FrameFailure)
    /// Sends everything on the screen again.
    func redraw()
    /// Gives the terminal back as it was found; `resume` takes it again.
    func suspend()
    /// Takes the terminal again and redraws it.
    func resume()
    /// Gives the terminal back for good, as it was found. Safe to call twice.
    func restore()
}

/// What a wait brought.
package struct TerminalInput: Equatable, Sendable {
    /// In order of arrival.
    package var events: [InputEvent]
    /// Whether somebody called for attention.
    package var isWoken: Bool

    package init(events: [InputEvent] = [], isWoken: Bool = false) {
        self.events = events
        self.isWoken = isWoken
    }
}

/// Why no screen can be opened.
package enum TerminalFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Standard input or output is none.
    case noTerminal
    /// It cannot place text.
    case tooPlain(name: String)
    /// Not even the last resort has a terminfo entry.
    case noEntry(tried: [String])
    /// ncurses says no.
    case cannotOpen(name: String)

    package var description: String {
        switch self {
        case .noTerminal:
            "no terminal: the console needs one on standard input and output: use `flyball status`, or `flyball serve` without a screen"
        case .tooPlain(let name): "TERM=\(name): cannot show a console: use `flyball status`, or set TERM to what your terminal is"
        case .noEntry(let tried):
            "terminfo: no entry for \(tried.joined(separator: ", ")): install the package ncurses-base, or use `flyball status`"
        case .cannotOpen(let name):
            "TERM=\(name): ncurses cannot open the terminal: use `flyball status`, or set TERM to what your terminal is"
        }
    }
}
