import Console
import Foundation
import FoundationXML
import Synchronization
import Testing

@Suite("Screens kept in files") struct PicturesTests {
    /// The text of every `<text>` element, in order.
    private final class Letters: NSObject, XMLParserDelegate {
        var texts: [String] = []
        var ids = 0
        private var isInside = false

        func parser(
            _: XMLParser, didStartElement name: String, namespaceURI _: String?, qualifiedName _: String?, attributes _: [String: String]
        ) {
            if name == "text" {
                isInside = true
                texts.append("")
            }
        }
        func parser(_: XMLParser, didEndElement name: String, namespaceURI _: String?, qualifiedName _: String?) { isInside = false }
        func parser(_: XMLParser, foundCharacters text: String) { if isInside { texts[texts.count - 1] += text } }
    }

    private static func letters(_ svg: String) throws -> [String] {
        let parser = XMLParser(data: Data(svg.utf8))
        let letters = Letters()
        parser.delegate = letters
        try #require(parser.parse(), "\(String(describing: parser.parserError))")
        return letters.texts
    }

    private static func directory() throws -> String {
        let path = NSTemporaryDirectory() + "flyball-pictures-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    @Test("a drawing writes letters at their columns and draws what must meet") func drawing() throws {
        var surface = Surface(size: Size(width: 12, height: 2))
        surface.write("a <&> ─█", x: 0, y: 0)
        surface.write("⣿ 中b", x: 1, y: 1, style: Style(.alert, on: .text))
        let svg = ScreenImage(surface: surface, theme: ThemeCatalog.fallback, depth: .mono).content(.svg)
        #expect(try Self.letters(svg) == ["a <&>", "中b"])
        // Five columns of eight from the margin; one wide and one narrow from the fourth column on, in the second row.
        #expect(svg.contains(#"<text x="8" y="20.2" textLength="40""#), "\(svg)")
        #expect(svg.contains(#"<text x="32" y="36.2" textLength="24""#), "\(svg)")
        // The line in the middle of the seventh cell, and the whole eighth.
        #expect(svg.contains("M56 15.45h8v1.1h-8z"), "\(svg)")
        #expect(svg.contains("M64 8h8v16h-8z"), "\(svg)")
        let alert = ThemeCatalog.fallback.paint(Style(.alert, on: .text), depth: .truecolor).foreground
        guard case .rgb(let colour) = alert else {
            Issue.record("the fallback theme names exact colours")
            return
        }
        let digits = [colour.red, colour.green, colour.blue].map { String(format: "%02x", $0) }.joined()
        #expect(svg.contains("fill=\"#\(digits)\""), "\(svg)")
    }

    @Test(
        "every theme draws the fleet as a document that can be read, with every letter that the screen has",
        arguments: ThemeCatalog.builtIn.names)
    func themes(name: String) throws {
        let console = SessionDriver(size: Size(width: 100, height: 30))
        let surface = console.surface
        let theme = try ThemeCatalog.builtIn.load(name)
        let svg = ScreenImage(surface: surface, theme: theme, depth: .indexed256).content(.svg)
        let written = try Self.letters(svg).joined().filter { !$0.isWhitespace }
        let drawn: (Character) -> Bool = { character in
            guard let scalar = character.unicodeScalars.first?.value else { return false }
            return (0x2500...0x2591).contains(scalar) || (0x2800...0x28FF).contains(scalar)
        }
        #expect(written == surface.text.filter { !$0.isWhitespace && !drawn($0) })
    }

