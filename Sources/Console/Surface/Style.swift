/// Emphasis of a cell beside its colours.
package struct Attributes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bold = Attributes(rawValue: 1)
    package static let dim = Attributes(rawValue: 2)
    package static let italic = Attributes(rawValue: 4)
    package static let underline = Attributes(rawValue: 8)
    package static let reverse = Attributes(rawValue: 16)
    package static let strike = Attributes(rawValue: 32)

    /// All that exist; a frame with any other bit is refused.
    package static let all: Attributes = [.bold, .dim, .italic, .underline, .reverse, .strike]
}

/// How a cell is drawn: whose foreground, on whose background, with which emphasis.
package struct Style: Hashable, Sendable {
    /// The role whose foreground and attributes are used.
    package var role: Role
    /// The role whose background is used.
    package var ground: Role
    /// Emphasis on top of the theme's own for the role.
    package var attributes: Attributes

    /// A style; without a ground it stands on the role's own background.
    package init(_ role: Role, on ground: Role? = nil, _ attributes: Attributes = []) {
        self.role = role
        self.ground = ground ?? role
        self.attributes = attributes
    }

    /// Plain text on the screen's background.
    package static let text = Style(.text)

    /// The same on another role's background.
    package func on(_ ground: Role) -> Style { Style(role, on: ground, attributes) }

    /// The same with more emphasis.
    package func with(_ more: Attributes) -> Style { Style(role, on: ground, attributes.union(more)) }
}
