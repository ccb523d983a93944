/// C99.
struct CSyntax: CodeSyntax {
    func comment(_ text: String) -> String { "/* \(text) */" }
    let preamble = [
        "#include <math.h>", "#include <string.h>",
        "static int is_one(const char *text, const char *other) { return text && strcmp(text, other) == 0; }",
        "static double within(double x) { return x < -1e12 ? -1e12 : x > 1e12 ? 1e12 : x; }",
    ]
    func parameter(_ parameter: CodeProgram.Parameter) -> String { (parameter.isText ? "const char *" : "double ") + parameter.word }
    func head(_ name: String, _ parameters: [String], results: Int, isInner: Bool) -> String {
        let all = parameters + (results > 1 ? ["double result[\(results)]"] : [])
        return "\(isInner ? "static " : "")\(results > 1 ? "void" : "double") \(name)(\(all.joined(separator: ", "))) {"
    }
    func open(_ condition: String) -> String { "if (\(condition)) {" }
    let end: String? = "}"
    func number(_ value: Double) -> String { value.isNaN ? "NAN" : CodeText.number(value) }
    func condition(_ condition: CodeProgram.Condition) -> String {
        switch condition {
        case .atMost(let word, let threshold, let missing):
            missing ? "!(\(word) > \(number(threshold)))" : "\(word) <= \(number(threshold))"
        case .equals(let word, let value): "\(word) == \(value)"
        case .isMissing(let word, let isText): isText ? "!\(word)" : "isnan(\(word))"
        case .oneOf(let word, let texts, let isNot, let missing):
            (missing ? "!\(word) || " : "\(word) && ")
                + (isNot ? "!" : "") + "("
                + (texts.isEmpty ? ["0"] : texts.map { "is_one(\(word), \(quoted($0)))" }).joined(separator: " || ")
                + ")"
        }
    }
    /// Bytes by their octal numbers, which have three digits and no more.
    private func quoted(_ text: String) -> String {
        CodeText.quoted(text) { scalar in
            String(scalar).utf8.map { byte in
                let octal = String(byte, radix: 8)
                return "\\" + String(repeating: "0", count: 3 - octal.count) + octal
            }.joined()
        }
    }
    func scaled(_ word: String, _ mean: String, _ scale: String) -> String { "within((\(word) - \(mean)) * \(scale))" }
    func declare(_ word: String, _ value: String) -> String { "double \(word) = \(value);" }
    func assign(_ word: String, _ value: String) -> String { "\(word) = \(value);" }
    func give(_ value: String) -> String { "return \(value);" }
    func settle(_ word: String) -> String { "if (!isfinite(\(word))) \(word) = NAN;" }
    func finish(_ sums: [String], _ link: CodeProgram.Link) -> [String] {
        guard sums.count > 1 else { return [link == .logistic ? "return 1 / (1 + exp(-\(sums[0])));" : "return \(sums[0]);"] }
        guard link == .softmax else { return sums.enumerated().map { "result[\($0)] = \($1);" } }
        return ["double most = \(sums[0]);"] + sums.dropFirst().map { "if (\($0) > most) most = \($0);" }
            + sums.enumerated().map { "result[\($0)] = exp(\($1) - most);" }
            + ["double total = \(sums.indices.map { "result[\($0)]" }.joined(separator: " + "));"]
            + sums.indices.map { "result[\($0)] /= total;" }
    }
}

