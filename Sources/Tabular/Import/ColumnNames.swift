/// Names of a file's columns as people give them to a command.
package enum ColumnNames {
    /// Names between commas, in one text or in several; a name that holds a comma may stand in quotes, as in CSV.
    ///
    /// A text that is a name of the header is one, whole, and so are parts that make one together with the commas between them. What is no name
    /// comes back as it is, to be refused with the nearest one. Complexity: O(parts²).
    package static func given(_ texts: [String], of header: [String]) -> [String] {
        let names = Set(header)
        var found: [String] = []
        for text in texts {
            let whole = CellText.trimmed(text)
            guard !names.contains(whole) else {
                found.append(whole)
                continue
            }
            var rest = CSVText.fields(text)[...]
            while !rest.isEmpty {
                let length = (1...rest.count).reversed().first { names.contains(joined(rest.prefix($0))) } ?? 1
                let name = joined(rest.prefix(length))
                if !name.isEmpty { found.append(name) }
                rest = rest.dropFirst(length)
            }
        }
        return found
    }

    private static func joined(_ parts: ArraySlice<String>) -> String { CellText.trimmed(parts.joined(separator: ",")) }
}
