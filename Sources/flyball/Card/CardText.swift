import Reports

/// A document of headings, sentences and tables, and how it is written.
struct CardText {
    /// A piece of it.
    enum Block {
        case heading(String)
        case sentence(String)
        case table(header: [String], rows: [[String]])
        /// Drawn beside each other where a document can have drawings; the tables around say the same.
        case charts([CurveChart])
    }

    /// The heading of all.
    var title: String
    var blocks: [Block] = []

    mutating func heading(_ text: String) { blocks.append(.heading(text)) }
    mutating func sentence(_ text: String) { blocks.append(.sentence(text)) }

    mutating func charts(_ charts: [CurveChart]) { blocks.append(.charts(charts)) }

    /// A table without rows is left out.
    mutating func table(_ header: [String], _ rows: [[String]]) {
        if !rows.isEmpty { blocks.append(.table(header: header, rows: rows)) }
    }

    // MARK: Markdown

    /// As Markdown; what comes from outside cannot make markup of its own.
    var markdown: String {
        var lines = ["# " + Self.plain(title), ""]
        for block in blocks {
            switch block {
            case .heading(let text): lines += ["## " + Self.plain(text), ""]
            case .sentence(let text): lines += [Self.plain(text), ""]
            case .table(let header, let rows):
                lines.append(Self.row(header))
                lines.append("|" + String(repeating: "---|", count: header.count))
                lines += rows.map(Self.row) + [""]
            case .charts: break
            }
        }
        return lines.dropLast().joined(separator: "\n") + "\n"
    }

    private static func row(_ cells: [String]) -> String { "| " + cells.map(plain).joined(separator: " | ") + " |" }

    private static func plain(_ text: String) -> String {
        var result = ""
        for character in text {
            if #"\`*_[]<>|#"#.contains(character) { result.append("\\") }
            result.append(character)
        }
        return result
    }

    // MARK: HTML

    /// As one page of HTML that needs nothing else.
    var html: String {
        var lines = [
            "<!DOCTYPE html>", "<html lang=\"en\"><head><meta charset=\"utf-8\"><title>\(Self.escaped(title))</title><style>",
            "body{font:15px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1b1f24;background:#fff}",
            "table{border-collapse:collapse;margin:.6em 0}td,th{padding:.2em .8em;border-bottom:1px solid #d0d5db;text-align:left}",
            "th{font-weight:600}h2{margin-top:1.8em}",
            "figure{display:inline-block;width:18em;margin:.4em 1em .4em 0}figcaption{font-weight:600}svg{width:100%;height:auto}",
            "polyline{fill:none;stroke-width:1.6}.a{stroke:#1f6fb2}.chance{stroke:#98a2ae;stroke-dasharray:3 3}.b.dot{fill:#c2571a}",
            ".grid{stroke:#d0d5db}.axis{fill:#5b6470;font-size:11px}", "</style></head><body>", "<h1>\(Self.escaped(title))</h1>",
        ]
        for block in blocks {
            switch block {
            case .heading(let text): lines.append("<h2>\(Self.escaped(text))</h2>")
            case .sentence(let text): lines.append("<p>\(Self.escaped(text))</p>")
            case .table(let header, let rows):
                lines.append("<table><thead>\(Self.cells(header, "th"))</thead><tbody>")
                lines += rows.map { Self.cells($0, "td") }
                lines.append("</tbody></table>")
            case .charts(let charts):
                lines += charts.map { "<figure><figcaption>\(Self.escaped($0.title))</figcaption>\($0.svg)</figure>" }
            }
        }
        return (lines + ["</body></html>"]).joined(separator: "\n") + "\n"
    }

    private static func cells(_ cells: [String], _ tag: String) -> String {
        "<tr>" + cells.map { "<\(tag)>\(escaped($0))</\(tag)>" }.joined() + "</tr>"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing("\"", with: "&quot;")
    }
}