/// Swift.
struct SwiftSyntax: CodeSyntax {
    func comment(_ text: String) -> String { "// \(text)" }
    let preamble = [
        "import Foundation", "private func within(_ x: Double) -> Double { min(max(x, -1e12), 1e12) }",
        "private func isOne(_ text: String?, _ texts: [String]) -> Bool { texts.contains { $0 == text } }",
    ]
    func parameter(_ parameter: CodeProgram.Parameter) -> String { "_ \(parameter.word): " + (parameter.isText ? "String?" : "Double") }
    func head(_ name: String, _ parameters: [String], results: Int, isInner: Bool) -> String {
        "\(isInner ? "private " : "")func \(name)(\(parameters.joined(separator: ", "))) -> \(results > 1 ? "[Double]" : "Double") {"
    }
    func open(_ condition: String) -> String { "if \(condition) {" }
    let end: String? = "}"
    func number(_ value: Double) -> String { value.isNaN ? "Double.nan" : CodeText.number(value) }
    func condition(_ condition: CodeProgram.Condition) -> String {
        switch condition {
        case .atMost(let word, let threshold, let missing):
            missing ? "!(\(word) > \(number(threshold)))" : "\(word) <= \(number(threshold))"
        case .equals(let word, let value): "\(word) == \(value)"
        case .isMissing(let word, let isText): isText ? "\(word) == nil" : "\(word).isNaN"
        case .oneOf(let word, let texts, let isNot, let missing):
            (missing ? "\(word) == nil || " : "\(word) != nil && ") + (isNot ? "!" : "")
                + "isOne(\(word), [\(texts.map { text in CodeText.quoted(text) { "\\u{\(String($0.value, radix: 16))}" } }.joined(separator: ", "))])"
        }
    }
    func scaled(_ word: String, _ mean: String, _ scale: String) -> String { "within((\(word) - \(mean)) * \(scale))" }
    func declare(_ word: String, _ value: String) -> String { "var \(word): Double = \(value)" }
    func assign(_ word: String, _ value: String) -> String { "\(word) = \(value)" }
    func give(_ value: String) -> String { "return \(value)" }
    func settle(_ word: String) -> String { "let \(word) = \(word).isFinite ? \(word) : Double.nan" }
    func finish(_ sums: [String], _ link: CodeProgram.Link) -> [String] {
        guard sums.count > 1 else { return [link == .logistic ? "return 1 / (1 + exp(-\(sums[0])))" : "return \(sums[0])"] }
        guard link == .softmax else { return ["return [\(sums.joined(separator: ", "))]"] }
        return [
            "let sums: [Double] = [\(sums.joined(separator: ", "))]", "let most: Double = sums.max() ?? 0",
            "let powers: [Double] = sums.map { exp($0 - most) }", "let total: Double = powers.reduce(0, +)",
            "return powers.map { $0 / total }",
        ]
    }
}

/// Python 3.
struct PythonSyntax: CodeSyntax {
    func comment(_ text: String) -> String { "# \(text)" }
    let preamble = [
        "import math", "NAN = float('nan')", "def logistic(x):", "    if x >= 0:", "        return 1 / (1 + math.exp(-x))",
        "    return math.exp(x) / (1 + math.exp(x))",
    ]
    func parameter(_ parameter: CodeProgram.Parameter) -> String { parameter.word }
    func head(_ name: String, _ parameters: [String], results: Int, isInner: Bool) -> String {
        "def \(name)(\(parameters.joined(separator: ", "))):"
    }
    func open(_ condition: String) -> String { "if \(condition):" }
    let end: String? = nil
    func number(_ value: Double) -> String { value.isNaN ? "NAN" : CodeText.number(value) }
    func condition(_ condition: CodeProgram.Condition) -> String {
        switch condition {
        case .atMost(let word, let threshold, let missing):
            missing ? "not (\(word) > \(number(threshold)))" : "\(word) <= \(number(threshold))"
        case .equals(let word, let value): "\(word) == \(value)"
        case .isMissing(let word, let isText): isText ? "\(word) is None" : "math.isnan(\(word))"
        case .oneOf(let word, let texts, let isNot, let missing):
            (missing ? "\(word) is None or " : "\(word) is not None and ")
                + "\(word)\(isNot ? " not" : "") in [\(texts.map { quoted($0) }.joined(separator: ", "))]"
        }
    }
    private func quoted(_ text: String) -> String {
        CodeText.quoted(text) { scalar in
            let digits = String(scalar.value, radix: 16)
            return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }
    func scaled(_ word: String, _ mean: String, _ scale: String) -> String { "min(max((\(word) - \(mean)) * \(scale), -1e12), 1e12)" }
    func declare(_ word: String, _ value: String) -> String { "\(word) = \(value)" }
    func assign(_ word: String, _ value: String) -> String { "\(word) = \(value)" }
    func give(_ value: String) -> String { "return \(value)" }
    func settle(_ word: String) -> String { "\(word) = float(\(word)) if \(word) is not None and math.isfinite(\(word)) else NAN" }
    func finish(_ sums: [String], _ link: CodeProgram.Link) -> [String] {
        guard sums.count > 1 else { return [link == .logistic ? "return logistic(\(sums[0]))" : "return \(sums[0])"] }
        guard link == .softmax else { return ["return [\(sums.joined(separator: ", "))]"] }
        return [
            "sums = [\(sums.joined(separator: ", "))]", "powers = [math.exp(s - max(sums)) for s in sums]",
            "return [p / sum(powers) for p in powers]",
        ]
    }
}
