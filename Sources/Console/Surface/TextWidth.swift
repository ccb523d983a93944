import Tabular

/// Where text stands in the columns that it is given.
package enum Alignment: Sendable {
    case left, right, centre
}

/// How many columns text takes, and cutting, filling and wrapping by columns.
package enum TextWidth {
    /// Columns of one character: 0 (combining), 1 or 2 (East Asian wide, emoji).
    ///
    /// Complexity: O(log ranges), O(1) for ASCII.
    package static func columns(_ scalar: Unicode.Scalar) -> Int {
        let value = scalar.value
        if value < 0x300 { return value < 0x20 || (0x7F...0x9F).contains(value) ? 0 : 1 }
        // Lines and blocks, and Braille: what charts and frames are drawn with.
        if (0x2500..<0x25FD).contains(value) || (0x2800..<0x2900).contains(value) { return 1 }
        if contains(value, in: WidthTables.zero) { return 0 }
        return contains(value, in: WidthTables.wide) ? 2 : 1
    }

    /// Columns of a text as a surface shows it, that is with harmful characters escaped.
    package static func columns(_ text: String) -> Int {
        if isPlain(text) { return text.utf8.count }
        var result = 0
        for scalar in SafeText.escape(text).unicodeScalars { result += columns(scalar) }
        return result
    }

    /// Whether a character may stand in a cell: nothing that moves the cursor, reorders or hides text.
    package static func isDrawable(_ scalar: Unicode.Scalar) -> Bool {
        !SafeText.isHarmful(scalar)
    }

    /// The text, or as much of its beginning as fits in front of an ellipsis.
    package static func truncate(_ text: String, to limit: Int, ellipsis: String = "…") -> String {
        guard limit > 0 else { return "" }
        if isPlain(text) && text.utf8.count <= limit { return text }
        let safe = SafeText.escape(text)
        if columns(safe) <= limit { return safe }
        let mark = columns(ellipsis) <= limit ? ellipsis : ""
        return prefix(safe, columns: limit - columns(mark)) + mark
    }

    /// The text cut or filled with blanks to exactly so many columns.
    package static func pad(_ text: String, to width: Int, alignment: Alignment = .left, ellipsis: String = "…") -> String {
        let cut = truncate(text, to: width, ellipsis: ellipsis)
        let spare = max(0, width - columns(cut))
        switch alignment {
        case .left: return cut + String(repeating: " ", count: spare)
        case .right: return String(repeating: " ", count: spare) + cut
        case .centre: return String(repeating: " ", count: spare / 2) + cut + String(repeating: " ", count: spare - spare / 2)
        }
    }

    /// The longest beginning of an escaped text that fits; marks stay with their base.
    package static func prefix(_ text: String, columns limit: Int) -> String {
        var result = String.UnicodeScalarView()
        var used = 0
        for scalar in text.unicodeScalars {
            let width = columns(scalar)
            if used + width > limit { break }
            used += width
            result.append(scalar)
        }
        return String(result)
    }

    /// Lines of at most `width` columns, broken at blanks where possible and inside words where not; line feeds break too.
    package static func wrap(_ text: String, width: Int) -> [String] {
        guard width > 0 else { return [] }
        var lines: [String] = []
        for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
            var line = ""
            var used = 0
            for word in SafeText.escape(String(paragraph)).split(separator: " ", omittingEmptySubsequences: false) {
                let wordColumns = columns(String(word))
                if used > 0 && used + 1 + wordColumns <= width {
                    line += " " + word
                    used += 1 + wordColumns
                    continue
                }
                if used > 0 {
                    lines.append(line)
                }
                (line, used) = breaking(String(word), columns: wordColumns, width: width, into: &lines)
            }
            lines.append(line)
        }
        return lines
    }

    /// Puts whole lines of an overlong word into `lines` and gives back the rest.
    private static func breaking(_ word: String, columns wordColumns: Int, width: Int, into lines: inout [String]) -> (String, Int) {
        guard wordColumns > width else { return (word, wordColumns) }
        var rest = Substring(word)
        while columns(String(rest)) > width {
            var part = prefix(String(rest), columns: width)
            if part.isEmpty, let first = rest.unicodeScalars.first {
                // A wide character in a one-column line: shown as a mark rather than looping for ever.
                rest.unicodeScalars.removeFirst()
                part = first.value == 0 ? "" : "?"
            } else {
                rest.unicodeScalars.removeFirst(part.unicodeScalars.count)
            }
            lines.append(part)
        }
        return (String(rest), columns(String(rest)))
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    }

    private static func contains(_ value: UInt32, in ranges: [ClosedRange<UInt32>]) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].lowerBound <= value
    }
}
