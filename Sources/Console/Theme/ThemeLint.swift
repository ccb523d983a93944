/// What a theme must fulfil before anybody has to read it.
package enum ThemeLint {
    /// The least contrast of text, from WCAG 2.2 (1.4.3, level AA).
    package static let textContrast = 4.5
    /// The least contrast of chart lines, from WCAG 2.2 (1.4.11).
    package static let graphicContrast = 3.0
    /// Roles that draw lines and areas beside their meaning in words.
    private static let graphics: Set<Role> = [.axis, .reference, .current, .series1, .series2, .series3, .series4, .series5, .series6]
    /// Roles that only decorate.
    private static let decoration: Set<Role> = [
        .border, .dialogBorder, .gradient0, .gradient1, .gradient2, .gradient3, .gradient4, .gradient5, .gradient6, .gradient7,
    ]
    /// What stands on the ground of selected rows, marked rows and dialogs.
    private static let content: [Role] = [.text, .muted, .accent, .strong, .ok, .warn, .alert, .info, .paused, .key, .code]

    /// Everything that is wrong, worst first, as sentences; empty for a good theme.
    package static func problems(_ theme: Theme) -> [String] {
        var problems: [String] = []
        for depth in [ColourDepth.truecolor, .indexed256] {
            for role in Role.allCases where !decoration.contains(role) {
                let needed = graphics.contains(role) ? graphicContrast : textContrast
                check(theme, role, on: role, needed, depth, &problems)
            }
            for ground in [Role.selection, .marked, .dialog] {
                for role in content { check(theme, role, on: ground, textContrast, depth, &problems) }
            }
        }
        let statuses: [Role] = [.ok, .warn, .alert]
        for (index, first) in statuses.enumerated() {
            for second in statuses.dropFirst(index + 1) where !areDistinct(theme, first, second) {
                problems.append("\(first.name) and \(second.name) look alike")
            }
        }
        return problems
    }

    private static func check(
        _ theme: Theme, _ role: Role, on ground: Role, _ needed: Double, _ depth: ColourDepth, _ problems: inout [String]
    ) {
        let paint = theme.paint(Style(role, on: ground), depth: depth)
        // The operator's own colours are unknown, so nothing can be said about them.
        guard let front = rgb(paint.foreground), let back = rgb(paint.background) else { return }
        let contrast = front.contrast(with: back)
        guard contrast < needed else { return }
        let figure = (contrast * 10).rounded() / 10
        problems.append("\(role.name) on \(ground.name) has contrast \(figure), \(needed) is needed (\(depth.name))")
    }

    private static func rgb(_ colour: Colour) -> RGB? {
        switch colour {
        case .standard: nil
        case .indexed(let index): index < 16 ? nil : RGB.indexed(index)
        case .rgb(let exact): exact
        }
    }

    /// Whether two statuses can be told apart by colour at every depth that has colours; a theme without colours relies on emphasis.
    private static func areDistinct(_ theme: Theme, _ first: Role, _ second: Role) -> Bool {
        let (a, b) = (theme[first], theme[second])
        if a.foreground == .standard && b.foreground == .standard { return true }
        if a.foreground.colour(.ansi16) == b.foreground.colour(.ansi16) { return false }
        if let exact = a.foreground.exact, let other = b.foreground.exact { return exact.distance(to: other) >= 0.08 }
        return true
    }
}
