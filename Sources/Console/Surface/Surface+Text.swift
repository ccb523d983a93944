/// A surface as text, for golden tests, `:dump` and reports.
extension Surface {
    /// The characters, rows joined by line feeds, blanks at the end of a row left out.
    package var text: String {
        (0..<height).map { rowText($0) }.joined(separator: "\n")
    }

    /// One row's characters without blanks at the end.
    package func rowText(_ y: Int) -> String {
        guard y >= 0 && y < height else { return "" }
        var row = cells[(y * width)..<((y + 1) * width)]
        while let last = row.last, last.scalar == 0x20 && last.firstMark == 0 { row.removeLast() }
        var view = String.UnicodeScalarView()
        for cell in row { cell.append(to: &view) }
        return String(view)
    }

    /// The styles: a grid of one letter for each distinct style in order of appearance, then what each letter means.
    ///
    /// Plain text is a dot.
    package func styleMap() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
        var known: [Style: Character] = [.text: "."]
        var legend: [String] = []
        var rows: [String] = []
        for y in 0..<height {
            var row = ""
            for x in 0..<width {
                let style = self[x, y].style
                if known[style] == nil {
                    let letter = known.count <= letters.count ? letters[known.count - 1] : "?"
                    known[style] = letter
                    legend.append("\(letter) \(style.description)")
                }
                row.append(known[style] ?? "?")
            }
            while row.last == "." { row.removeLast() }
            rows.append(row)
        }
        return (rows + legend).joined(separator: "\n")
    }

    /// The surface as text with ANSI colour sequences, one line a row, each ended by a reset.
    package func ansi(theme: Theme, depth: ColourDepth) -> String {
        var result = ""
        for y in 0..<height {
            var current: Style?
            for x in 0..<width {
                let cell = self[x, y]
                if cell.isContinuation { continue }
                if cell.style != current {
                    result += theme.paint(cell.style, depth: depth).escapeSequence
                    current = cell.style
                }
                var view = String.UnicodeScalarView()
                cell.append(to: &view)
                result += String(view)
            }
            result += "\u{1B}[0m\n"
        }
        return result
    }
}

extension Style: CustomStringConvertible {
    /// `alert`, `alert on selection`, `text on dialog bold underline`.
    package var description: String {
        var words = [role.name]
        if ground != role { words.append("on \(ground.name)") }
        let names: [(Attributes, String)] = [
            (.bold, "bold"), (.dim, "dim"), (.italic, "italic"), (.underline, "underline"), (.reverse, "reverse"), (.strike, "strike"),
        ]
        words += names.filter { attributes.contains($0.0) }.map(\.1)
        return words.joined(separator: " ")
    }
}
