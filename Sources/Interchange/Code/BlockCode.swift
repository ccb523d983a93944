import Foundation

/// How a language with blocks says things.
protocol CodeSyntax {
    func comment(_ text: String) -> String
    /// What stands before everything.
    var preamble: [String] { get }
    func parameter(_ parameter: CodeProgram.Parameter) -> String
    /// A function's first line.
    func head(_ name: String, _ parameters: [String], results: Int, isInner: Bool) -> String
    func open(_ condition: String) -> String
    /// What ends a block; nil where indentation does.
    var end: String? { get }
    func number(_ value: Double) -> String
    func condition(_ condition: CodeProgram.Condition) -> String
    func scaled(_ word: String, _ mean: String, _ scale: String) -> String
    func declare(_ word: String, _ value: String) -> String
    func assign(_ word: String, _ value: String) -> String
    func give(_ value: String) -> String
    /// What makes an infinite number a missing one.
    func settle(_ word: String) -> String
    /// The function's last lines.
    func finish(_ sums: [String], _ link: CodeProgram.Link) -> [String]
}

/// Writes a program in a language with blocks: a function for each term that asks, one that adds up.
struct BlockCode {
    let syntax: any CodeSyntax

    func write(_ program: CodeProgram, title: String) -> String {
        let parameters = program.parameters.map { syntax.parameter($0) }
        let numbers = program.definitions.map { CodeProgram.Parameter(name: "", word: $0.word, isText: false) }
        let inner = parameters + numbers.map { syntax.parameter($0) }
        let words = program.parameters.map(\.word) + program.definitions.map(\.word)
        var lines = [syntax.comment("\(title), written by flyball")]
        for parameter in program.parameters { lines.append(syntax.comment("\(parameter.word): \(Self.plain(parameter.name))")) }
        if !program.classes.isEmpty { lines.append(syntax.comment("classes: \(program.classes.map(Self.plain).joined(separator: ", "))")) }
        lines += syntax.preamble
        var body: [String] = []
        for parameter in program.parameters where !parameter.isText { body.append(syntax.settle(parameter.word)) }
        for (index, definition) in program.definitions.enumerated() {
            lines += function("definition_\(index)", parameters, definition.term)
            body.append(syntax.declare(definition.word, "definition_\(index)(\(program.parameters.map(\.word).joined(separator: ", ")))"))
        }
        for (output, sum) in program.sums.enumerated() {
            body.append(syntax.declare("s\(output)", syntax.number(sum.start)))
            for (index, term) in sum.terms.enumerated() {
                lines += function("term_\(output)_\(index)", inner, term)
                body.append(syntax.assign("s\(output)", "s\(output) + term_\(output)_\(index)(\(words.joined(separator: ", ")))"))
            }
        }
        lines.append(syntax.head("score", parameters, results: program.sums.count, isInner: false))
        body += syntax.finish(program.sums.indices.map { "s\($0)" }, program.link)
        lines += body.map { "    " + $0 }
        if let end = syntax.end { lines.append(end) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A name that stays on its line.
    private static func plain(_ text: String) -> String {
        String(text.map { $0.isNewline || $0 == "*" || $0 == "/" || $0 == "\\" ? " " : $0 })
    }

    private func function(_ name: String, _ parameters: [String], _ term: CodeProgram.Term) -> [String] {
        var lines = [syntax.head(name, parameters, results: 1, isInner: true)]
        write(term, depth: 1, &lines)
        if let end = syntax.end { lines.append(end) }
        return lines
    }

    /// Depth is that of a tree; a chain of questions goes on at the same depth, since each of its answers returns.
    private func write(_ term: CodeProgram.Term, depth: Int, _ lines: inout [String]) {
        let indent = String(repeating: "    ", count: depth)
        var rest = term
        // A loop, since there are as many questions as a column has texts.
        while case .test(let condition, let yes, let no) = rest {
            lines.append(indent + syntax.open(syntax.condition(condition)))
            write(yes, depth: depth + 1, &lines)
            if let end = syntax.end { lines.append(indent + end) }
            rest = no
        }
        switch rest {
        case .scaled(let word, let mean, let scale, let weight):
            let distance = syntax.scaled(word, syntax.number(mean), syntax.number(scale))
            lines.append(indent + syntax.give("\(syntax.number(weight)) * \(distance)"))
        case .value(let value): lines.append(indent + syntax.give(syntax.number(value)))
        case .test: break
        }
    }
}

/// Texts as most languages write them.
enum CodeText {
    /// Between quotation marks, in ASCII where a language reads `\u{…}` or bytes otherwise.
    static func quoted(_ text: String, _ other: (Unicode.Scalar) -> String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case " "..."~": result.unicodeScalars.append(scalar)
            default: result += other(scalar)
            }
        }
        return result + "\""
    }

    /// A number that reads back as itself.
    static func number(_ value: Double) -> String { "\(value)" }
}
