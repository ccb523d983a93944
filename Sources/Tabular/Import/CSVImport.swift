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
        let total = scanner.source.size
        var furthest: Int64 = 0
        func advance(_ done: Int64) {
            furthest = max(furthest, min(done, total))
            progress(furthest, total)
        }
        let sample = try profile(scanner, layout, limit: sampleRows, isCancelled: isCancelled) { _ in }
        if !sample.isWhole, let guess = guessedPlans(options, scanner, sample.profiles) {
            let expectedRows = scanner.estimatedRecords
            try scanner.restart()
            var reading = try RowReading(plans: guess.used, isGuess: true, target: TargetCollector(name: options.target), layout: layout)
            try reading.run(scanner, expectedRows: expectedRows, isCancelled: isCancelled, progress: advance)
            if !reading.isSurprised, reading.settleTexts() {
                advance(total)
                return try finished(&reading, options, scanner, plans: guess)
            }
        }
        try scanner.restart()
        let whole = try profile(scanner, layout, limit: .max, isCancelled: isCancelled) { advance($0 / 2) }
        let plans = try ColumnPlans(options, scanner: scanner, profiles: whole.profiles)
        try scanner.restart()
        var reading = try RowReading(plans: plans.used, target: TargetCollector(name: options.target), layout: layout)
        try reading.run(scanner, expectedRows: whole.rows, isCancelled: isCancelled) { advance(total / 2 + $0 / 2) }
        advance(total)
        return try finished(&reading, options, scanner, plans: plans)
    }

    /// Orders the rows, understands the target, drops texts that are no categories, and puts the import together.
    private static func finished(
        _ reading: inout RowReading, _ options: ImportOptions, _ scanner: CSVScanner, plans: ColumnPlans
    ) throws(TabularFailure) -> ImportedData {
        var notes = reading.sieve.notes + plans.notes
        guard reading.count > 0 else { throw noRows(reading.sieve, scanner) }
        try checkTargetWords(reading, options, scanner)
        if reading.sortByTime() { notes.append("rows were not in time order and have been sorted") }
        var (target, values) = try reading.target.resolve(task: options.task, positive: options.positive, file: scanner.file)
        if options.keepsWords(options.target) { target.keepsWords = true }
        if let remark = reading.target.remark(target) { notes.append("target \(SafeText.escape(target.name)): \(remark)") }
        var dropped: [LeftOut] = []
        var kept: [Int] = []
        for index in reading.plans.indices {
            if let why = try whyDropped(index, reading) {
                dropped.append(LeftOut(name: reading.plans[index].name, why: why))
            } else {
                kept.append(index)
            }
        }
        notes += dropped.map(\.note)
        try checkRoles(kept.map { reading.plans[$0] }, options)
        guard kept.contains(where: { options.isInput(reading.plans[$0]) }) else {
            throw .badOption(what: "\(SafeText.escape(scanner.file)) has no column left to learn from", remedy: "exclude fewer columns")
        }
        let schema = Schema(
            features: kept.map { index in
                let plan = reading.plans[index]
                let role = options.role(of: plan.name)
                return Feature(
                    name: plan.name, kind: plan.kind,
                    optional: plan.kind == .time || role != nil || plan.name == options.groupColumn, format: plan.format,
                    keepsWords: plan.keepsWords ? true : nil, role: role)
            }, target: target, timeColumn: options.timeColumn, zone: options.zone, excluded: options.excluded, missing: options.missing,
            groupColumn: options.groupColumn)
        let understanding = Understanding(reading, schema, scanner, leftOut: plans.leftOut + dropped)
        let (features, categories) = reading.takeFeatures(keeping: kept, of: schema)
        let rows = LabelledRows(schema: schema, categories: categories, features: features, targets: values, times: reading.times)
        return ImportedData(rows: rows, source: scanner.file, notes: notes, understanding: understanding)
    }

    /// What says how much a row counts must be there, and be numbers.
    private static func checkRoles(_ plans: [ColumnPlan], _ options: ImportOptions) throws(TabularFailure) {
        for name in [options.weight, options.exposure].compactMap(\.self) {
            let plan = plans.first { $0.name == name }
            guard let plan, plan.kind != .categorical, plan.kind != .time else {
                let found = plan.map { "holds \($0.kind == .time ? "times" : "names")" } ?? "was left out"
                throw .badOption(
                    what: "the column '\(SafeText.escape(name))' \(found): a weight or an exposure is a number",
                    remedy: "correct its cells, or name another column")
            }
        }
    }

    /// A class that is spelt like a word for missing must not vanish with its rows: somebody has to say which it is.
    private static func checkTargetWords(
        _ reading: RowReading, _ options: ImportOptions, _ scanner: CSVScanner
    ) throws(TabularFailure) {
        guard options.missing == nil, options.task != .regression, let word = reading.sieve.firstTargetWord,
            reading.target.hasNamedClasses
        else { return }
        throw .badValue(
            text: word.text, expected: "a class: it is a word for missing", at: word.at,
            remedy: "\(reading.sieve.targetWords) rows have it: if it is a class, keep the words of this column with --text "
                + "\(SafeText.escape(options.target)), or of all with --missing ''; if these rows have no target, say --missing "
                + "'\(MissingWords.standard.words.joined(separator: ","))' or leave the cells empty")
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
            plans.append(
                ColumnPlan(
                    source: source, name: feature.name, kind: feature.kind, format: feature.format,
                    keepsWords: feature.keepsWords ?? false, mayDrop: false))
        }
        let collector = TargetCollector(known: schema.target, words: layout.targetWords)
        var reading = try RowReading(plans: plans, target: collector, layout: layout)
        try reading.run(scanner, expectedRows: 0, isCancelled: isCancelled) { _ in }
        guard reading.count > 0 else { throw noRows(reading.sieve, scanner) }
        var notes = reading.sieve.notes
        if reading.sortByTime() { notes.append("rows were not in time order and have been sorted") }
        let understanding = Understanding(reading, schema, scanner, leftOut: [])
        let (features, categories) = reading.takeFeatures(keeping: Array(plans.indices), of: schema)
        let rows = LabelledRows(
            schema: schema, categories: categories, features: features, targets: reading.target.knownValues, times: reading.times)
        return ImportedData(rows: rows, source: scanner.file, notes: notes, understanding: understanding)
    }

    /// What each column holds, over the rows that are kept, or the first so many of them.
    private static func profile(
        _ scanner: CSVScanner, _ layout: ImportLayout, limit: Int, isCancelled: () -> Bool, progress: (Int64) -> Void
    ) throws(TabularFailure) -> (profiles: [ColumnProfile], rows: Int, isWhole: Bool) {
        let words = layout.words
        var profiles = scanner.header.map { ColumnProfile(words: layout.keepsWords.contains($0) ? .none : words) }
        var sieve = try RowSieve(layout)
        var rows = 0
        var seen = 0
        while try scanner.next() {
            seen += 1
            if seen % RowReading.stride == 0 {
                if isCancelled() { throw .cancelled(file: scanner.file) }
                progress(scanner.source.bytesRead)
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

    /// The plans that a sample suggests; nil where it cannot settle a column (empty so far, times, or nearly a column of numbers).
    private static func guessedPlans(_ options: ImportOptions, _ scanner: CSVScanner, _ profiles: [ColumnProfile]) -> ColumnPlans? {
        guard let plans = try? ColumnPlans(options, scanner: scanner, profiles: profiles), plans.isSettled else { return nil }
        // A rare name among numbers is a mistake whose place only a look at the whole file gives.
        return plans.used.contains { $0.mistake != nil } ? nil : plans
    }

    /// Why a text column that names each row rather than a group of rows is left out; nil for one that stays.
    ///
    /// Few rows prove nothing.
    private static func whyDropped(_ index: Int, _ reading: RowReading) throws(TabularFailure) -> String? {
        let plan = reading.plans[index]
        guard plan.mayDrop else { return nil }
        let distinct = reading.interners[index].count
        let isOverfull = reading.tallies[index].isOverfull
        guard isOverfull || (distinct > 20 && distinct * 2 > reading.tallies[index].present) else { return nil }
        if let mistake = plan.mistake { throw mistake }
        return isOverfull
            ? "more than \(RowReading.mostDistinct) distinct texts" : "\(distinct) distinct texts in \(reading.tallies[index].present) rows"
    }
}
