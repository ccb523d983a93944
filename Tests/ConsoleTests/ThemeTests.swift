import Console
import Foundation
import Testing

@Suite("Themes") struct ThemeTests {
    @Test("every theme inside the program loads, which it does only without a lint problem", arguments: ThemeCatalog.builtIn.names)
    func builtIn(name: String) throws {
        let theme = try ThemeCatalog.builtIn.load(name)
        #expect(theme.name == name)
        #expect(ThemeLint.problems(theme).isEmpty)
    }

    @Test("the themes inside the program are the files in themes/") func files() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("themes")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".toml") }.map {
            String($0.dropLast(5))
        }
        #expect(Set(names) == Set(ThemeCatalog.builtIn.names))
        #expect(Set(["midnight", "daylight", "ansi16", "mono"]).isSubset(of: names))
        for name in names {
            // Loaded as an operator's own file, it gives the same theme.
            #expect(try ThemeCatalog(userDirectory: folder.path).load(name) == ThemeCatalog.builtIn.load(name))
        }
    }

    @Test(
        "every role has a look at every depth, and in mono no meaning is lost: alert, warn and ok differ by emphasis or stand beside their glyph"
    ) func depths() throws {
        for name in ThemeCatalog.builtIn.names {
            let theme = try ThemeCatalog.builtIn.load(name)
            for role in Role.allCases {
                let paint = theme.paint(Style(role), depth: .mono)
                #expect(paint.foreground == .standard && paint.background == .standard)
                _ = theme.paint(Style(role), depth: .truecolor)
            }
            // The selected row and the focused button must show without any colour.
            for role in [Role.selection, .buttonFocused, .tabSelected, .toastAlert, .banner] {
                #expect(!theme.paint(Style(role), depth: .mono).attributes.isEmpty, "\(name): \(role.name) cannot be seen in mono")
            }
        }
    }

    /// Contrast ratios as WCAG 2.2 gives them: its own examples, and #767676, the lightest grey on white that passes AA.
    @Test(
        "contrast is WCAG's",
        arguments: [("#000000", "#ffffff", 21), ("#767676", "#ffffff", 4.54), ("#777777", "#ffffff", 4.48), ("#ff0000", "#ffffff", 4.0)]
            as [(String, String, Double)])
    func contrast(front: String, back: String, ratio: Double) throws {
        let found = try #require(RGB(hex: front)).contrast(with: try #require(RGB(hex: back)))
        #expect(abs(found - ratio) < 0.005)
    }

    /// OKLab of primaries as Ottosson's article prints them for white and as CSS Color 4's sample code gives them for red.
    @Test("OKLab is Ottosson's") func lab() {
        let white = RGB(255, 255, 255).lab
        #expect(abs(white.x - 1) < 1e-4 && abs(white.y) < 1e-4 && abs(white.z) < 1e-4)
        let red = RGB(255, 0, 0).lab
        #expect(abs(red.x - 0.62796) < 1e-4 && abs(red.y - 0.22486) < 1e-4 && abs(red.z - 0.12585) < 1e-4)
        #expect(RGB(lab: RGB(12, 200, 77).lab) == RGB(12, 200, 77))
    }

    @Test(
        "xterm's palette has its cube and greys",
        arguments: [
            (16, RGB(0, 0, 0)), (21, RGB(0, 0, 255)), (196, RGB(255, 0, 0)), (231, RGB(255, 255, 255)), (232, RGB(8, 8, 8)),
            (255, RGB(238, 238, 238)),
        ] as [(UInt8, RGB)])
    func palette(index: UInt8, colour: RGB) {
        #expect(RGB.indexed(index) == colour)
    }

    @Test(
        "a bad file names itself, its line and the reason",
        arguments: [
            ("name = ", ":1", ""), ("name = \"x\"\nsurprise = 1", "", "no such key or section: surprise"),
            ("name = \"x\"\ninherits = \"nowhere\"", "", "no such theme"), ("name = \"x\"\ninherits = \"x\"", "", "no such theme"),
            ("name = \"x\"\ninherits = \"midnight\"\n[palette]\nfog = \"#10101g\"", "", "fog"),
            ("name = \"x\"\ninherits = \"midnight\"\n[roles]\nsparkle = \"ink\"", "", "sparkle"),
            ("name = \"x\"\n[palette]\nink = \"#ffffff\"\n[roles]\ntext = \"ink\"", "", "roles without a line"),
            ("name = \"x\"\ninherits = \"midnight\"\n[palette]\nfaint2 = \"#111111\"\n[roles]\nmuted = \"faint2\"", "", "contrast"),
        ])
    func badFiles(text: String, line: String, reason: String) {
        do {
            _ = try ThemeCatalog.builtIn.resolve(text: text, file: "own.toml")
            Issue.record("was taken: \(text)")
        } catch {
            #expect(
                error.description.contains("own.toml\(line)") || error.description.contains("nowhere")
                    || error.description.contains("x: no such theme"))
            #expect(reason.isEmpty || error.description.contains(reason), "\(error)")
        }
    }

    @Test("colour is taken as the environment allows it") func detection() {
        func detect(_ environment: [String: String], _ colours: Int, direct: Bool = false) -> ColourDepth {
            ColourDepth.detect(environment: environment, terminfoColours: colours, hasDirectEntry: direct)
        }
        #expect(detect([:], 256) == .indexed256)
        #expect(detect([:], 8) == .ansi16)
        #expect(detect([:], -1) == .mono)
        #expect(detect(["NO_COLOR": "1"], 256, direct: true) == .mono)
        #expect(detect(["NO_COLOR": ""], 256) == .indexed256)
        #expect(detect(["COLORTERM": "truecolor"], 256) == .indexed256)
        #expect(detect(["COLORTERM": "24bit"], 256, direct: true) == .truecolor)
    }
}
