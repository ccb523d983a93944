import Foundation

/// The checkout that these tests were built from.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Swift files below a directory of the checkout, as paths from the root.
    static func swiftFiles(below directory: String) -> [String] {
        let base = root.appending(path: directory)
        let walker = FileManager.default.enumerator(atPath: base.path)
        let names = (walker?.allObjects as? [String]) ?? []
        return names.filter { $0.hasSuffix(".swift") }.map { directory + "/" + $0 }.sorted()
    }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// The modules that a file imports, whatever the access level or attribute in front.
    static func imports(of path: String) throws -> [String] {
        try text(path).split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let at = words.firstIndex(of: "import"), at + 1 < words.count,
                words[..<at].allSatisfy({ ["public", "package", "internal", "fileprivate", "private"].contains($0) || $0.hasPrefix("@") })
            else { return nil }
            return String(words[at + 1].prefix { $0 != "." })
        }
    }

    /// The module of a file under Sources.
    static func module(of path: String) -> String { String(path.split(separator: "/")[1]) }
}
