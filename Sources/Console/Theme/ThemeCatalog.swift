import Foundation

/// The themes that there are: the built-in ones and an operator's own files.
package struct ThemeCatalog: Sendable {
    /// A directory of `*.toml` files; a file there wins over a built-in theme of the same name.
    package let userDirectory: String?
    /// More than any theme needs, so that a wrong file cannot fill the memory.
    private static let maximumBytes = 256 << 10
    private static let maximumInheritance = 8

    /// A catalogue with an operator's own directory, or without.
    package init(userDirectory: String? = nil) {
        self.userDirectory = userDirectory
    }

    /// The themes inside the program.
    package static let builtIn = ThemeCatalog()

    /// What is drawn with when nothing else is asked for or can be read.
    package static let fallback: Theme =
        (try? builtIn.load("midnight"))
        ?? Theme(name: "plain", mode: .any, looks: [], monoAttributes: [])

    /// Every name that `load` knows, sorted.
    package var names: [String] {
        var names = Set(BuiltInThemes.files.keys)
        if let userDirectory {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: userDirectory)) ?? []
            names.formUnion(files.filter { $0.hasSuffix(".toml") }.map { String($0.dropLast(5)) })
        }
        return names.sorted()
    }

    /// Reads, resolves and checks a theme.
    ///
    /// - Throws: `ThemeFailure` for an unknown name, a file that is not TOML, an unknown key, role or colour, a role that nothing
    ///   sets, and everything that `ThemeLint` finds.
    package func load(_ name: String) throws(ThemeFailure) -> Theme {
        let (text, file) = try source(name)
        return try resolve(text: text, file: file)
    }

    /// Reads a theme from text; `file` is only named in failures.
    package func resolve(text: String, file: String) throws(ThemeFailure) -> Theme {
        let top = try ThemeFile(text: text, file: file)
        var chain = [top]
        while let parent = chain.last?.inherits {
            guard chain.count < ThemeCatalog.maximumInheritance else {
                throw top.failure("inherits", nil, "inherits from itself or more than \(ThemeCatalog.maximumInheritance) deep")
            }
            let (text, file) = try source(parent)
            chain.append(try ThemeFile(text: text, file: file))
        }
        let looks = try ThemeCatalog.looks(of: chain, file: file)
        let theme = Theme(name: top.name, mode: top.mode, looks: looks, monoAttributes: try monoAttributes(of: top, looks: looks))
        if let problem = ThemeLint.problems(theme).first { throw ThemeFailure(file: file, reason: problem) }
        return theme
    }

    /// Entries of the nearest file win; what a role leaves open is taken from `text`.
    private static func looks(of chain: [ThemeFile], file: String) throws(ThemeFailure) -> [RoleLook] {
        func entry(_ role: Role) -> ThemeFile.Entry? {
            let entries = chain.compactMap { $0.entries[role] }
            guard !entries.isEmpty else { return nil }
            return ThemeFile.Entry(
                foreground: entries.lazy.compactMap(\.foreground).first, background: entries.lazy.compactMap(\.background).first,
                attributes: entries.lazy.compactMap(\.attributes).first)
        }
        let base = entry(.text)
        let missing = Role.allCases.filter { entry($0) == nil }.map(\.name)
        guard missing.isEmpty else { throw ThemeFailure(file: file, reason: "roles without a line: \(missing.joined(separator: ", "))") }
        return Role.allCases.map { role in
            let own = entry(role)
            return RoleLook(
                foreground: own?.foreground ?? base?.foreground ?? .standard, background: own?.background ?? base?.background ?? .standard,
                attributes: own?.attributes ?? [])
        }
    }

    /// The mono theme says which emphasis stands for which role; a theme whose text has no colour says it for itself.
    private func monoAttributes(of top: ThemeFile, looks: [RoleLook]) throws(ThemeFailure) -> [Attributes] {
        guard top.name != "mono" else { return looks.map(\.attributes) }
        let mono = try ThemeFile(text: BuiltInThemes.files["mono"] ?? "", file: "mono")
        return Role.allCases.map { mono.entries[$0]?.attributes ?? [] }
    }

    private func source(_ name: String) throws(ThemeFailure) -> (text: String, file: String) {
        if let userDirectory, !name.contains("/"), !name.hasPrefix(".") {
            let path = userDirectory + "/" + name + ".toml"
            if let handle = FileHandle(forReadingAtPath: path) {
                defer { try? handle.close() }
                guard let data = try? handle.read(upToCount: ThemeCatalog.maximumBytes + 1), data.count <= ThemeCatalog.maximumBytes,
                    let text = String(data: data, encoding: .utf8)
                else {
                    let most = ThemeCatalog.maximumBytes >> 10
                    throw ThemeFailure(file: path, reason: "cannot be read, is not UTF-8 or is over \(most) KiB")
                }
                return (text, path)
            }
        }
        guard let text = BuiltInThemes.files[name] else {
            throw ThemeFailure(file: name, reason: "no such theme; there are \(names.joined(separator: ", "))")
        }
        return (text, name)
    }
}
