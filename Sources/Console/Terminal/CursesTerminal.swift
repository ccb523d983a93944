import CCurses
import Foundation

/// The terminal of this process through ncurses: the only file that knows it.
///
/// ncurses cannot hold several screens safely, so there is one such terminal a process, and only the thread that made it may use it.
/// Input is read from the descriptor and decoded by `KeyDecoder`; ncurses draws, and knows the terminal (docs/decisions/console-input.md).
package final class CursesTerminal: Terminal {
    package let facts: TerminalFacts
    package private(set) var size = Size(width: 80, height: 24)

    private let kind: TerminalKind
    /// Descriptors of its own.
    private let ends: (input: Int32, output: Int32)
    private let wake: TerminalWake
    private let signals: TerminalSignals
    private let screen: OpaquePointer
    private let palette: CursesPalette
    private let themes: ThemeCatalog
    private var theme: Theme
    private var pairs: PairTable
    private var decoder: KeyDecoder
    private var drawn = Drawn()
    private var isOpen = true
    private var buffer = [UInt8](repeating: 0, count: 4_096)

    /// A style as ncurses takes it.
    private struct Look {
        var attributes: attr_t
        var pair: Int32
    }

    /// What ncurses has been told.
    private struct Drawn {
        var looks: [Style: Look] = [:]
        var shown: Surface?
        var isCursorShown = false
    }

    /// What can be known before a screen is opened.
    ///
    /// - Throws: `TerminalFailure` when there is no terminal, or none that can show a console.
    package static func inspect(environment: [String: String]) throws(TerminalFailure) -> TerminalKind {
        guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1 else { throw .noTerminal }
        return try TerminalKind.choose(environment: environment, isUTF8: TerminalLocale.isUTF8) { name in
            var entry = flyball_entry()
            guard flyball_find_entry(name, STDOUT_FILENO, &entry) else { return nil }
            return TerminalKind.Entry(colours: Int(entry.colours), isDirect: entry.isDirect)
        }
    }

    /// Opens the screen on standard input and output.
    ///
    /// - Parameters:
    ///   - signals: made before, so that ncurses leaves the signals alone.
    ///   - theme: the name to begin with; `themes.fallback` when it cannot be used.
    package init(kind: TerminalKind, wake: TerminalWake, signals: TerminalSignals, themes: ThemeCatalog, theme: String)
        throws(TerminalFailure)
    {
        self.kind = kind
        self.wake = wake
        self.signals = signals
        self.themes = themes
        self.theme = (try? themes.load(theme)) ?? ThemeCatalog.fallback
        // Descriptors of its own: a process that leaves its terminal puts something else under 0 and 1.
        ends = (dup(STDIN_FILENO), dup(STDOUT_FILENO))
        guard ends.input >= 0, ends.output >= 0, let screen = flyball_open(kind.entryName, ends.input, ends.output) else {
            throw .cannotOpen(name: kind.entryName)
        }
        self.screen = screen
        var hasDefault = false
        let capacity = kind.facts.depth > .mono ? Int(flyball_start_colour(&hasDefault)) : 0
        var facts = kind.facts
        if capacity == 0 { facts.depth = .mono }
        self.facts = facts
        palette = CursesPalette(depth: facts.depth, colours: kind.colours, hasDefault: hasDefault)
        pairs = PairTable(capacity: capacity)
        decoder = KeyDecoder(KeySequences(own: CursesTerminal.ownKeys()))
        fit()
        send(TerminalSequences.enter)
    }

    /// What the terminal's entry says its keys send, without the leading escape.
    private static func ownKeys() -> [[UInt8]: Key] {
        var keys: [[UInt8]: Key] = [:]
        for (name, key) in KeySequences.capabilities {
            guard let text = flyball_key(name) else { continue }
            let bytes = Array(String(cString: text).utf8)
            if bytes.first == 0x1B { keys[Array(bytes.dropFirst())] = key }
        }
        return keys
    }

    /// Writes to the terminal beside ncurses, which holds nothing back between two refreshes.
    private func send(_ text: String) {
        guard kind.isXtermLike else { return }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(ends.output, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}

/// Input.
extension CursesTerminal {
    package func wait(milliseconds: Int?) -> TerminalInput {
        var result = TerminalInput()
        var descriptors = [
            pollfd(fd: isOpen ? ends.input : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        let half = decoder.delay
        let timeout = [milliseconds, half].compactMap(\.self).min().map { Int32(clamping: max(0, $0)) } ?? -1
        let count = poll(&descriptors, 2, timeout)
        if count == 0, let half, Int(timeout) >= half { result.events += decoder.timeOut() }
        if count > 0, descriptors[1].revents != 0 {
            wake.take()
            result.isWoken = true
        }
        if signals.takeResize(), isOpen {
            fit()
            result.events.append(.resize(size))
        }
        if count > 0, descriptors[0].revents & Int16(POLLIN) != 0 {
            result.events += readKeys()
        } else if count > 0, descriptors[0].revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 {
            result.events.append(.hangup)
        }
        if signals.isHungUp { result.events.append(.hangup) }
        return result
    }

    private func readKeys() -> [InputEvent] {
        let count = read(ends.input, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return [] }
        // The other end is closed, or the terminal is another job's now.
        guard count > 0 else { return [.hangup] }
        return decoder.feed(buffer[..<count])
    }
}

/// Output.
extension CursesTerminal {
    /// Takes the size that the kernel knows; without one, the size that ncurses began with stays.
    private func fit() {
        var window = winsize()
        if ioctl(ends.output, UInt(TIOCGWINSZ), &window) == 0, window.ws_row > 0, window.ws_col > 0 {
            let wanted = Size(width: Int(window.ws_col), height: Int(window.ws_row))
            resizeterm(Int32(wanted.height), Int32(wanted.width))
        }
        var width: Int32 = 0
        var height: Int32 = 0
        flyball_size(&width, &height)
        size = Size(width: Int(width), height: Int(height))
    }

    package func draw(_ delta: FrameDelta) throws(FrameFailure) {
        let surface = try Surface.applying(delta, to: drawn.shown)
        drawn.shown = surface
        guard isOpen else { return }
        for case .theme(let name) in delta.effects { use(name) }
        if delta.isWhole {
            drawAll()
        } else {
            for span in delta.spans {
                for (offset, cell) in span.cells.enumerated() { put(cell, x: span.x + offset, y: span.y) }
            }
        }
        place(surface.cursor)
        flyball_refresh()
        for effect in delta.effects { perform(effect) }
    }

    /// A theme that cannot be used leaves the one before it.
    private func use(_ name: String) {
        guard let next = try? themes.load(name) else { return }
        theme = next
        drawn.looks.removeAll(keepingCapacity: true)
        drawAll()
    }

    private func drawAll() {
        guard let shown = drawn.shown else { return }
        flyball_erase()
        for y in 0..<shown.height {
            for x in 0..<shown.width { put(shown[x, y], x: x, y: y) }
        }
    }

    /// Puts a cell where it fits; the right half of a wide character came with the left one.
    private func put(_ cell: Cell, x: Int, y: Int) {
        guard !cell.isContinuation, y < size.height, x + Int(cell.columns) <= size.width else { return }
        let look = look(cell.style)
        flyball_put(
            Int32(x), Int32(y), wchar_t(bitPattern: cell.scalar), wchar_t(bitPattern: cell.firstMark), wchar_t(bitPattern: cell.secondMark),
            Int32(cell.columns), look.attributes, look.pair)
    }

    private func look(_ style: Style) -> Look {
        if let look = drawn.looks[style] { return look }
        let paint = theme.paint(style, depth: facts.depth)
        var attributes = paint.attributes
        var number: Int32 = 0
        if facts.depth > .mono {
            let (pair, isBold) = palette.pair(paint)
            if isBold { attributes.insert(.bold) }
            let answer = pairs.number(of: pair)
            number = answer.number
            if let new = answer.new { init_extended_pair(number, new.foreground, new.background) }
        }
        let look = Look(
            attributes: flyball_attributes(
                attributes.contains(.bold), attributes.contains(.dim), attributes.contains(.italic), attributes.contains(.underline),
                attributes.contains(.reverse)), pair: number)
        drawn.looks[style] = look
        return look
    }

    private func place(_ cursor: Point?) {
        let visible = cursor.flatMap { size.contains($0) ? $0 : nil }
        if (visible != nil) != drawn.isCursorShown {
            drawn.isCursorShown = visible != nil
            curs_set(drawn.isCursorShown ? 1 : 0)
        }
        if let visible { flyball_move(Int32(visible.x), Int32(visible.y)) }
    }

    private func perform(_ effect: TerminalEffect) {
        switch effect {
        case .bell: beep()
        case .copy(let text): send(TerminalSequences.copy(text))
        case .title(let text): send(TerminalSequences.title(text))
        case .theme, .save: break
        }
    }

    package var picture: ScreenImage? { drawn.shown.map { ScreenImage(surface: $0, theme: theme, depth: facts.depth) } }

    package func redraw() {
        guard isOpen else { return }
        flyball_forget()
        flyball_refresh()
    }
}

/// Coming and going.
extension CursesTerminal {
    package func suspend() {
        guard isOpen else { return }
        isOpen = false
        send(TerminalSequences.leave)
        endwin()
    }

    package func resume() {
        guard !isOpen else { return }
        isOpen = true
        // The first refresh after `endwin` takes the terminal again.
        flyball_forget()
        flyball_refresh()
        fit()
        send(TerminalSequences.enter)
        drawAll()
        place(drawn.shown?.cursor)
        flyball_refresh()
    }

    package func restore() { suspend() }
}
