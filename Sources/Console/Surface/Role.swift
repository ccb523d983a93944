/// What a piece of the screen means; a theme says how it looks.
///
/// Screens and widgets name roles, never colours, so that one theme change restyles everything and no meaning hangs on colour alone.
package enum Role: UInt8, CaseIterable, Sendable, Codable {
    case text, muted, accent, strong
    case ok, warn, alert, info, paused
    case border, borderFocused, title, header
    case selection, marked
    case dialog, dialogBorder, button, buttonFocused, field, placeholder
    case key, keyDisabled
    case toast, toastWarn, toastAlert, banner
    case tab, tabSelected
    case past, environment, badge
    case threshold, marker, axis, cursor, reference, current
    case series1, series2, series3, series4, series5, series6
    case gradient0, gradient1, gradient2, gradient3, gradient4, gradient5, gradient6, gradient7
    case link, code

    /// The colours of the chart series in order; the seventh is the first again.
    package static func series(_ index: Int) -> Role {
        let all: [Role] = [.series1, .series2, .series3, .series4, .series5, .series6]
        return all[((index % all.count) + all.count) % all.count]
    }

    /// The step of the theme's gradient for a share between 0 (calm) and 1 (hot); anything else is clamped.
    package static func gradient(_ fraction: Double) -> Role {
        let all: [Role] = [.gradient0, .gradient1, .gradient2, .gradient3, .gradient4, .gradient5, .gradient6, .gradient7]
        guard fraction > 0 else { return .gradient0 }
        return all[fraction >= 1 ? 7 : min(7, Int(fraction * 8))]
    }

    /// The name under which theme files speak of it.
    package var name: String { String(describing: self) }

    /// The role with a name, if there is one.
    package init?(name: String) {
        guard let found = Role.byName[name] else { return nil }
        self = found
    }

    private static let byName = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })
}
