/// Reads delimited files whole or not at all.
public enum CSVImport {
    /// Rows from which the columns' kinds are guessed.
    private static let sampleRows = 2_000

    /// Reads a plain or gzip file (told by its first bytes) and infers its schema.
    ///
    /// A column's kind is what all its kept values agree on. Kinds are guessed from the first rows and the values read in one pass; when a
    /// later value contradicts the guess, two full passes decide, so that the result never depends on the guess. Memory holds the values,
    /// not the text. Any malformed record, ragged row or value that does not fit is an error with its place. Rows come in time order where
    /// there is a time column. Complexity: O(bytes).
    ///
    /// - Parameters:
    ///   - path: a regular file.
    ///   - options: the target and everything that overrides inference.
    ///   - isCancelled: asked every few thousand rows; true throws `cancelled`.
    ///   - progress: bytes done of the total; never goes back.
    public static func read(
        path: String, options: ImportOptions, isCancelled: () -> Bool = { false },
        progress: (_ bytesRead: Int64, _ bytesTotal: Int64) -> Void = { _, _ in }
    ) throws(TabularFailure) -> ImportedData {
        let scanner = try CSVScanner(path: path)
        let layout = try ImportLayout(options, scanner: scanner)
        let total = scanner.source.file.size
        var furthest: Int64 = 0
        func advance(_ done: Int64) {
            furthest = max(furthest, min(done, total))
            progress(furthest, total)
        }
        let sample = try profile(scanner, layout, limit: sampleRows, isCancelled: isCancelled) { _ in }
        if !sample.isWhole, let guess = guessedPlans(options, scanner, sample.profiles) {
            let expectedRows = scanner.estimatedRecords
            try scanner.restart()
            var reading = try RowReading(plans: guess, isGuess: true, target: TargetCollector(name: options.target), layout: layout)
            try reading.run(scanner, expectedRows: expectedRows, isCancelled: isCancelled, progress: advance)
            if !reading.isSurprised {
                advance(total)
                return try finished(&reading, options, scanner, notes: [])
            }
        }
        try scanner.restart()
        let whole = try profile(scanner, layout, limit: .max, isCancelled: isCancelled) { advance($0 / 2) }
        var notes: [String] = []
        let plans = try plans(options, scanner: scanner, profiles: whole.profiles, notes: &notes)
        try scanner.restart()
        var reading = try RowReading(plans: plans, target: TargetCollector(name: options.target), layout: layout)
        try reading.run(scanner, expectedRows: whole.rows, isCancelled: isCancelled) { advance(total / 2 + $0 / 2) }
        advance(total)
        return try finished(&reading, options, scanner, notes: notes)
    }

    /// Orders the rows, understands the target, drops texts that are no categories, and puts the import together.
    private static func finished(
        _ reading: inout RowReading, _ options: ImportOptions, _ scanner: CSVScanner, notes planNotes: [String]
    ) throws(TabularFailure) -> ImportedData {
        var notes = reading.sieve.notes + planNotes
        guard reading.count > 0 else { throw noRows(reading.sieve, scanner) }
        if reading.sortByTime() { notes.append("rows were not in time order and have been sorted") }
        let (target, values) = try reading.target.resolve(task: options.task, positive: options.positive, file: scanner.file)
        let kept = reading.plans.indices.filter { keeps($0, reading, &notes) }
        guard kept.contains(where: { reading.plans[$0].kind != .time }) else {
            throw .badOption(what: "\(SafeText.escape(scanner.file)) has no column left to learn from", remedy: "exclude fewer columns")
        }
        let schema = Schema(
            features: kept.map { index in
                let plan = reading.plans[index]
                return Feature(name: plan.name, kind: plan.kind, optional: plan.kind == .time)
            }, target: target, timeColumn: options.timeColumn, zone: options.zone, excluded: options.excluded)
        var (features, texts) = reading.takeFeatures(keeping: kept)
        let categories = texts.distribute(over: &features, of: schema)
        let rows = LabelledRows(schema: schema, categories: categories, features: features, targets: values, times: reading.times)
        return ImportedData(rows: rows, source: scanner.file, notes: notes)
    }

    /// Reads a file in the layout of a frozen schema: columns are matched by name, extra ones ignored, a missing one is an error.
    ///
    /// `from ≤ time < until`, UTC milliseconds. Complexity: O(bytes), one pass.
    public static func read(
        path: String, schema: Schema, from: Int64?, until: Int64?, isCancelled: () -> Bool = { false }
    ) throws(TabularFailure) -> ImportedData {
        let scanner = try CSVScanner(path: path)
        let layout = try ImportLayout(schema, from: from, until: until, scanner: scanner)
        var plans: [ColumnPlan] = []
        for feature in schema.features {
            let source = try ImportLayout.position(of: feature.name, scanner)
            plans.append(ColumnPlan(source: source, name: feature.name, kind: feature.kind, mayDrop: false))
        }
        var reading = try RowReading(plans: plans, target: TargetCollector(known: schema.target), layout: layout)
        try reading.run(scanner, expectedRows: 0, isCancelled: isCancelled) { _ in }
        guard reading.count > 0 else { throw noRows(reading.sieve, scanner) }
        var notes = reading.sieve.notes
        if reading.sortByTime() { notes.append("rows were not in time order and have been sorted") }
        var (features, texts) = reading.takeFeatures(keeping: Array(plans.indices))
        let categories = texts.distribute(over: &features, of: schema)
        let rows = LabelledRows(
            schema: schema, categories: categories, features: features, targets: reading.target.knownValues, times: reading.times)
        return ImportedData(rows: rows, source: scanner.file, notes: notes)
    }

