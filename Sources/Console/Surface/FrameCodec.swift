/// Frames as bytes.
///
/// Layout: `version`, `flags` (1 whole, 2 cursor, 4 changed state, 8-16 glyph level), width, height, cursor, effects, the styles used (three bytes each), spans. A
/// span is its row less the row before, its column (less the end of the span before in the same row), and pieces; a piece is `length · 2 + repeat`, a
/// style number, and either one character that is repeated or `length` bytes of UTF-8. Marks belong to the character before them.
extension FrameDelta {
    /// More than the largest possible screen of three-byte characters, each in a style of its own, would take.
    package static let maximumBytes = 4 << 20
    private static let version: UInt8 = 1
    private static let maximumEffects = 8
    private static let maximumCopyBytes = 64 << 10

    /// The frame as bytes.
    ///
    /// Complexity: O(changed cells).
    package func encode() -> [UInt8] {
        var writer = FrameWriter()
        writer.byte(FrameDelta.version)
        let level = UInt8(GlyphLevel.allCases.firstIndex(of: glyphs) ?? 0)
        writer.byte((isWhole ? 1 : 0) | (cursor == nil ? 0 : 2) | (changesState ? 4 : 0) | level << 3)
        writer.number(size.width)
        writer.number(size.height)
        if let cursor {
            writer.number(cursor.x)
            writer.number(cursor.y)
        }
        let sent = effects.prefix(FrameDelta.maximumEffects)
        writer.number(sent.count)
        for effect in sent { FrameDelta.write(effect, to: &writer) }
        var numbers: [Style: Int] = [:]
        var styles: [Style] = []
        for span in spans {
            for cell in span.cells where numbers[cell.style] == nil {
                numbers[cell.style] = styles.count
                styles.append(cell.style)
            }
        }
        writer.number(styles.count)
        for style in styles { writer.style(style) }
        writer.number(spans.count)
        var row = 0
        var column = 0
        for span in spans {
            writer.number(span.y - row)
            writer.number(span.y == row ? span.x - column : span.x)
            FrameDelta.write(span.cells, numbers: numbers, to: &writer)
            row = span.y
            column = span.x + span.cells.count
        }
        return writer.bytes
    }

    /// Reads a frame; whatever the bytes are, the answer is a frame within the limits or a failure.
    package static func decode(_ bytes: [UInt8]) throws(FrameFailure) -> FrameDelta {
        guard bytes.count <= maximumBytes else {
            throw .tooLarge(field: "frame", value: UInt64(bytes.count), limit: UInt64(maximumBytes))
        }
        var reader = FrameReader(bytes)
        guard try reader.byte("version") == version else { throw .invalid(field: "version", at: 0) }
        let flags = try reader.byte("flags")
        let level = Int(flags >> 3)
        guard level < GlyphLevel.allCases.count else { throw .invalid(field: "flags", at: 1) }
        let size = Size(
            width: try reader.number("width", limit: Size.maximum.width), height: try reader.number("height", limit: Size.maximum.height))
        var cursor: Point?
        if flags & 2 != 0 {
            let point = Point(
                x: try reader.number("cursor", limit: Size.maximum.width), y: try reader.number("cursor", limit: Size.maximum.height))
            guard size.contains(point) else { throw .invalid(field: "cursor", at: reader.offset) }
            cursor = point
        }
        var delta = FrameDelta(
            size: size, glyphs: GlyphLevel.allCases[level], isWhole: flags & 1 != 0, cursor: cursor, effects: [], spans: [],
            changesState: flags & 4 != 0)
        for _ in 0..<(try reader.number("effects", limit: maximumEffects)) { delta.effects.append(try readEffect(&reader)) }
        var styles: [Style] = []
        for _ in 0..<(try reader.number("styles", limit: 4_096)) { styles.append(try reader.style()) }
        delta.spans = try readSpans(&reader, size: size, styles: styles)
        try reader.finish()
        return delta
    }

    private static func write(_ effect: TerminalEffect, to writer: inout FrameWriter) {
        switch effect {
        case .bell: writer.byte(0)
        case .copy(let text):
            writer.byte(1)
            writer.text(text.utf8.count <= maximumCopyBytes ? text : String(text.unicodeScalars.prefix(maximumCopyBytes / 4)))
        case .title(let text):
            writer.byte(2)
            writer.text(String(text.unicodeScalars.prefix(64)))
        case .theme(let name):
            writer.byte(3)
            writer.text(String(name.unicodeScalars.prefix(64)))
        case .save(let path, let content):
            let isSound = path.utf8.count <= InputEvent.maximumPathBytes && (content?.utf8.count ?? 0) <= TerminalEffect.maximumContentBytes
            writer.byte(content == nil ? 4 : 5)
            // Without a name it is refused where it arrives.
            writer.text(isSound ? path : "")
            if let content { writer.text(isSound ? content : "") }
        }
    }

