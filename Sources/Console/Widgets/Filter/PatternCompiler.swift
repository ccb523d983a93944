/// Turns the text of a regular expression into the steps of `Pattern`.
struct PatternCompiler {
    /// Steps of one expression; `{m,n}` repeats its part, so that the text's length alone is no bound.
    private static let limit = 4_096
    private static let deepest = 32

    private let characters: [Unicode.Scalar]
    private var index = 0
    private var depth = 0

    init(_ text: String) { characters = Array(text.unicodeScalars) }

    mutating func compile() throws(PatternFailure) -> [Pattern.Step] {
        let body = try alternatives()
        guard index == characters.count else { throw PatternFailure("a ) without its (") }
        return body + [.match]
    }

    /// Reads `a|b|c`.
    private mutating func alternatives() throws(PatternFailure) -> [Pattern.Step] {
        var result = try sequence()
        while peek == "|" {
            index += 1
            let other = try sequence()
            result =
                [.split(1, result.count + 2)] + Self.shifted(result, by: 1) + [.jump(result.count + other.count + 2)]
                + Self.shifted(other, by: result.count + 2)
        }
        return result
    }

    private mutating func sequence() throws(PatternFailure) -> [Pattern.Step] {
        var result: [Pattern.Step] = []
        while let next = peek, next != "|", next != ")" {
            let part = try repeated(try atom())
            result += Self.shifted(part, by: result.count)
            guard result.count <= Self.limit else { throw PatternFailure("the pattern repeats too much") }
        }
        return result
    }

    private mutating func atom() throws(PatternFailure) -> [Pattern.Step] {
        let next = characters[index]
        index += 1
        switch next {
        case ".": return [.any]
        case "^": return [.start]
        case "$": return [.end]
        case "[": return [.set(try bracket())]
        case "\\": return [try escape()]
        case "*", "+", "?": throw PatternFailure("nothing to repeat in front of \(next)")
        case "(":
            depth += 1
            guard depth <= Self.deepest else { throw PatternFailure("groups are nested too deep") }
            let body = try alternatives()
            guard peek == ")" else { throw PatternFailure("a ( without its )") }
            index += 1
            depth -= 1
            return body
        default: return [.one(next.value)]
        }
    }

    private mutating func repeated(_ part: [Pattern.Step]) throws(PatternFailure) -> [Pattern.Step] {
        var part = part
        while let next = peek {
            switch next {
            case "*": part = Self.star(part)
            case "+": part = part + [.split(0, part.count + 1)]
            case "?": part = Self.optional(part)
            case "{":
                guard let counts = counts() else { return part }
                part = try Self.times(part, counts)
                continue
            default: return part
            }
            index += 1
            guard part.count <= Self.limit else { throw PatternFailure("the pattern repeats too much") }
        }
        return part
    }

    private static func star(_ part: [Pattern.Step]) -> [Pattern.Step] { [.split(1, part.count + 2)] + shifted(part, by: 1) + [.jump(0)] }

    private static func optional(_ part: [Pattern.Step]) -> [Pattern.Step] { [.split(1, part.count + 1)] + shifted(part, by: 1) }

    private static func times(_ part: [Pattern.Step], _ counts: (least: Int, most: Int?)) throws(PatternFailure) -> [Pattern.Step] {
        let copies = max(counts.least, counts.most ?? counts.least)
        guard copies <= 100, counts.least <= counts.most ?? counts.least, (part.count + 2) * (copies + 1) <= limit else {
            throw PatternFailure("the pattern repeats too much")
        }
        var result: [Pattern.Step] = []
        for _ in 0..<counts.least { result += shifted(part, by: result.count) }
        if let most = counts.most {
            for _ in counts.least..<most { result += shifted(optional(part), by: result.count) }
        } else {
            result += shifted(star(part), by: result.count)
        }
        return result
    }

    /// Reads `{m}`, `{m,}` or `{m,n}`; nil, and a brace is a brace, for anything else.
    private mutating func counts() -> (least: Int, most: Int?)? {
        guard let close = characters[index...].firstIndex(of: "}") else { return nil }
        let text = String(String.UnicodeScalarView(characters[(index + 1)..<close]))
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard parts.count <= 2, let least = Int(parts[0]), (0...100).contains(least) else { return nil }
        var most: Int? = least
        if parts.count == 2 {
            most = Int(parts[1])
            guard parts[1].isEmpty || (most.map { (0...100).contains($0) } ?? false) else { return nil }
        }
        index = close + 1
        return (least, most)
    }

    private mutating func escape() throws(PatternFailure) -> Pattern.Step {
        guard let next = peek else { throw PatternFailure("a \\ with nothing behind it") }
        index += 1
        return Self.named(next).map { .set($0) } ?? .one(next == "t" ? 9 : next.value)
    }

    private static func named(_ letter: Unicode.Scalar) -> Pattern.CharacterSet? {
        switch letter {
        case "d": Pattern.CharacterSet(ranges: [48...57])
        case "D": Pattern.CharacterSet(ranges: [48...57], isInverted: true)
        case "w": Pattern.CharacterSet(ranges: [48...57, 65...90, 95...95, 97...122, 0xC0...0x24F])
        case "W": Pattern.CharacterSet(ranges: [48...57, 65...90, 95...95, 97...122, 0xC0...0x24F], isInverted: true)
        case "s": Pattern.CharacterSet(ranges: [9...13, 32...32])
        case "S": Pattern.CharacterSet(ranges: [9...13, 32...32], isInverted: true)
        default: nil
        }
    }

    /// What stands between `[` and `]`.
    private mutating func bracket() throws(PatternFailure) -> Pattern.CharacterSet {
        var set = Pattern.CharacterSet()
        if peek == "^" {
            set.isInverted = true
            index += 1
        }
        var isFirst = true
        while let next = peek, next != "]" || isFirst {
            isFirst = false
            index += 1
            var low = next
            if next == "\\", let escaped = peek {
                index += 1
                if let known = Self.named(escaped), !known.isInverted {
                    set.ranges += known.ranges
                    continue
                }
                low = escaped
            }
            if peek == "-", index + 1 < characters.count, characters[index + 1] != "]" {
                let high = characters[index + 1]
                guard low.value <= high.value else { throw PatternFailure("the range \(low)-\(high) runs backwards") }
                set.ranges.append(low.value...high.value)
                index += 2
            } else {
                set.ranges.append(low.value...low.value)
            }
        }
        guard peek == "]" else { throw PatternFailure("a [ without its ]") }
        index += 1
        return set
    }

    private var peek: Unicode.Scalar? { index < characters.count ? characters[index] : nil }

    private static func shifted(_ steps: [Pattern.Step], by offset: Int) -> [Pattern.Step] {
        steps.map { step in
            switch step {
            case .jump(let target): .jump(target + offset)
            case .split(let a, let b): .split(a + offset, b + offset)
            default: step
            }
        }
    }
}
