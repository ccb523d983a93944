/// Which of a file's columns mean what, by position from 0.
struct ImportLayout {
    var target: Int
    var time: Int?
    var from: Int64?
    var until: Int64?
    var zone: String
    var words: MissingWords
    /// What reads the target's cells as far as it decides which rows are kept.
    var targetWords: MissingWords
    /// Columns in which words for missing are texts.
    var keepsWords: Set<String>

    /// Finds the columns that options name; throws `missingColumn` or `badOption`.
    init(_ options: ImportOptions, scanner: CSVScanner) throws(TabularFailure) {
        target = try Self.position(of: options.target, scanner)
        time = try options.timeColumn.map { name throws(TabularFailure) in try Self.position(of: name, scanner) }
        from = options.from
        until = options.until
        zone = options.zone
        words = options.missingWords
        targetWords = options.keepsWords(options.target) ? .none : words
        keepsWords = Set(options.texts ?? [])
        let roles = [options.weight, options.exposure, options.groupColumn].compactMap(\.self)
        let named = options.excluded + options.categorical + (options.texts ?? []) + options.kinds.keys.sorted() + roles
        for name in named { _ = try Self.position(of: name, scanner) }
        try Self.check(options)
    }

    /// Finds the columns that a frozen schema names.
    init(_ schema: Schema, from: Int64?, until: Int64?, scanner: CSVScanner) throws(TabularFailure) {
        target = try Self.position(of: schema.target.name, scanner)
        time = try schema.timeColumn.map { name throws(TabularFailure) in try Self.position(of: name, scanner) }
        self.from = from
        self.until = until
        zone = schema.zone
        words = schema.missingWords
        targetWords = schema.target.keepsWords == true ? .none : words
        keepsWords = Set(schema.features.filter { $0.keepsWords == true }.map(\.name))
        guard time != nil || (from == nil && until == nil) else {
            throw .badOption(what: "a time window, but the schema has no time column", remedy: "leave the window out")
        }
    }

    /// The position of a column; throws `missingColumn` with the nearest name.
    static func position(of name: String, _ scanner: CSVScanner) throws(TabularFailure) -> Int {
        guard !name.isEmpty, let index = scanner.header.firstIndex(of: name) else {
            throw .missingColumn(name: name, file: scanner.file, nearest: Names.nearest(to: name, in: scanner.header))
        }
        return index
    }

    /// A weight or an exposure is a column of numbers that is nothing else.
    private static func checkRoles(_ options: ImportOptions) throws(TabularFailure) {
        for name in [options.weight, options.exposure].compactMap(\.self) {
            let others = [options.target] + [options.timeColumn].compactMap(\.self) + options.excluded + options.categorical
            let isNamedTwice = others.contains(name) || options.keepsWords(name) || options.weight == options.exposure
            if isNamedTwice {
                throw .badOption(
                    what: "'\(SafeText.escape(name))' is a weight or an exposure and something else", remedy: "name it once")
            }
        }
    }

    private static func check(_ options: ImportOptions) throws(TabularFailure) {
        let target = SafeText.escape(options.target)
        if options.excluded.contains(options.target) {
            throw .badOption(what: "the target '\(target)' is excluded", remedy: "exclude it no longer, or name another target")
        }
        try checkRoles(options)
        if let group = options.groupColumn, group == options.target || group == options.timeColumn || options.excluded.contains(group) {
            throw .badOption(
                what: "the column of units '\(SafeText.escape(group))' is the target, the time or excluded",
                remedy: "name another one with --group; it is not learnt from")
        }
        guard let time = options.timeColumn else {
            if options.from != nil || options.until != nil {
                throw .badOption(what: "a time window without a time column", remedy: "name the time column")
            }
            return
        }
        if time == options.target { throw .badOption(what: "'\(target)' is both time and target", remedy: "name another time column") }
        if let kind = options.kinds[time], kind != .time {
            throw .badOption(
                what: "the time column '\(SafeText.escape(time))' is given the kind \(kind.rawValue)", remedy: "leave its kind out")
        }
        if options.categorical.contains(time) || options.excluded.contains(time) || options.keepsWords(time) {
            throw .badOption(
                what: "the time column '\(SafeText.escape(time))' is excluded or categorical", remedy: "name it once, as the time column")
        }
    }
}

/// Decides row by row what an import keeps: rows in the time window that have a target and a time.
struct RowSieve {
    private let layout: ImportLayout
    /// The reader of the time column; counts ambiguous and nonexistent times.
    private(set) var times: TimeParser
    private var order = TimeOrder()
    private(set) var withoutTarget = 0
    private(set) var withoutTime = 0
    /// Rows whose target is a word for missing, and the first such word with its place.
    private(set) var targetWords = 0
    private(set) var firstTargetWord: (text: String, at: CellLocation)?

    init(_ layout: ImportLayout) throws(TabularFailure) {
        self.layout = layout
        times = try TimeParser(zone: layout.zone)
    }

    /// The time of a row that is kept, 0 without a time column; nil for a row that is left out.
    ///
    /// Throws `badValue` for a time that is none.
    mutating func time(of record: CSVScanner.Record, in scanner: CSVScanner) throws(TabularFailure) -> Int64? {
        var time: Int64 = 0
        if let position = layout.time {
            let bytes = CellText.trimmed(record[position])
            if let found = times.milliseconds(bytes: bytes, in: &order) {
                time = found
            } else if bytes.isEmpty || layout.words.contains(trimmed: bytes) {
                withoutTime += 1
                return nil
            } else {
                let reader = CellReader(kind: .time)
                throw .badValue(
                    text: String(decoding: bytes.prefix(80), as: UTF8.self), expected: reader.expectation, at: scanner.location(position),
                    remedy: reader.remedy(bytes, otherwise: ""))
            }
            if let from = layout.from, time < from { return nil }
            if let until = layout.until, time >= until { return nil }
        }
        let target = CellText.trimmed(record[layout.target])
        guard target.isEmpty || layout.targetWords.contains(trimmed: target) else { return time }
        withoutTarget += 1
        if !target.isEmpty {
            targetWords += 1
            if firstTargetWord == nil {
                firstTargetWord = (String(decoding: target.prefix(80), as: UTF8.self), scanner.location(layout.target))
            }
        }
        return nil
    }

    /// What was left out or decided, for people.
    var notes: [String] {
        var notes: [String] = []
        func note(_ count: Int, _ text: String) { if count > 0 { notes.append("\(count) \(text)") } }
        note(withoutTarget, "rows without a target left out")
        note(withoutTime, "rows without a time left out")
        note(times.ambiguous - times.later, "ambiguous local times took the first of their two instants")
        note(times.later, "ambiguous local times took the later of their two instants, as the rows before them show")
        note(times.nonexistent, "local times that clocks jumped over were moved forward by the jump")
        return notes
    }
}
