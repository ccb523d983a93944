import Engine
import Foundation
import TOMLKit

/// A theme file as it is written, before inheritance and lint.
struct ThemeFile {
    /// One role's line: what it names is set, the rest comes from the inherited theme or from `text`.
    struct Entry {
        var foreground: ThemeColour?
        var background: ThemeColour?
        var attributes: Attributes?
    }

    var name: String
    var mode: Theme.Mode
    var inherits: String?
    var entries: [Role: Entry]

    private let file: String
    private let text: String

    /// Reads a theme; unknown keys, roles and colours are failures with their line.
    init(text: String, file: String) throws(ThemeFailure) {
        self.file = file
        self.text = text
        let table: TOMLTable
        do {
            table = try TOMLText.table(text)
        } catch {
            throw ThemeFailure(file: file, line: error.line, reason: error.reason)
        }
        name = table["name"]?.string ?? ""
        mode = .any
        entries = [:]
        guard !name.isEmpty else { throw ThemeFailure(file: file, line: 1, reason: "name = \"…\" is missing") }
        for key in table.keys where !["name", "mode", "inherits", "palette", "roles", "series", "gradient"].contains(key) {
            throw failure(key, nil, "no such key or section: \(key)")
        }
        if let word = table["mode"]?.string {
            guard let known = Theme.Mode(rawValue: word) else { throw failure("mode", nil, "mode is dark, light or any, not \(word)") }
            mode = known
        }
        inherits = table["inherits"]?.string
        let palette = try readPalette(table["palette"]?.table)
        try readRoles(table["roles"]?.table, palette: palette)
        try readList("series", "colours", table["series"]?.table, palette: palette, roles: (0..<6).map { Role.series($0) }, blends: false)
        try readList(
            "gradient", "stops", table["gradient"]?.table, palette: palette, roles: (0..<8).map { Role.gradient(Double($0) / 8 + 0.01) },
            blends: true)
    }

    private func readPalette(_ table: TOMLTable?) throws(ThemeFailure) -> [String: ThemeColour] {
        var palette: [String: ThemeColour] = [:]
        for key in table?.keys ?? [] {
            guard let value = table?[key] else { continue }
            palette[key] = try colour(value, key: key)
        }
        return palette
    }

    private func colour(_ value: any TOMLValueConvertible, key: String) throws(ThemeFailure) -> ThemeColour {
        var result = ThemeColour.standard
        if let hex = value.string {
            if hex == "default" { return .standard }
            guard let exact = RGB(hex: hex) else {
                throw failure(key, "palette", "\(key) is \"\(hex)\", and a colour is \"#rrggbb\" or \"default\"")
            }
            result.exact = exact
            return result
        }
        guard let table = value.table else {
            throw failure(key, "palette", "\(key) is no colour: write \"#rrggbb\" or { hex, indexed, ansi }")
        }
        for part in table.keys {
            switch part {
            case "hex":
                guard let exact = table[part]?.string.flatMap({ RGB(hex: $0) }) else {
                    throw failure(key, "palette", "\(key): hex is \"#rrggbb\"")
                }
                result.exact = exact
            case "indexed", "ansi":
                let limit = part == "ansi" ? 15 : 255
                guard let number = table[part]?.int, (0...limit).contains(number) else {
                    throw failure(key, "palette", "\(part) is a number from 0 to \(limit)")
                }
                if part == "ansi" { result.ansi = UInt8(number) } else { result.indexed = UInt8(number) }
            default: throw failure(key, "palette", "a colour has hex, indexed and ansi, not \(part)")
            }
        }
        return result
    }

    private mutating func readRoles(_ table: TOMLTable?, palette: [String: ThemeColour]) throws(ThemeFailure) {
        for key in table?.keys ?? [] {
            guard let role = Role(name: key) else { throw failure(key, "roles", "no such role: \(key)") }
            guard let value = table?[key] else { continue }
            var entry = Entry()
            if let word = value.string {
                entry.foreground = try named(word, palette: palette, key: key, section: "roles")
            } else if let inner = value.table {
                try read(inner, of: key, into: &entry, palette: palette)
            } else {
                throw failure(key, "roles", "a role is a colour or { fg, bg, bold, … }")
            }
            entries[role] = entry
        }
    }

