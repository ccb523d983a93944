import Console
import Engine
import Testing

/// One picture of a screen: a size and what the terminal can show.
struct ScreenPicture: Sendable, CustomTestStringConvertible {
    let size: Size
    let glyphs: GlyphLevel

    /// Four sizes with everything, and the same on a terminal without colours and symbols.
    static let all = SampleContext.sizes.flatMap { size in [GlyphLevel.braille, .ascii].map { ScreenPicture(size: size, glyphs: $0) } }

    var testDescription: String { name }
    var name: String { "\(size.width)x\(size.height)-\(glyphs.rawValue)" }
    /// What is left for the screen's body below the header and above the key hints.
    var body: Size { Size(width: size.width, height: size.height - 3) }

    /// Compares a screen with its picture: with roles where there is colour; without, only letters, digits and punctuation may show.
    func check(_ screen: some Screen, _ context: ScreenContext, _ name: String, location: SourceLocation = #_sourceLocation) {
        let surface = SampleContext.draw(screen, SampleContext.loaded(screen, context, size: body), size: body, glyphs: glyphs)
        Golden.check(surface, "\(name)/\(self.name)", styles: glyphs == .braille, location: location)
        guard glyphs == .ascii else { return }
        #expect(surface.text.unicodeScalars.allSatisfy { $0.isASCII }, "a symbol on a terminal that has none", sourceLocation: location)
    }
}
