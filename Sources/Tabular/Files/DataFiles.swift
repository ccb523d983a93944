/// The one way in for whatever people keep tables in.
package enum DataFiles {
    /// Opens what a `DataReference` says, told by first bytes and not by names, as the text of one table.
    ///
    /// - Throws: `unreadable` or `malformed` for a file that is no table, with what it is and what to do; `badOption` for what does not go
    ///   together.
    static func open(_ text: String) throws(TabularFailure) -> any TextSource {
        let reference = try DataReference(text)
        let files = try reference.expanded()
        guard let first = files.first, files.count > 1 else { return try open(files.first ?? "", reference) }
        guard reference.table == nil else {
            throw .badOption(what: "a table of several databases", remedy: "name one database")
        }
        return try SeveralTexts(files, first: open(first, reference)) { path throws(TabularFailure) in try open(path, reference) }
    }

    private static func open(_ path: String, _ reference: DataReference) throws(TabularFailure) -> any TextSource {
        let file = try ReadableFile(path: path)
        let start = try file.start(FileSignature.length)
        if let table = reference.table { return try SQLiteText(file, table: table) }
        if start.starts(with: SQLiteText.signature) { throw try SQLiteText.needsTable(file) }
        if start.starts(with: ParquetText.signature) {
            try checkPlain(reference, "Parquet", file)
            return try ParquetText(file)
        }
        let isArrowFile = start.starts(with: ArrowText.signature)
        if isArrowFile || ArrowText.isStream(start) {
            try checkPlain(reference, "Arrow", file)
            return try ArrowText(file, isFile: isArrowFile)
        }
        let bytes = try Packing.open(file)
        if try JSONText.isJSON(bytes) {
            try checkPlain(reference, "JSON", file)
            return try JSONText(bytes)
        }
        guard reference.separator != nil || reference.decimal == "," else { return PlainText(bytes) }
        return DialectText(bytes, separator: reference.separator?.asciiValue ?? 0x2C, hasDecimalComma: reference.decimal == ",")
    }

    /// What a text's separators are is no question to a file that has none.
    private static func checkPlain(_ reference: DataReference, _ kind: String, _ file: ReadableFile) throws(TabularFailure) {
        guard reference.separator != nil || reference.decimal != nil else { return }
        throw .badOption(
            what: "\(SafeText.escape(file.name)) is \(kind), which has no separators", remedy: "leave --separator and --decimal out")
    }
}
