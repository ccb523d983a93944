import Console
import Foundation
import Testing

/// Surfaces kept as text files beside the tests; `RECORD_SNAPSHOTS=1` writes them anew.
enum Golden {
    private static let isRecording = ProcessInfo.processInfo.environment["RECORD_SNAPSHOTS"] == "1"

    /// Compares a surface with `Golden/<name>.txt`: its characters, and with `styles` also who is drawn in which role.
    static func check(_ surface: Surface, _ name: String, styles: Bool = false, location: SourceLocation = #_sourceLocation) {
        #expect(surface.checkInvariants(), "a wide character was cut in half", sourceLocation: location)
        let text = surface.text + "\n" + (styles ? String(repeating: "=", count: 20) + "\n" + surface.styleMap() + "\n" : "")
        check(text, name, location: location)
    }

    /// Compares a text with `Golden/<name>.txt`.
    static func check(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation) {
        let file = directory.appendingPathComponent(name + ".txt")
        if isRecording {
            do {
                try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            } catch { Issue.record("\(file.path) cannot be written: \(error)", sourceLocation: location) }
            return
        }
        guard let data = try? Data(contentsOf: file) else {
            Issue.record(
                "\(file.path) is missing: run the tests with RECORD_SNAPSHOTS=1 and look at what they wrote", sourceLocation: location)
            return
        }
        let expected = String(decoding: data, as: UTF8.self)
        guard expected != text else { return }
        Issue.record("\(name) looks different:\n\(difference(from: expected, to: text))", sourceLocation: location)
    }

    /// The lines that differ, with their numbers: `-` as it was, `+` as it is.
    static func difference(from expected: String, to found: String) -> String {
        let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let new = found.split(separator: "\n", omittingEmptySubsequences: false)
        var lines: [String] = []
        for index in 0..<max(old.count, new.count) {
            let before = index < old.count ? old[index] : nil
            let after = index < new.count ? new[index] : nil
            guard before != after else { continue }
            if let before { lines.append("\(index + 1) - \(before)") }
            if let after { lines.append("\(index + 1) + \(after)") }
            if lines.count >= 40 { return (lines + ["…"]).joined(separator: "\n") }
        }
        return lines.joined(separator: "\n")
    }

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Golden")
}
