import Console
import Engine
import Foundation

/// Ways to look at a screen as an operator would.
enum SampleContext {
    /// The sizes that every screen is drawn at.
    static let sizes = [
        Size(width: 200, height: 60), Size(width: 80, height: 24), Size(width: 60, height: 15), Size(width: 40, height: 10),
    ]

    /// A context over a present, for somebody who may operate.
    static func make(_ snapshot: Snapshot = SampleSnapshot.standard, role: OperatorRole = .operator, pages: Pages = Pages())
        -> ScreenContext
    {
        var terminal = TerminalFacts()
        terminal.name = "xterm-256color"
        terminal.depth = .indexed256
        terminal.glyphs = .braille
        terminal.isUTF8 = true
        return ScreenContext(snapshot: snapshot, pages: pages, operatorName: "oncall", role: role, timeZone: .gmt, terminal: terminal)
    }

    /// The context with every page that a screen wants at a size answered, also those that it wants after the first have come.
    static func loaded(_ screen: some Screen, _ context: ScreenContext, size: Size) -> ScreenContext {
        var context = context
        var known: Set<HistoryQuery> = []
        // A log or a journal asks for its next page when the one before has come.
        for _ in 0..<20 {
            let wanted = Set(screen.wantedPages(context, size: size))
            if wanted.isSubset(of: known) { break }
            known.formUnion(wanted)
            context.pages = SamplePages.answer(Array(known))
        }
        return context
    }

    /// The screen drawn over a whole surface.
    static func draw(_ screen: some Screen, _ context: ScreenContext, size: Size, glyphs: GlyphLevel = .braille) -> Surface {
        var surface = Surface(size: size, glyphs: glyphs)
        screen.draw(context, on: &surface, in: surface.bounds)
        return surface
    }
}
