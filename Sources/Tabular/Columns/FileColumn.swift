/// What a column of a file holds, told by its cells alone: for files that are looked at without a deployment.
package struct FileColumn: Sendable, Equatable {
    /// The name in the header; empty for an index without one.
    package var name: String
    /// What its cells are; nil where it has no value at all.
    package var kind: FeatureKind?
    /// How its numbers are written; nil: plainly.
    package var format: NumberFormat?
    /// Why it is read so, where that is not plain.
    package var why: String?
    /// What is wrong with a cell that does not fit with the others, where that is no error of the reading; the column has no kind then.
    package var mistake: TabularFailure?
    /// What the others are.
    package var nearly: FeatureKind?

    package init(name: String, kind: FeatureKind?, format: NumberFormat? = nil, why: String? = nil) {
        self.name = name
        self.kind = kind
        self.format = format
        self.why = why
    }

    /// Whether its cells are read as numbers: truths are 1 and 0.
    package var isNumeric: Bool { kind == .numeric || kind == .integer || kind == .boolean }
}

/// How the cells of a file are taken when nothing but the file says what they are.
package struct FileReadingRules: Sendable {
    /// Words that stand for no value.
    package var words: MissingWords
    /// Columns that hold names, whatever they look like.
    package var categorical: Set<String>

    package init(words: MissingWords = .standard, categorical: Set<String> = []) {
        self.words = words
        self.categorical = categorical
    }
}

/// The columns of a file as an import would understand them.
package struct FileColumns: Sendable {
    /// Rows from which kinds are guessed.
    package static let sampleRows = 2_000

    /// One entry a column, in the file's order.
    package var columns: [FileColumn]
    /// Whether the whole file was looked at: else a later cell may contradict.
    package var isWhole: Bool

    /// The columns of a file by its first so many rows.
    ///
    /// - Parameter isStrict: whether a cell that does not fit with the others of its column is an error; else the column has no kind.
    /// - Throws: `badValue` with the place of such a cell (only when the whole file was looked at), and whatever is wrong with the file.
    ///   Complexity: O(bytes) of those rows.
    package static func found(
        path: String, rules: FileReadingRules, limit: Int = sampleRows, isStrict: Bool = true
    ) throws(TabularFailure) -> FileColumns {
        let scanner = try CSVScanner(path: path)
        var profiles = scanner.header.map { _ in ColumnProfile(words: rules.words) }
        var rows = 0
        while rows < limit, try scanner.next() {
            rows += 1
            let (record, row) = (scanner.record, scanner.row)
            for index in 0..<record.count { profiles[index].observe(record[index], row: row) }
        }
        let isWhole = rows < limit
        var columns: [FileColumn] = []
        for (index, name) in scanner.header.enumerated() {
            guard !rules.categorical.contains(name) else {
                columns.append(FileColumn(name: name, kind: profiles[index].present > 0 || !isWhole ? .categorical : nil))
                continue
            }
            columns.append(try column(name, index, profiles[index], scanner, isStrict: isStrict && isWhole))
        }
        return FileColumns(columns: columns, isWhole: isWhole)
    }

    private static func column(
        _ name: String, _ index: Int, _ profile: ColumnProfile, _ scanner: CSVScanner, isStrict: Bool
    ) throws(TabularFailure) -> FileColumn {
        switch profile.verdict {
        case .kind(let kind): return FileColumn(name: name, kind: kind)
        case .formatted(let format): return FileColumn(name: name, kind: .numeric, format: format)
        case .names(let why): return FileColumn(name: name, kind: .categorical, why: why)
        case .mixture(let share): return FileColumn(name: name, kind: .categorical, why: "\(share) are numbers")
        case .empty: return FileColumn(name: name, kind: nil)
        case .misfit(let misfit, let expected, let remedy):
            let failure = TabularFailure.badValue(
                text: misfit.text, expected: expected, at: scanner.location(row: misfit.row, index), remedy: remedy)
            if isStrict { throw failure }
            var column = FileColumn(name: name, kind: nil)
            (column.mistake, column.nearly) = (failure, profile.nearly)
            return column
        }
    }

    /// Whether a look at more rows could tell more: a column without a value so far, or with cells of more than one look.
    package var isSettled: Bool { isWhole || columns.allSatisfy { $0.kind != nil && $0.why == nil } }
}
