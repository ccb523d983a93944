/// One line of text in several styles.
package struct StyledText: Equatable, Sendable, ExpressibleByStringLiteral {
    /// A stretch of one style.
    package struct Span: Equatable, Sendable {
        package var text: String
        package var style: Style

        package init(_ text: String, _ style: Style = .text) {
            self.text = text
            self.style = style
        }
    }

    package var spans: [Span]

    /// Text in one style.
    package init(_ text: String, _ style: Style = .text) {
        spans = text.isEmpty ? [] : [Span(text, style)]
    }

    /// Text of several stretches.
    package init(_ spans: [Span]) {
        self.spans = spans
    }

    package init(stringLiteral value: String) { self.init(value) }

    /// The characters without styles.
    package var plain: String { spans.map(\.text).joined() }
    /// How many columns it takes.
    package var columns: Int { spans.reduce(0) { $0 + TextWidth.columns($1.text) } }
    package var isEmpty: Bool { spans.allSatisfy(\.text.isEmpty) }

    /// Adds a stretch at the end.
    package mutating func append(_ text: String, _ style: Style = .text) {
        if !text.isEmpty { spans.append(Span(text, style)) }
    }

    package static func + (left: StyledText, right: StyledText) -> StyledText { StyledText(left.spans + right.spans) }

    /// The same with every stretch on another role's background.
    package func on(_ ground: Role) -> StyledText {
        StyledText(spans.map { Span($0.text, $0.style.on(ground)) })
    }

    /// As much of it as fits in front of an ellipsis.
    package func truncated(to limit: Int, ellipsis: String) -> StyledText {
        guard columns > limit else { return self }
        let mark = TextWidth.columns(ellipsis) < limit ? ellipsis : ""
        var left = max(0, limit - TextWidth.columns(mark))
        var result = StyledText([])
        for span in spans {
            let width = TextWidth.columns(span.text)
            if width <= left {
                result.spans.append(span)
                left -= width
            } else {
                result.append(TextWidth.truncate(span.text, to: left, ellipsis: "") + mark, span.style)
                break
            }
        }
        return result
    }
}

extension Surface {
    /// Writes a line of several styles; returns the columns that all of it takes.
    @discardableResult
    package mutating func write(_ text: StyledText, x: Int, y: Int, clip: Rect? = nil) -> Int {
        var column = x
        for span in text.spans { column += write(span.text, x: column, y: y, style: span.style, clip: clip) }
        return column - x
    }
}
