/// A screen to be kept in a file: what is shown, and how this terminal draws it.
package struct ScreenImage: Sendable {
    /// What a picture can be written as.
    package enum Format: String, Sendable, CaseIterable {
        /// Characters only.
        case text
        /// Characters with the sequences that colour them on a terminal.
        case ansi
        /// A drawing on a grid of equal cells, with the theme's own colours.
        case svg

        /// The format that a file's name asks for by its ending; text when it asks for none.
        package init(fileName: String) {
            switch fileName.split(separator: ".").last?.lowercased() {
            case "svg": self = .svg
            case "ans", "ansi": self = .ansi
            default: self = .text
            }
        }
    }

    package var surface: Surface
    package var theme: Theme
    /// How many colours the ANSI form uses; a drawing has all of them.
    package var depth: ColourDepth

    package init(surface: Surface, theme: Theme, depth: ColourDepth) {
        self.surface = surface
        self.theme = theme
        self.depth = depth
    }

    /// The file's content.
    ///
    /// Complexity: O(cells).
    package func content(_ format: Format) -> String {
        switch format {
        case .text: surface.text + "\n"
        case .ansi: surface.ansi(theme: theme, depth: depth)
        case .svg: ScreenDrawing(surface: surface, theme: theme).text
        }
    }
}