    private func read(_ table: TOMLTable, of role: String, into entry: inout Entry, palette: [String: ThemeColour]) throws(ThemeFailure) {
        let emphasis: [String: Attributes] = [
            "bold": .bold, "dim": .dim, "italic": .italic, "underline": .underline, "reverse": .reverse, "strike": .strike,
        ]
        for part in table.keys {
            if part == "fg" || part == "bg" {
                guard let word = table[part]?.string else { throw failure(role, "roles", "\(part) is the name of a colour") }
                let colour = try named(word, palette: palette, key: role, section: "roles")
                if part == "fg" { entry.foreground = colour } else { entry.background = colour }
            } else if let attribute = emphasis[part], let isOn = table[part]?.bool {
                entry.attributes = isOn ? (entry.attributes ?? []).union(attribute) : (entry.attributes ?? []).subtracting(attribute)
            } else {
                let flags = emphasis.keys.sorted().joined(separator: ", ")
                throw failure(role, "roles", "a role has fg, bg and the flags \(flags), not \(part)")
            }
        }
    }

    /// A list of colours for consecutive roles; with `blends`, two to five stops mixed in OKLab.
    private mutating func readList(
        _ section: String, _ key: String, _ table: TOMLTable?, palette: [String: ThemeColour], roles: [Role], blends: Bool
    ) throws(ThemeFailure) {
        guard let table else { return }
        for found in table.keys where found != key { throw failure(found, section, "[\(section)] has only \(key)") }
        guard let array = table[key]?.array else { throw failure(key, section, "\(key) is a list of colours") }
        var colours: [ThemeColour] = []
        for element in array {
            guard let word = element.string else { throw failure(key, section, "\(key) is a list of names of colours") }
            colours.append(try named(word, palette: palette, key: key, section: section))
        }
        guard colours.count >= (blends ? 2 : 1) && colours.count <= (blends ? 5 : 6) else {
            throw failure(key, section, blends ? "a gradient has 2 to 5 stops" : "there are 1 to 6 series colours")
        }
        for (index, role) in roles.enumerated() {
            let colour = blends ? ThemeFile.blend(colours, at: Double(index) / Double(roles.count - 1)) : colours[index % colours.count]
            entries[role] = Entry(foreground: colour)
        }
    }

    private static func blend(_ stops: [ThemeColour], at share: Double) -> ThemeColour {
        let position = share * Double(stops.count - 1)
        let lower = min(Int(position), stops.count - 2)
        guard let from = stops[lower].exact, let to = stops[lower + 1].exact else { return stops[Int(position.rounded())] }
        let within = position - Double(lower)
        return ThemeColour(exact: from.mixed(with: to, share: within), indexed: nil, ansi: stops[within < 0.5 ? lower : lower + 1].ansi)
    }

    private func named(_ word: String, palette: [String: ThemeColour], key: String, section: String) throws(ThemeFailure) -> ThemeColour {
        if word == "default" { return .standard }
        if let colour = palette[word] { return colour }
        if let exact = RGB(hex: word) { return ThemeColour(exact: exact, indexed: nil, ansi: nil) }
        throw failure(key, section, "no such colour in [palette]: \(word)")
    }

    /// A failure at the line that sets a key in a section (at the top for nil).
    func failure(_ key: String, _ section: String?, _ reason: String) -> ThemeFailure {
        ThemeFailure(file: file, line: line(of: key, in: section), reason: reason)
    }

    private func line(of key: String, in section: String?) -> Int? {
        var current: String?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let trimmed = line.trimmingCharacters(in: .whitespaces)
            if trimmed.hasPrefix("[") {
                current = trimmed.trimmingCharacters(in: CharacterSet(charactersIn: "[] "))
                if section == nil && current == key { return index + 1 }
            } else if current == section,
                trimmed.split(separator: "=").first?.trimmingCharacters(in: CharacterSet(charactersIn: " \"'\t")) == key
            {
                return index + 1
            }
        }
        return nil
    }
}
