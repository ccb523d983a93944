/// Swift source without what is no code, and as words: enough to ask simple questions of it.
enum SwiftText {
    /// The source with comments and the insides of strings blanked; lines stay where they are.
    static func code(_ source: String) -> String {
        let all = Array(source)
        var result: [Character] = []
        var index = 0
        func starts(_ text: String) -> Bool {
            let wanted = Array(text)
            return index + wanted.count <= all.count && Array(all[index..<(index + wanted.count)]) == wanted
        }
        /// Skips to just behind the text, keeping line ends.
        func skip(past text: String, escapes: Bool = false) {
            while index < all.count {
                if escapes, all[index] == "\\", index + 1 < all.count {
                    index += 2
                    continue
                }
                if starts(text) {
                    index += text.count
                    return
                }
                if all[index] == "\n" { result.append("\n") }
                index += 1
            }
        }
        while index < all.count {
            if starts("//") {
                while index < all.count, all[index] != "\n" { index += 1 }
            } else if starts("/*") {
                index += 2
                skip(past: "*/")
            } else if starts("\"\"\"") {
                index += 3
                skip(past: "\"\"\"", escapes: true)
                result.append("\"")
            } else if starts("\"") {
                index += 1
                skip(past: "\"", escapes: true)
                result.append("\"")
            } else {
                result.append(all[index])
                index += 1
            }
        }
        return String(result)
    }

    /// Identifiers, single marks, and line ends.
    static func words(_ source: String) -> [String] {
        var words: [String] = []
        var word = ""
        for character in code(source) {
            if character.isLetter || character.isNumber || character == "_" || character == "@" {
                word.append(character)
                continue
            }
            if !word.isEmpty { words.append(word) }
            word = ""
            if character == "\n" || !character.isWhitespace { words.append(String(character)) }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }
}

/// A type with the names of its stored members.
struct TypeMembers: Equatable {
    var name: String
    var members: [String]
}

/// Reads the stored members of every class, struct and actor of a file.
///
/// A simple reading: what stands directly in a type's braces and begins with `var` or `let`, is not static and not computed.
struct StoredMembers {
    private var found: [TypeMembers] = []
    private var open: [(type: TypeMembers?, braces: Int)] = []
    private var braces = 0
    private var brackets = 0

    static func types(in source: String) -> [TypeMembers] {
        var reading = StoredMembers()
        reading.read(SwiftText.words(source))
        return reading.found
    }

    private mutating func read(_ words: [String]) {
        var index = 0
        var modifiers: Set<String> = []
        while index < words.count {
            let word = words[index]
            switch word {
            case "struct", "class", "actor":
                // `class func` is a modifier, `class` before a name a type.
                if index + 1 < words.count, words[index + 1].first?.isUppercase == true {
                    beginType(words, &index)
                } else {
                    modifiers.insert(word)
                }
            case "enum", "extension", "protocol": beginOther(words, &index)
            case "var", "let":
                if let type = open.last, type.braces == braces, brackets == 0, !modifiers.contains("static"), !modifiers.contains("class") {
                    member(words, index + 1)
                }
            case "{": braces += 1
            case "}":
                if let last = open.last, last.braces == braces {
                    if let type = last.type { found.append(type) }
                    open.removeLast()
                }
                braces -= 1
            case "(", "[": brackets += 1
            case ")", "]": brackets -= 1
            default: break
            }
            if word == "\n" || word == "{" || word == "}" || word == ";" { modifiers = [] } else { modifiers.insert(word) }
            index += 1
        }
    }

    /// Goes on behind the opening brace of a type.
    private mutating func beginType(_ words: [String], _ index: inout Int) {
        let name = words[index + 1]
        while index < words.count, words[index] != "{" { index += 1 }
        braces += 1
        open.append((TypeMembers(name: name, members: []), braces))
    }

    private mutating func beginOther(_ words: [String], _ index: inout Int) {
        while index < words.count, words[index] != "{" { index += 1 }
        braces += 1
        open.append((nil, braces))
    }

    private mutating func member(_ words: [String], _ start: Int) {
        guard let last = open.indices.last, open[last].type != nil, start < words.count else { return }
        var names = [words[start]]
        var depth = 0
        var index = start + 1
        if words[start] == "(" {
            names = []
            depth = 1
        }
        while index < words.count {
            switch words[index] {
            case "(", "[", "<": depth += 1
            case ")", "]", ">": depth -= 1
            case "=" where depth == 0, "\n" where depth == 0, ";" where depth == 0, "}" where depth == 0:
                open[last].type?.members += names
                return
            case "{" where depth == 0:
                let inside = words[(index + 1)...].first { $0 != "\n" } ?? ""
                if inside == "didSet" || inside == "willSet" { open[last].type?.members += names }
                return
            case ",", "\n": break
            default: if words[start] == "(", depth == 1 { names.append(words[index]) }
            }
            index += 1
        }
    }
}
