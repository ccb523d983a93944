/// Outside text made harmless for a terminal, a log or a report.
public enum SafeText {
    /// Shows as `\u{XX}` whatever could move the cursor, hide or reorder text: control characters (C0, DEL, C1), format characters
    /// (direction overrides and isolates, zero-width characters, tags), and line and paragraph separators.
    ///
    /// Lone surrogates cannot occur: Swift strings hold Unicode scalars. Complexity: O(length); text of printable ASCII is returned as it
    /// is.
    public static func escape(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return text }
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

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: true
        default: false
        }
    }
}
