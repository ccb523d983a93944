import Foundation
import Testing

/// What `:=` takes at once must stand above it: a variable that comes later is empty there, and the command that it makes fails on every machine.
@Suite("Makefile")
struct MakefileTests {
    static let known: Set<String> = ["CURDIR", "MAKE"]

    /// The variables that an immediate assignment takes before the file has set them, in the order of the text.
    static func takenTooEarly(_ text: String) -> [String] {
        var defined = known
        var early: [String] = []
        let lines = text.replacing("\\\n", with: " ").split(separator: "\n")
        for line in lines {
            guard let assignment = line.prefixMatch(of: /([A-Z_]+) *(:=|\?=|=)(.*)/) else { continue }
            if assignment.2 == ":=" {
                let names = assignment.3.matches(of: /\$\(([A-Z_]+)\)/).map { String($0.1) }
                early += names.filter { !defined.contains($0) }
            }
            defined.insert(String(assignment.1))
        }
        return early
    }

    @Test("No variable of the Makefile is taken before it is set")
    func order() throws {
        #expect(try Self.takenTooEarly(SourceTree.text("Makefile")) == [])
    }

    @Test("The check sees a variable that comes later, and passes over what is taken when it is used")
    func checker() {
        #expect(Self.takenTooEarly("B := swift -c $(C)\nC := release\n") == ["C"])
        #expect(Self.takenTooEarly("C := release\nB := swift \\\n  -c $(C)\nD = $(E)\nE ?= $(F)\n") == [])
    }
}
