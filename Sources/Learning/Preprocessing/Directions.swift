/// Directions of columns as people write them: `distance=+,age=-`, or `none`.
enum Directions {
    /// The columns with 1 for `+` and −1 for `-`; nil for a text that does not read so.
    ///
    /// Names may hold anything but `=+,` and `=-,`.
    static func parse(_ text: String) -> [(name: String, direction: Int)]? {
        if text == "none" { return [] }
        var result: [(name: String, direction: Int)] = []
        var name = ""
        // A comma ends an item only behind a sign.
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            name += piece
            guard name.hasSuffix("=+") || name.hasSuffix("=-") else {
                name += ","
                continue
            }
            let column = String(name.dropLast(2))
            guard !column.isEmpty, !result.contains(where: { $0.name == column }) else { return nil }
            result.append((column, name.hasSuffix("+") ? 1 : -1))
            name = ""
        }
        return name.isEmpty && !result.isEmpty ? result : nil
    }
}