    @Test("a file's ending says what is written; nothing is overwritten and no link is followed") func files() throws {
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var surface = Surface(size: Size(width: 4, height: 1))
        surface.write("ok", x: 0, y: 0)
        let picture = ScreenImage(surface: surface, theme: ThemeCatalog.fallback, depth: .truecolor)
        for (name, start) in [("a.svg", "<svg"), ("b.ans", "\u{1B}[0"), ("c.txt", "ok\n"), ("d", "ok\n")] {
            #expect(picture.content(ScreenImage.Format(fileName: name)).hasPrefix(start))
        }
        #expect(FreshFile.write("page", to: directory + "/a.html") == nil)
        #expect(FreshFile.write("other", to: directory + "/a.html") == "there is a file of that name: choose another")
        #expect(try String(contentsOfFile: directory + "/a.html", encoding: .utf8) == "page")
        try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: directory + "/target")
        #expect(FreshFile.write("x", to: directory + "/link") != nil)
        #expect(!FileManager.default.fileExists(atPath: directory + "/target"))
        #expect(FreshFile.write("x", to: directory + "/no/such.txt") == "No such file or directory")
    }

    @Test("dump hands the name to the terminal and says what became of it") func command() {
        let console = SessionDriver().command("dump night of the 3rd.svg")
        #expect(console.effects.contains(.save(path: "night of the 3rd.svg", content: nil)))
        console.session.receive(.saved(path: "night of the 3rd.svg", failure: nil))
        console.settle()
        console.expect("saved night of the 3rd.svg")
        console.session.receive(.saved(path: "x.txt", failure: "No space left on device"))
        console.settle()
        console.expect("not saved: x.txt: No space left on device")
        SessionDriver().command("dump").expect("name a new file")
    }

    /// A terminal that plays what is typed, then is gone.
    private final class TypingTerminal: Terminal {
        let size = Size(width: 20, height: 2)
        var picture: ScreenImage?
        private var events: [InputEvent]

        init(_ events: [InputEvent]) {
            self.events = events
            picture = ScreenImage(surface: Surface(size: size), theme: ThemeCatalog.fallback, depth: .mono)
        }

        func wait(milliseconds: Int?) -> TerminalInput {
            if milliseconds != nil { return TerminalInput() }
            return TerminalInput(events: events.isEmpty ? [.hangup] : [events.removeFirst()])
        }
        func draw(_: FrameDelta) {}
        func redraw() {}
        func suspend() {}
        func resume() {}
        func restore() {}
    }

    /// A console that orders the screen to be kept in a file whenever enter is pressed.
    private final class Ordering: ConsoleModel {
        private struct State {
            var isDue = false
            var answers: [String] = []
        }
        private let state = Mutex(State())
        let path: String
        let content: String?

        init(path: String, content: String? = nil) { (self.path, self.content) = (path, content) }

        var answers: [String] { state.withLock { $0.answers } }
        func receive(_ event: InputEvent) {
            state.withLock { state in
                if event == .key(Key(.enter)) { state.isDue = true }
                if case .saved(_, let failure) = event { state.answers.append(failure ?? "saved") }
            }
        }
        func nextDelta() -> FrameDelta? {
            state.withLock { state in
                guard state.isDue else { return nil }
                state.isDue = false
                var delta = Surface(size: Size(width: 20, height: 2)).delta(from: nil)
                delta.effects = [.save(path: path, content: content)]
                return delta
            }
        }
        func drawn() {}
        var ending: ConsoleEnding? { nil }
        func close() {}
    }

    @Test("a frame keeps the screen only in a file whose name was typed at this terminal") func typed() throws {
        let directory = try Self.directory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/screen.txt"
        func run(_ events: [InputEvent], content: String? = nil) throws -> [String] {
            let model = Ordering(path: path, content: content)
            _ = TerminalLoop(wake: try #require(TerminalWake())).run(model, on: TypingTerminal(events))
            return model.answers
        }
        let enter = InputEvent.key(Key(.enter))
        let keys = path.unicodeScalars.map { InputEvent.key(.character($0)) }
        let refused = try run([.key(.character("x")), enter])
        #expect(refused.count == 1 && refused[0].hasPrefix("type the file's name"), "\(refused)")
        #expect(!FileManager.default.fileExists(atPath: path))
        #expect(try run(keys + [.key(.character("!")), .key(Key(.backspace)), enter]) == ["saved"])
        #expect(FileManager.default.fileExists(atPath: path))
        #expect(try run([enter], content: "a page")[0].hasPrefix("type the file's name"))
        #expect(try run([.paste(path), enter]) == ["there is a file of that name: choose another"])
    }
}
