/// A colour of a theme with what stands for it on terminals of fewer colours.
package struct ThemeColour: Hashable, Sendable {
    /// The exact colour; nil for the terminal's own or a purely ANSI one.
    package var exact: RGB?
    /// The entry for 256 colours.
    package var indexed: UInt8?
    /// The entry for 16 colours.
    package var ansi: UInt8?

    /// The terminal's own colour.
    package static let standard = ThemeColour(exact: nil, indexed: nil, ansi: nil)

    /// What is sent at a depth; the nearest colour where the file names none.
    package func colour(_ depth: ColourDepth) -> Colour {
        switch depth {
        case .mono: return .standard
        case .ansi16: return (ansi ?? exact?.nearestANSI).map(Colour.indexed) ?? .standard
        case .indexed256: return (indexed ?? exact?.nearestIndexed ?? ansi).map(Colour.indexed) ?? .standard
        case .truecolor: return exact.map(Colour.rgb) ?? (indexed ?? ansi).map(Colour.indexed) ?? .standard
        }
    }
}

/// What a theme says about one role.
package struct RoleLook: Hashable, Sendable {
    package var foreground: ThemeColour
    package var background: ThemeColour
    package var attributes: Attributes

    package init(foreground: ThemeColour, background: ThemeColour, attributes: Attributes) {
        self.foreground = foreground
        self.background = background
        self.attributes = attributes
    }
}

/// How every role looks at every depth: a value, resolved once when a theme file is loaded.
package struct Theme: Equatable, Sendable {
    /// What it was made for.
    package enum Mode: String, Sendable {
        case dark, light, any
    }

    package let name: String
    package let mode: Mode
    /// One a role, in the order of `Role.allCases`.
    package let looks: [RoleLook]
    /// Emphasis that replaces colour where there is none, one a role.
    package let monoAttributes: [Attributes]
    private let foregrounds: [[Colour]]
    private let backgrounds: [[Colour]]

    package init(name: String, mode: Mode, looks: [RoleLook], monoAttributes: [Attributes]) {
        self.name = name
        self.mode = mode
        let missing = RoleLook(foreground: .standard, background: .standard, attributes: [])
        let complete = (0..<Role.allCases.count).map { $0 < looks.count ? looks[$0] : missing }
        self.looks = complete
        self.monoAttributes = (0..<Role.allCases.count).map { $0 < monoAttributes.count ? monoAttributes[$0] : [] }
        foregrounds = ColourDepth.allCases.map { depth in complete.map { $0.foreground.colour(depth) } }
        backgrounds = ColourDepth.allCases.map { depth in complete.map { $0.background.colour(depth) } }
    }

    /// How a style looks.
    ///
    /// Complexity: O(1).
    package func paint(_ style: Style, depth: ColourDepth) -> Paint {
        let role = Int(style.role.rawValue)
        let ground = Int(style.ground.rawValue)
        guard depth > .mono else {
            // A ground shows in mono only by reversing what stands on it.
            let attributes = monoAttributes[role].union(monoAttributes[ground].intersection(.reverse)).union(style.attributes)
            return Paint(foreground: .standard, background: .standard, attributes: attributes)
        }
        return Paint(
            foreground: foregrounds[depth.rawValue][role], background: backgrounds[depth.rawValue][ground],
            attributes: looks[role].attributes.union(style.attributes))
    }

    /// The look of a role.
    package subscript(role: Role) -> RoleLook { looks[Int(role.rawValue)] }
}
