/// The rules for the names in a file's first line.
enum CSVHeader {
    /// Throws `malformed` with the place of a name that is missing or occurs twice, or of fields that commas do not separate.
    ///
    /// The first name may be missing where others follow: data frames write their index so.
    static func check(_ names: [String], at location: (Int?) -> CellLocation) throws(TabularFailure) {
        var seen: Set<String> = []
        for (index, name) in names.enumerated() {
            guard !name.isEmpty || (index == 0 && names.count > 1) else {
                throw .malformed(what: "a column without a name", at: location(index), remedy: "name every column in the first line")
            }
            guard seen.insert(name).inserted else {
                throw .malformed(
                    what: "the column '\(SafeText.escape(name))' occurs twice", at: location(index),
                    remedy: "give each column a name of its own")
            }
        }
        if names.count == 1, let separator = [";", "\t", "|"].first(where: { names[0].contains($0) }) {
            throw .malformed(
                what: "fields are separated by '\(SafeText.escape(String(separator)))'", at: location(0),
                remedy: "say --separator '\(separator == "\t" ? "tab" : String(separator))'")
        }
    }
}
