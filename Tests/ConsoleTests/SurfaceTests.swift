import Console
import Engine
import Foundation
import Tabular
import Testing

@Suite("Surface") struct SurfaceTests {
    /// Text of narrow, wide, combining and harmful characters.
    static func randomText(_ random: inout SplitMix) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "Z", " ", "é", "\u{301}", "中", "가", "😀", "\u{1B}", "\u{202E}", "\u{200D}", "\n", "▁", "⣿", "\u{FE0F}",
        ]
        var view = String.UnicodeScalarView()
        for _ in 0..<Int(random.next() % 12) { view.append(scalars[Int(random.next() % UInt64(scalars.count))]) }
        return String(view)
    }

    private static let roles: [Console.Role] = [.text, .alert, .selection, .dialog, .series6, .gradient7]

    static func randomSurface(_ random: inout SplitMix, size: Size) -> Surface {
        var surface = Surface(size: size)
        scribble(&random, on: &surface)
        return surface
    }

    static func scribble(_ random: inout SplitMix, on surface: inout Surface) {
        for _ in 0..<(1 + random.next() % 12) {
            let x = Int(random.next() % 60) - 10
            let y = Int(random.next() % 20) - 4
            let role = roles[Int(random.next() % UInt64(roles.count))]
            let style = Style(role, on: .text, Attributes(rawValue: UInt8(random.next() % 64)))
            switch random.next() % 4 {
            case 0: surface.fill(Rect(x: x, y: y, width: Int(random.next() % 9), height: Int(random.next() % 5)), "#", style: style)
            case 1: surface.restyle(Rect(x: x, y: y, width: Int(random.next() % 9), height: 2)) { $0.with(.bold) }
            case 2: surface.cursor = random.next() % 2 == 0 ? nil : Point(x: Int(random.next() % 8), y: Int(random.next() % 4))
            default:
                surface.write(
                    randomText(&random), x: x, y: y, style: style,
                    clip: random.next() % 3 == 0 ? Rect(x: 3, y: 1, width: 7, height: 3) : nil)
            }
        }
    }

    @Test("whatever is written, no wide character is ever cut in half") func invariants() {
        var random = SplitMix(seed: 7)
        for _ in 0..<400 {
            let surface = Self.randomSurface(&random, size: Size(width: Int(random.next() % 40), height: Int(random.next() % 12)))
            #expect(surface.checkInvariants())
            #expect(!surface.text.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
        }
    }

    @Test("a change applied to the surface before gives the surface after, as values and through bytes") func deltas() throws {
        var random = SplitMix(seed: 11)
        var old = Self.randomSurface(&random, size: Size(width: 37, height: 9))
        for _ in 0..<300 {
            var new = old
            Self.scribble(&random, on: &new)
            let delta = new.delta(from: old)
            #expect(delta.isEmpty == (new == old))
            #expect(try Surface.applying(delta, to: old) == new)
            let decoded = try FrameDelta.decode(delta.encode())
            #expect(decoded == delta)
            old = new
        }
    }

    @Test(
        "a whole frame needs nothing before it, and another size makes a whole frame") func whole() throws
    {
        var random = SplitMix(seed: 13)
        for (width, height) in [(1, 1), (80, 24), (200, 60), (1_000, 500)] {
            let surface = Self.randomSurface(&random, size: Size(width: width, height: height))
            let delta = surface.delta(from: Surface(size: Size(width: 3, height: 3)))
            #expect(delta.isWhole)
            let bytes = delta.encode()
            #expect(bytes.count <= FrameDelta.maximumBytes)
            #expect(try Surface.applying(try FrameDelta.decode(bytes), to: nil) == surface)
        }
    }

    @Test("random and damaged bytes are read as a frame within the limits or refused, never more") func fuzz() throws {
        var random = SplitMix(seed: 17)
        let sound = Self.randomSurface(&random, size: Size(width: 60, height: 12)).delta(from: nil).encode()
        let rounds = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1" ? 200_000 : 6_000
        for round in 0..<rounds {
            var bytes = round % 3 == 0 ? (0..<Int(random.next() % 60)).map { _ in UInt8(truncatingIfNeeded: random.next()) } : sound
            if round % 3 != 0 {
                for _ in 0...(random.next() % 4) where !bytes.isEmpty {
                    bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
                }
                if round % 5 == 0 { bytes.removeLast(Int(random.next() % UInt64(bytes.count))) }
            }
            guard let delta = try? FrameDelta.decode(bytes) else { continue }
            #expect(delta.size.width <= Size.maximum.width && delta.size.height <= Size.maximum.height)
            if let surface = try? Surface.applying(delta, to: Surface(size: delta.size)) { #expect(surface.checkInvariants()) }
        }
    }

    @Test("every input event comes back from its bytes, and damaged ones are refused or read as another") func events() throws {
        let events: [InputEvent] = [
            .key(.character("p")), .key(Key(.character("π"), [.alt])), .key(Key(.enter)), .key(Key(.function(63))),
            .key(Key(.pageDown, [.shift, .control])),
            .resize(Size(width: 200, height: 60)), .paste("two\nlines ✓"), .focus(true), .focus(false), .hangup,
            .saved(path: "a b.svg", failure: nil), .saved(path: "~/π.txt", failure: "there is a file of that name"),
        ]
        for event in events { #expect(try InputEvent.decode(event.encode()) == event) }
        var random = SplitMix(seed: 19)
        for _ in 0..<20_000 {
            _ = try? InputEvent.decode((0..<Int(random.next() % 12)).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        }
    }

    /// Columns as wcwidth 0.7.0 for Python says them.
    @Test(
        "characters take as many columns as wcwidth says",
        arguments: [
            ("a", 1), ("é", 1), ("\u{301}", 0), ("\u{200D}", 0), ("中", 2), ("Ａ", 2), ("가", 2), ("ᄀ", 2), ("⌚", 2), ("●", 1), ("█", 1),
            ("⣿", 1), ("…", 1),
            ("\u{3000}", 2), ("｡", 1), ("😀", 2), ("ั", 0), ("\u{5B0}", 0), ("\u{20DD}", 0), ("\u{FE0F}", 0), ("〈", 2), ("〿", 1), ("𠀀", 2),
            ("—", 1), ("✓", 1),
        ] as [(Unicode.Scalar, Int)])
    func widths(scalar: Unicode.Scalar, columns: Int) {
        #expect(TextWidth.columns(scalar) == columns)
    }

    @Test("cutting, filling and wrapping never take more columns than there are") func cutting() {
        var random = SplitMix(seed: 23)
        for _ in 0..<500 {
            let text = Self.randomText(&random) + Self.randomText(&random)
            let width = Int(random.next() % 14)
            #expect(TextWidth.columns(TextWidth.truncate(text, to: width)) <= width)
            #expect(TextWidth.columns(TextWidth.pad(text, to: width)) == width)
            for line in TextWidth.wrap(text, width: width) { #expect(TextWidth.columns(line) <= width) }
        }
    }

    @Test("a split fills its length exactly, whatever the weights") func splits() {
        var random = SplitMix(seed: 29)
        for _ in 0..<300 {
            let area = Rect(x: 2, y: 3, width: Int(random.next() % 220), height: Int(random.next() % 70))
            let weights = (0..<(1 + random.next() % 6)).map { _ in 1 + Int(random.next() % 9) }
            let parts = area.columns(weights: weights)
            #expect(parts.map(\.width).reduce(0, +) == area.width)
            #expect(zip(parts, parts.dropFirst()).allSatisfy { $0.maxX == $1.minX })
            #expect(area.rows(weights: weights).map(\.height).reduce(0, +) == area.height)
        }
    }

    @Test(
        "every key's name reads back as the key",
        arguments: [
            "p", "R", "ctrl-p", "alt-x", "ctrl-alt-left", "enter", "esc", "space", "F5", "shift-up", "shift-tab", "pagedown", "/", ":", "<",
            "-", "[", "ctrl-space",
        ])
    func keyNames(name: String) throws {
        let key = try #require(Key(name: name))
        #expect(key.name == name)
    }

    @Test("what is no key is not read as one", arguments: ["", "pp", "ctrl-", "F0", "F64", "ctrl-ctrl-a", "\u{1B}", "entre"])
    func notKeys(name: String) {
        #expect(Key(name: name) == nil)
    }
}

/// A small generator with a seed (SplitMix64), so that every run draws the same.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
