import Foundation
import Interchange
import Learning
import Tabular
import Testing

/// Compilers and interpreters are processes: one after the other.
@Suite("Models that are written as code", .serialized) struct CodeTests {
    static let ways = Trained.ways.filter { $0.settings["calibration"] == nil && $0.algorithm != "perceptron" }

    private static func tool(_ names: [String]) -> String? {
        let places = ["/usr/bin/", "/usr/local/bin/", "/opt/swift/usr/bin/"]
        return names.flatMap { name in places.map { $0 + name } }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let compiler = tool(["cc", "gcc", "clang"])
    static let python = tool(["python3"])
    static let swift = tool(["swiftc"])

    /// What a run answers to rows, a line each.
    private func output(_ tool: String, _ arguments: [String], _ folder: URL) throws -> String {
        let process = Process()
        process.executableURL = URL(filePath: tool)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(tool) \(arguments)")
        return String(decoding: data, as: UTF8.self)
    }

    private func inFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "flyball-code-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return try body(folder)
    }

    /// Rows as a function's arguments: numbers, nil where missing, and texts.
    private enum Cell { case number(Double?), text(String?) }

    private func cells(_ model: Model, _ way: Trained.Way, count: Int) throws -> (rows: [[Cell]], scores: [Double]) {
        let form = try #require(model.form)
        let categories = Categories()
        let rows = Trained.rows(way.task, count: count, seed: 31, isPlain: way.isPlain, categories: categories)
        var result: [[Cell]] = []
        for row in 0..<count {
            var line: [Cell] = []
            for (index, feature) in form.schema.features.enumerated() {
                let value = rows.features[row * form.schema.width + index]
                switch feature.kind {
                case .categorical:
                    line.append(.text(Int32(exactly: value).flatMap { categories[feature.name].table.name(of: $0) }))
                case .time:
                    let parts = form.parts(value)
                    for part in [parts?.hour, parts?.weekday, parts?.month] { line.append(.number(part.map { Double($0) })) }
                default: line.append(.number(value.isNaN ? nil : value))
                }
            }
            result.append(line)
        }
        return (result, model.predictor(categories: categories).scores(rows.features, count: count))
    }

    private func check(_ output: String, _ scores: [Double], _ way: Trained.Way) {
        let found = output.split(whereSeparator: \.isWhitespace).map { Double($0) ?? .nan }
        #expect(found.count == scores.count, "\(way)")
        let worst = zip(found, scores).map { abs($0 - $1) / max(1, abs($1)) }.max() ?? 0
        #expect(worst < 1e-9, "\(way): \(worst)")
    }

