/// Outside text made harmless for a terminal, a log or a report.
public enum SafeText {
    /// Shows as `\u{XX}` whatever could move the cursor, hide or reorder text: control characters (C0, DEL, C1), format characters
    /// (direction overrides and isolates, zero-width characters, tags), and line and paragraph separators.
    ///
    /// Lone surrogates cannot occur: Swift strings hold Unicode scalars. Complexity: O(length); harmless text is returned as it is.
    public static func escape(_ text: String) -> String {
        if isHarmless(text) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHarmful(scalar) {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// Whether a text can be shown as it is.
    ///
    /// Complexity: O(length).
    public static func isHarmless(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } || !text.unicodeScalars.contains(where: isHarmful)
    }

    /// Whether a character could move the cursor, or hide or reorder text.
    public static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7F: return false
        // Arrows, mathematical and technical signs, lines, blocks, dingbats, Braille: what screens are drawn with, and none is of the kinds below.
        case 0x2190..<0x2900: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: return true
        default: return false
        }
    }
}
