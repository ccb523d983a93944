/// Writes a program as a query: every row of a table `rows` with its score.
enum QueryCode {
    /// In stages: what stands for texts and times, sums, answers.
    static func write(_ program: CodeProgram, title: String) -> String {
        var lines = ["-- \(title), written by flyball; a time comes as its hour, weekday (1 is Monday) and month"]
        let names = Dictionary(program.parameters.map { ($0.word, column($0.name)) }, uniquingKeysWith: { first, _ in first })
        lines.append(
            "WITH coded AS (SELECT rows.*" + program.definitions.map { ", \(term($0.term, names)) AS \($0.word)" }.joined() + " FROM rows),"
        )
        let sums = program.sums.enumerated().map { index, sum in
            "\n  " + ([number(sum.start)] + sum.terms.map { term($0, names) }).joined(separator: "\n  + ") + " AS sum_\(index)"
        }
        lines.append("scored AS (SELECT coded.*," + sums.joined(separator: ",") + " FROM coded)")
        lines.append("SELECT scored.*, \(answers(program)) FROM scored")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func answers(_ program: CodeProgram) -> String {
        switch program.link {
        case .logistic: return "1.0 / (1.0 + EXP(-sum_0)) AS score"
        case .none:
            guard program.sums.count > 1 else { return "sum_0 AS score" }
            return program.sums.indices.map { "sum_\($0) AS \(column("score " + program.classes[$0]))" }.joined(separator: ", ")
        case .softmax:
            return program.sums.indices.map { own in
                // Of differences, so that no power is too large.
                let powers = program.sums.indices.map { "EXP(\(least("sum_\($0) - sum_\(own)")))" }
                return "1.0 / (\(powers.joined(separator: " + "))) AS \(column("score " + program.classes[own]))"
            }.joined(separator: ", ")
        }
    }

    private static func least(_ value: String) -> String { "CASE WHEN \(value) > 700 THEN 700 ELSE \(value) END" }

    private static func column(_ name: String) -> String { "\"" + name.replacing("\"", with: "\"\"") + "\"" }
    private static func text(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private static func number(_ value: Double) -> String { value.isNaN ? "NULL" : value < 0 ? "(\(value))" : "\(value)" }

    private static func term(_ term: CodeProgram.Term, _ names: [String: String]) -> String {
        switch term {
        case .value(let value): return number(value)
        case .scaled(let word, let mean, let scale, let weight):
            let distance = "((\(names[word] ?? word) - \(number(mean))) * \(number(scale)))"
            return "\(number(weight)) * CASE WHEN \(distance) > 1e12 THEN 1e12 WHEN \(distance) < -1e12 THEN -1e12 ELSE \(distance) END"
        case .test(let condition, let yes, var no):
            var parts = ["(CASE WHEN \(Self.condition(condition, names)) THEN \(Self.term(yes, names))"]
            // A chain of questions is one CASE.
            while case .test(let next, let answer, let rest) = no {
                parts.append("WHEN \(Self.condition(next, names)) THEN \(Self.term(answer, names))")
                no = rest
            }
            return parts.joined(separator: " ") + " ELSE \(Self.term(no, names)) END)"
        }
    }

    private static func condition(_ condition: CodeProgram.Condition, _ names: [String: String]) -> String {
        switch condition {
        case .atMost(let word, let threshold, let missing):
            let own = names[word] ?? word
            return (missing ? "\(own) IS NULL OR " : "") + "\(own) <= \(number(threshold))"
        case .equals(let word, let value): return "\(names[word] ?? word) = \(value)"
        case .isMissing(let word, _): return "\(names[word] ?? word) IS NULL"
        case .oneOf(let word, let texts, let isNot, let missing):
            let own = names[word] ?? word
            let list = texts.map { text($0) }.joined(separator: ", ")
            // An empty list is no SQL; of nothing missing it is nothing, or everything.
            let isOne = texts.isEmpty ? (isNot ? "\(own) IS NOT NULL" : "1 = 0") : "\(own) \(isNot ? "NOT IN" : "IN") (\(list))"
            return missing ? "\(own) IS NULL OR \(isOne)" : isOne
        }
    }
}