    @Test("Python answers as the model", .enabled(if: python != nil), arguments: ways)
    func pythonCode(_ way: Trained.Way) throws {
        let model = try Trained.model(way)
        let (rows, scores) = try cells(model, way, count: 60)
        let calls = rows.map { line in
            line.map { cell in
                switch cell {
                case .number(let value): value.map { "\($0)" } ?? "None"
                case .text(let text): text.map { "'" + $0.replacing("'", with: "\\'") + "'" } ?? "None"
                }
            }.joined(separator: ", ")
        }
        let source =
            try CodeExport(model, name: "test v1", language: .python).text
            + calls.map { "r = score(\($0))\nprint(*(r if isinstance(r, list) else [r]))\n" }.joined()
        try inFolder { folder in
            try Data(source.utf8).write(to: folder.appending(path: "score.py"))
            check(try output(try #require(Self.python), ["score.py"], folder), scores, way)
        }
    }

    @Test("C answers as the model", .enabled(if: compiler != nil), arguments: ways)
    func cCode(_ way: Trained.Way) throws {
        let model = try Trained.model(way)
        let (rows, scores) = try cells(model, way, count: 60)
        let width = scores.count / rows.count
        let calls = rows.map { line in
            let words = line.map { cell in
                switch cell {
                case .number(let value): value.map { "\($0)" } ?? "NAN"
                case .text(let text): text.map { "\"" + $0.replacing("\"", with: "\\\"") + "\"" } ?? "0"
                }
            }.joined(separator: ", ")
            return width > 1
                ? "score(\(words), r); for (int i = 0; i < \(width); i++) printf(\"%.17g \", r[i]);"
                : "printf(\"%.17g\\n\", score(\(words)));"
        }
        let source =
            try CodeExport(model, name: "test v1", language: .c).text + "#include <stdio.h>\nint main(void) { double r[9]; (void)r;\n"
            + calls.joined(separator: "\n") + "\nreturn 0; }\n"
        try inFolder { folder in
            try Data(source.utf8).write(to: folder.appending(path: "score.c"))
            _ = try output(try #require(Self.compiler), ["-std=c99", "-Werror", "-O0", "-o", "score", "score.c", "-lm"], folder)
            check(try output(folder.appending(path: "score").path, [], folder), scores, way)
        }
    }

    @Test("Swift answers as the model", .enabled(if: swift != nil), arguments: [ways[0], ways[1], ways.last ?? ways[0]])
    func swiftCode(_ way: Trained.Way) throws {
        let model = try Trained.model(way)
        let (rows, scores) = try cells(model, way, count: 20)
        let calls = rows.map { line in
            let words = line.map { cell in
                switch cell {
                case .number(let value): value.map { "\($0)" } ?? "Double.nan"
                case .text(let text): text.map { "\"" + $0.replacing("\"", with: "\\\"") + "\"" } ?? "nil"
                }
            }.joined(separator: ", ")
            return "print(score(\(words)))"
        }
        let source = try CodeExport(model, name: "test v1", language: .swift).text + calls.joined(separator: "\n") + "\n"
        try inFolder { folder in
            try Data(source.utf8).write(to: folder.appending(path: "main.swift"))
            _ = try output(try #require(Self.swift), ["-Onone", "-o", "score", "main.swift"], folder)
            let text = try output(folder.appending(path: "score").path, [], folder)
            check(String(text.map { "[],".contains($0) ? " " : $0 }), scores, way)
        }
    }

    @Test("A query answers as the model", .enabled(if: python != nil), arguments: ways)
    func query(_ way: Trained.Way) throws {
        let model = try Trained.model(way)
        let (rows, scores) = try cells(model, way, count: 60)
        let export = try CodeExport(model, name: "test v1", language: .sql)
        func literal(_ text: String) -> String { "'" + text.replacing("'", with: "\\'") + "'" }
        let tuples = rows.map { line in
            "("
                + line.map { cell in
                    switch cell {
                    case .number(let value): value.map { "\($0)" } ?? "None"
                    case .text(let text): text.map { literal($0) } ?? "None"
                    }
                }.joined(separator: ", ") + ")"
        }
        let columns = export.inputs.map { "\"\($0)\"" }.joined(separator: ", ")
        let width = scores.count / rows.count
        let source = """
            import math, sqlite3
            base = sqlite3.connect(":memory:")
            base.create_function("EXP", 1, math.exp)
            base.execute('CREATE TABLE rows (\(columns))')
            base.executemany('INSERT INTO rows VALUES (\(export.inputs.map { _ in "?" }.joined(separator: ", ")))', [\(tuples.joined(separator: ", "))])
            for line in base.execute(open('score.sql').read()): print(*line[-\(width):])
            """
        try inFolder { folder in
            try Data(export.text.utf8).write(to: folder.appending(path: "score.sql"))
            try Data(source.utf8).write(to: folder.appending(path: "run.py"))
            check(try output(try #require(Self.python), ["run.py"], folder), scores, way)
        }
    }

    @Test("Networks, corrected models and quotation marks in names: refused, or harmless")
    func refused() throws {
        let network = try Trained.model(Trained.Way(algorithm: "perceptron", task: .binary, settings: ["epochs": "1"]))
        #expect(throws: OnnxFailure.self) { try CodeExport(network, name: "n", language: .c) }
        let model = try Trained.model(Trained.Way(algorithm: "ridge", task: .regression))
        #expect(try CodeExport(model, name: "*/ int x;", language: .c).text.hasPrefix("/*  int x;, written"))
    }
}
