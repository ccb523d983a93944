import Console
import Control
import Engine
import Foundation
import Tabular

extension FuzzTarget {
    /// What people write in files and at prompts, and what consoles send.
    static let texts = [toml, frames, commands]

    /// Configuration, policies, themes.
    private static let toml = FuzzTarget(name: "toml") {
        [
            "listen = \"127.0.0.1:8180\"\n[operators]\n[backup]\ntarget = \"/b\"\nevery = \"24h\"\n[gates]\nlog_loss = 0.03\n",
            "automation = \"auto\"\n[retrain]\nevery = \"24h\"\non_drift = true\n[limits]\nmax_per_day = 3\n",
            "name = \"night\"\nmode = \"dark\"\ninherits = \"default\"\n[palette]\na = \"#102030\"\n[roles]\ntext = { fg = \"a\" }\n",
        ].map(bytes)
    } prepare: {
        let themes = ThemeCatalog()
        return { input in
            let text = String(decoding: input, as: UTF8.self)
            _ = try? WorkspaceConfiguration.parse(text)
            _ = try? Policy.parse(text, deployment: "d")
            _ = try? themes.resolve(text: text, file: "t.toml")
        }
    }

    /// Frames of the workspace's socket, and what stands in them.
    private static let frames = FuzzTarget(name: "frames") {
        [[0, 0, 0, 3, 1, 0x7B, 0x7D], [0, 0, 0, 1, 2]]
    } prepare: {
        { input in
            var parser = FrameParser(limit: 65_536)
            parser.append(input)
            while let frame = try? parser.next() { precondition(frame.payload.count < 65_536, "a frame within its limit") }
            let bytes = Array(input)
            _ = try? FrameDelta.decode(bytes)
            _ = try? InputEvent.decode(bytes)
            _ = ConsoleOpening.decode(bytes)
            _ = try? decodeJSON(ActionRequest.self, String(decoding: bytes, as: UTF8.self))
            _ = try? decodeJSON(HistoryQuery.self, String(decoding: bytes, as: UTF8.self))
            _ = try? decodeJSON(HistoryPage.self, String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Lines behind `:`, and texts that are shown: what is drawn moves no cursor.
    private static let commands = FuzzTarget(name: "commands") {
        ["promote flight-delay v3", "theme night", "label \u{202E}x\u{1B}[2J 東京"].map(bytes)
    } prepare: {
        { input in
            let text = String(decoding: input, as: UTF8.self)
            _ = CommandTable.parse(text)
            _ = CSVText.fields(text)
            precondition(SafeText.isHarmless(SafeText.escape(text)), "an escaped text is harmless")
            var surface = Surface(size: Size(width: 40, height: 4))
            for (index, line) in TextWidth.wrap(text, width: 20).prefix(4).enumerated() { surface.write(line, x: 30, y: index) }
            precondition(surface.checkInvariants(), "wide characters stay whole")
        }
    }
}
