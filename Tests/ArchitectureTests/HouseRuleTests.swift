import Foundation
import Testing

@Suite("House rules")
struct HouseRuleTests {
    /// What a person writes: generated code is as long as the protocol that it is made from, nobody reads it, and whoever changed it by hand would lose that with
    /// the next generation.
    static let generated = "Sources/InferenceProtocol/"
    static let sources = SourceTree.swiftFiles(below: "Sources").filter { !$0.hasPrefix(generated) }

    @Test("What counts as generated says so in its first lines, and is made from a file beside it")
    func generatedCode() throws {
        let files = SourceTree.swiftFiles(below: String(Self.generated.dropLast()))
        #expect(files.count == 4)
        for file in files {
            let head = try SourceTree.text(file).split(separator: "\n").prefix(20).joined(separator: "\n")
            #expect(head.contains("DO NOT EDIT"), "\(file) is written by hand: it belongs elsewhere")
            #expect(head.contains("inference.proto") || head.contains("labels.proto"), "\(file)")
        }
    }

    @Test("No file of the product is longer than 400 lines", arguments: sources)
    func length(_ file: String) throws {
        let lines = try SourceTree.text(file).split(separator: "\n", omittingEmptySubsequences: false).count
        #expect(lines <= 401, "\(file) has \(lines) lines: which two concerns does it hold?")
    }

    @Test("A type that opts out of checking says why it is safe", arguments: sources)
    func unchecked(_ file: String) throws {
        let text = try SourceTree.text(file)
        guard text.contains("@unchecked Sendable") || text.contains("nonisolated(unsafe)") else { return }
        let words = ["confined", "sendable by hand", "invariant", "only", "immutable"]
        #expect(words.contains { text.lowercased().contains($0) }, "\(file) opts out of checking without naming its invariant")
    }

    @Test("The themes inside the program are the files in themes/")
    func themes() throws {
        let directory = SourceTree.root.appending(path: "themes")
        let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".toml") }
        #expect(names.count >= 4)
        let builtIn = try SourceTree.text("Sources/Console/Theme/BuiltInThemes.swift")
        for name in names {
            let lines = try SourceTree.text("themes/" + name).split(separator: "\n")
            for line in lines { #expect(builtIn.contains(line), "\(name) has a line that the program does not: \(line)") }
        }
    }
}