    /// What each column holds, over the rows that are kept, or the first so many of them.
    private static func profile(
        _ scanner: CSVScanner, _ layout: ImportLayout, limit: Int, isCancelled: () -> Bool, progress: (Int64) -> Void
    ) throws(TabularFailure) -> (profiles: [ColumnProfile], rows: Int, isWhole: Bool) {
        var profiles = [ColumnProfile](repeating: ColumnProfile(), count: scanner.header.count)
        var sieve = try RowSieve(layout)
        var rows = 0
        var seen = 0
        while try scanner.next() {
            seen += 1
            if seen % RowReading.stride == 0 {
                if isCancelled() { throw .cancelled(file: scanner.file) }
                progress(scanner.source.file.bytesRead)
            }
            let record = scanner.record
            guard try sieve.time(of: record, in: scanner) != nil else { continue }
            if rows == limit { return (profiles, rows, false) }
            rows += 1
            let row = scanner.row
            for index in 0..<record.count where index != layout.time { profiles[index].observe(record[index], row: row) }
        }
        guard rows > 0 else { throw noRows(sieve, scanner) }
        return (profiles, rows, true)
    }

    private static func noRows(_ sieve: RowSieve, _ scanner: CSVScanner) -> TabularFailure {
        let why = sieve.notes.isEmpty ? "none is in the file or the time window" : sieve.notes.joined(separator: ", ")
        return .noRows(file: scanner.file, why: why)
    }

    /// How each input column is read: the time column last, other times and empty columns left out.
    private static func plans(
        _ options: ImportOptions, scanner: CSVScanner, profiles: [ColumnProfile], notes: inout [String]
    ) throws(TabularFailure) -> [ColumnPlan] {
        var plans: [ColumnPlan] = []
        for (index, name) in scanner.header.enumerated() {
            if name == options.target || name == options.timeColumn || options.excluded.contains(name) { continue }
            guard let kind = try kind(of: index, options, scanner, profiles[index]) else {
                notes.append("column \(SafeText.escape(name)) is empty and was left out")
                continue
            }
            if kind == .time {
                notes.append("column \(SafeText.escape(name)) holds times but is not the time column and was left out")
                continue
            }
            let isGiven = options.kinds[name] != nil || options.categorical.contains(name)
            plans.append(ColumnPlan(source: index, name: name, kind: kind, mayDrop: kind == .categorical && !isGiven))
        }
        if let time = options.timeColumn {
            plans.append(ColumnPlan(source: try ImportLayout.position(of: time, scanner), name: time, kind: .time, mayDrop: false))
        }
        return plans
    }

    /// The plans that a sample suggests; nil where it cannot settle a column (empty so far, times, or a mixture).
    private static func guessedPlans(_ options: ImportOptions, _ scanner: CSVScanner, _ profiles: [ColumnProfile]) -> [ColumnPlan]? {
        var notes: [String] = []
        let plans = try? plans(options, scanner: scanner, profiles: profiles, notes: &notes)
        guard let plans, notes.isEmpty, !plans.contains(where: { $0.mayDrop && profiles[$0.source].isMixed }) else { return nil }
        return plans
    }

    private static func kind(
        of index: Int, _ options: ImportOptions, _ scanner: CSVScanner, _ profile: ColumnProfile
    ) throws(TabularFailure) -> FeatureKind? {
        let name = scanner.header[index]
        if let kind = options.kinds[name] { return kind }
        if options.categorical.contains(name) { return .categorical }
        switch profile.verdict {
        case .kind(let kind): return kind
        case .empty: return nil
        case .misfit(let misfit, let expected, let remedy):
            let place = CellLocation(file: scanner.file, row: misfit.row, column: index + 1, name: name)
            throw .badValue(text: misfit.text, expected: expected, at: place, remedy: remedy)
        }
    }

    /// Text columns that name each row rather than a group of rows are left out, with a note.
    ///
    /// Few rows prove nothing.
    private static func keeps(_ index: Int, _ reading: RowReading, _ notes: inout [String]) -> Bool {
        let plan = reading.plans[index]
        guard plan.mayDrop else { return true }
        let distinct = reading.interners[index].count
        let name = SafeText.escape(plan.name)
        if reading.isOverfull[index] {
            notes.append("column \(name) has more than \(RowReading.mostDistinct) distinct texts and was left out")
            return false
        }
        if distinct > 20, distinct * 2 > reading.present[index] {
            notes.append("column \(name) has \(distinct) distinct texts in \(reading.present[index]) rows and was left out")
            return false
        }
        return true
    }
}
