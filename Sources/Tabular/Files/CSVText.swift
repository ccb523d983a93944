/// Cells as CSV writes them.
package enum CSVText {
    /// Adds a cell, in quotes when it holds a comma, a quote or a line end.
    package static func append(_ cell: UnsafeBufferPointer<UInt8>, to text: inout [UInt8]) {
        guard cell.contains(where: { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }) else {
            return text.append(contentsOf: cell)
        }
        text.append(0x22)
        for byte in cell {
            if byte == 0x22 { text.append(0x22) }
            text.append(byte)
        }
        text.append(0x22)
    }

    /// The fields of one line as people type it: between commas, each in quotes or not; a quote that is never closed ends with the line.
    package static func fields(_ line: String) -> [String] {
        var fields: [String] = []
        var field = ""
        var isQuoted = false
        var hasQuote = false
        for character in line {
            switch character {
            case "\"" where isQuoted || hasQuote || field.allSatisfy(\.isWhitespace):
                // Doubled within quotes it stands for itself: the second one opens again what the first one closed.
                if !isQuoted, hasQuote { field.append("\"") }
                if !hasQuote { field = "" }
                isQuoted.toggle()
                hasQuote = true
            case "," where !isQuoted:
                fields.append(field)
                (field, hasQuote) = ("", false)
            default:
                if isQuoted || !hasQuote { field.append(character) }
            }
        }
        return fields + [field]
    }

    /// A cell as bytes, in quotes when it must be.
    package static func bytes(_ cell: String) -> [UInt8] {
        var result: [UInt8] = []
        append(cell, to: &result)
        return result
    }

    /// Adds a cell, in quotes when it must be.
    package static func append(_ cell: String, to text: inout [UInt8]) {
        var copy = cell
        copy.withUTF8 { append($0, to: &text) }
    }

    /// Adds a number in the fewest digits that give the same number when read.
    package static func append(_ number: Double, to text: inout [UInt8]) {
        var digits = number.description
        digits.withUTF8 { text.append(contentsOf: $0) }
    }
}
