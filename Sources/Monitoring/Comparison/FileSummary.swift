import Dispatch
package import Tabular

/// What a file holds, in bounded memory: whatever its size, about a megabyte a column of numbers, and one more each time its rows double beyond 131,072.
package struct FileSummary: Sendable {
    /// The file's name.
    package var file: String
    /// Rows.
    package var rows = 0
    /// The columns that were read.
    var columns: [ColumnSummary]
    /// Records that repeat an earlier one.
    var repeats = RecordRepeats()

    /// Reads a file.
    ///
    /// - Returns: nil when a cell came that the columns, guessed from a sample, did not foresee.
    /// - Throws: whatever is wrong with the file. Complexity: O(bytes).
    static func read(
        path: String, columns: [FileColumn], rules: FileReadingRules, isGuess: Bool = false, isCancelled: () -> Bool = { false }
    ) throws(TabularFailure) -> FileSummary? {
        let reading = try ColumnReading(path: path, columns: columns, rules: rules, isGuess: isGuess)
        var summary = FileSummary(file: reading.file, columns: columns.map { ColumnSummary($0) })
        while try reading.next() {
            if isCancelled() { throw .cancelled(file: reading.file) }
            summary.rows += reading.count
            for index in columns.indices { summary.columns[index].add(reading.column(index)) }
            for hash in reading.recordHashes { summary.repeats.add(hash) }
        }
        if reading.isSurprised { return nil }
        for index in columns.indices {
            if columns[index].kind == .categorical { summary.columns[index].texts = reading.texts(index) }
            summary.columns[index].firstMisfit = reading.misfits[index]
            if reading.hasFractions[index] { summary.columns[index].column.kind = .numeric }
        }
        return summary
    }
}

/// Two files, read at the same time by the columns of the first.
package struct FilePair: Sendable {
    /// What is compared with.
    package var reference: FileSummary
    /// What is compared.
    package var current: FileSummary
    /// Where the two files are not made alike.
    package var mismatches: [SchemaMismatch]

    /// Reads both, a thread each.
    ///
    /// - Parameter excluded: columns of either file that are not looked at.
    /// - Throws: `missingColumn` for an excluded or categorical column that no file has, and whatever is wrong with a file, the reference's first.
    package static func read(
        reference: String, current: String, rules: FileReadingRules, excluded: Set<String> = [],
        isCancelled: @Sendable () -> Bool = { false }
    ) throws(TabularFailure) -> FilePair {
        var found = try FileColumns.found(path: reference, rules: rules)
        let other = try FileColumns.found(path: current, rules: rules, isStrict: false)
        if !found.isSettled { found = try FileColumns.found(path: reference, rules: rules, limit: .max) }
        while true {
            let layout = ComparedLayout(reference: found.columns, current: other.columns, excluded: excluded)
            let guess = !found.isWhole
            let summaries = try both(reference, current) { path, isReference throws(TabularFailure) in
                try FileSummary.read(
                    path: path, columns: layout.shared, rules: rules, isGuess: isReference && guess, isCancelled: isCancelled)
            }
            if let first = summaries.0, let second = summaries.1 {
                return FilePair(reference: first, current: second, mismatches: layout.mismatches)
            }
            found = try FileColumns.found(path: reference, rules: rules, limit: .max)
        }
    }

    /// Runs a reading for each of both files at the same time.
    private static func both(
        _ reference: String, _ current: String,
        _ read: @Sendable (_ path: String, _ isReference: Bool) throws(TabularFailure) -> FileSummary?
    ) throws(TabularFailure) -> (FileSummary?, FileSummary?) {
        let results = Concurrently.map([reference, current]) { index, path in
            Result { () throws(TabularFailure) in try read(path, index == 0) }
        }
        return (try results[0].get(), try results[1].get())
    }
}

/// A way in which the second file is not made as the first.
package struct SchemaMismatch: Codable, Sendable, Equatable {
    /// What about it.
    package enum Kind: String, Codable, Sendable {
        case missing = "missing in the current file"
        case added = "not in the reference"
        case kind = "another kind"
        case order = "another place"
    }

    /// The column.
    package var column: String
    /// What about it.
    package var what: Kind
    /// In words: what it is in both.
    package var words: String
}

/// Which columns are compared, and where the files differ.
struct ComparedLayout {
    /// Columns of both files that are compared, as the reference has them.
    private(set) var shared: [FileColumn] = []
    private(set) var mismatches: [SchemaMismatch] = []

    init(reference: [FileColumn], current: [FileColumn], excluded: Set<String>) {
        let others = Dictionary(current.map { ($0.name, $0) }) { first, _ in first }
        let names = Set(reference.map(\.name))
        for column in reference where !column.name.isEmpty && !excluded.contains(column.name) {
            guard let other = others[column.name] else {
                mismatches.append(
                    SchemaMismatch(
                        column: column.name, what: .missing, words: "\(Self.words(column)) in the reference, not in the current file"))
                continue
            }
            if let found = column.kind, let now = other.kind, Self.word(found) != Self.word(now) {
                mismatches.append(
                    SchemaMismatch(
                        column: column.name, what: .kind, words: "\(Self.words(column)) in the reference, \(Self.words(other)) now"))
            }
            if column.kind != nil, column.kind != .time { shared.append(column) }
        }
        for column in current where !column.name.isEmpty && !names.contains(column.name) && !excluded.contains(column.name) {
            mismatches.append(
                SchemaMismatch(column: column.name, what: .added, words: "\(Self.words(column)) now, not in the reference"))
        }
        let known = names.subtracting(excluded)
        let order = reference.map(\.name).filter { known.contains($0) && others[$0] != nil }
        if let moved = zip(order, current.map(\.name).filter { known.contains($0) }).first(where: { $0 != $1 }) {
            mismatches.append(
                SchemaMismatch(
                    column: moved.0, what: .order, words: "columns come in another order, which does not matter: they are matched by name"))
        }
    }

    private static func words(_ column: FileColumn) -> String { column.kind.map(word) ?? "no value" }

    private static func word(_ kind: FeatureKind) -> String {
        switch kind {
        case .numeric, .integer: "numbers"
        case .boolean: "true or false"
        case .categorical: "names"
        case .time: "times"
        }
    }
}
