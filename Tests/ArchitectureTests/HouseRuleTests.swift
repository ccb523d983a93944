import Foundation
import Testing

@Suite("House rules")
struct HouseRuleTests {
    static let sources = SourceTree.swiftFiles(below: "Sources")

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