    private static func readEffect(_ reader: inout FrameReader) throws(FrameFailure) -> TerminalEffect {
        let start = reader.offset
        switch try reader.byte("effect") {
        case 0: return .bell
        case 1: return .copy(try reader.text("copied text", limit: maximumCopyBytes))
        case 2: return .title(try reader.text("title", limit: 256))
        case 3: return .theme(try reader.text("theme", limit: 256))
        case 4: return .save(path: try reader.text("file", limit: InputEvent.maximumPathBytes), content: nil)
        case 5:
            let path = try reader.text("file", limit: InputEvent.maximumPathBytes)
            return .save(path: path, content: try reader.text("content", limit: TerminalEffect.maximumContentBytes))
        default: throw .invalid(field: "effect", at: start)
        }
    }
}

/// The pieces of a span.
extension FrameDelta {
    /// From so many equal cells on, one repeated character is shorter than the characters themselves.
    private static let shortestRepeat = 4

    private static func write(_ cells: [Cell], numbers: [Style: Int], to writer: inout FrameWriter) {
        let heads = cells.filter { !$0.isContinuation }
        var pieces: [(range: Range<Int>, isRepeat: Bool)] = []
        var index = 0
        var literal = 0
        func closeLiteral(at end: Int) {
            if literal < end { pieces.append((literal..<end, false)) }
        }
        while index < heads.count {
            var end = index + 1
            while end < heads.count && heads[end] == heads[index] { end += 1 }
            if end - index >= shortestRepeat {
                closeLiteral(at: index)
                pieces.append((index..<end, true))
                literal = end
            } else if literal < index && heads[index].style != heads[literal].style {
                closeLiteral(at: index)
                literal = index
            }
            index = end
        }
        closeLiteral(at: heads.count)
        writer.number(pieces.count)
        for piece in pieces {
            var text = String.UnicodeScalarView()
            for cell in piece.isRepeat ? heads[piece.range].prefix(1) : heads[piece.range] { cell.append(to: &text) }
            let utf8 = String(text)
            writer.number((piece.isRepeat ? piece.range.count : utf8.utf8.count) * 2 + (piece.isRepeat ? 1 : 0))
            writer.number(numbers[heads[piece.range.lowerBound].style] ?? 0)
            if piece.isRepeat { writer.number(utf8.utf8.count) }
            for byte in utf8.utf8 { writer.byte(byte) }
        }
    }

    private static func readSpans(_ reader: inout FrameReader, size: Size, styles: [Style]) throws(FrameFailure) -> [Span] {
        var spans: [Span] = []
        var row = 0
        var column = 0
        for _ in 0..<(try reader.number("spans", limit: Size.maximum.width * Size.maximum.height)) {
            let rows = try reader.number("row", limit: Size.maximum.height)
            let columns = try reader.number("column", limit: Size.maximum.width)
            row += rows
            column = rows == 0 ? column + columns : columns
            guard row < size.height && column < size.width else { throw .invalid(field: "span position", at: reader.offset) }
            let cells = try readCells(&reader, limit: size.width - column, styles: styles)
            guard !cells.isEmpty else { throw .invalid(field: "span", at: reader.offset) }
            spans.append(Span(x: column, y: row, cells: cells))
            column += cells.count
        }
        return spans
    }

    private static func readCells(_ reader: inout FrameReader, limit: Int, styles: [Style]) throws(FrameFailure) -> [Cell] {
        var cells: [Cell] = []
        for _ in 0..<(try reader.number("pieces", limit: limit)) {
            let header = try reader.number("piece", limit: Size.maximum.width * 32)
            let number = try reader.number("style number", limit: 4_096)
            guard number < styles.count else { throw .invalid(field: "style number", at: reader.offset) }
            let isRepeat = header & 1 == 1
            let text = try reader.literal(count: isRepeat ? try reader.number("character", limit: 12) : header / 2)
            let piece = try readCells(of: text, style: styles[number], at: reader.offset)
            let times = isRepeat ? header / 2 : 1
            guard !piece.isEmpty, times > 0, !isRepeat || piece.count == Int(piece[0].columns),
                cells.count + piece.count * times <= limit
            else { throw .invalid(field: "piece", at: reader.offset) }
            for _ in 0..<times { cells += piece }
        }
        return cells
    }

    private static func readCells(of text: String, style: Style, at offset: Int) throws(FrameFailure) -> [Cell] {
        var cells: [Cell] = []
        var head: Int?
        for scalar in text.unicodeScalars {
            guard TextWidth.isDrawable(scalar) else { throw .invalid(field: "character", at: offset) }
            let columns = TextWidth.columns(scalar)
            if columns == 0 {
                guard let head, cells[head].secondMark == 0 else { throw .invalid(field: "combining mark", at: offset) }
                cells[head].combine(scalar)
                continue
            }
            head = cells.count
            cells.append(Cell(scalar, columns: UInt8(columns), style: style))
            if columns == 2 { cells.append(.continuation(style)) }
        }
        return cells
    }
}

extension FrameReader {
    /// So many bytes of strict UTF-8.
    fileprivate mutating func literal(count: Int) throws(FrameFailure) -> String {
        let start = offset
        guard count <= left else { throw .truncated(field: "characters") }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for _ in 0..<count { bytes.append(try byte("characters")) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .invalid(field: "characters", at: start) }
        return text
    }
}
