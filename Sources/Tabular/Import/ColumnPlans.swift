/// A column that an import does not use.
struct LeftOut {
    var name: String
    var why: String

    /// As a sentence.
    var note: String {
        name.isEmpty
            ? "the first column has no name, as the index of a data frame, and was left out"
            : "column \(SafeText.escape(name)) has \(why) and was left out"
    }
}

/// How each input column of a file is read: the time column last, an index, other times and empty columns left out.
struct ColumnPlans {
    private(set) var used: [ColumnPlan] = []
    private(set) var leftOut: [LeftOut] = []
    /// Columns of which more rows might tell more.
    private(set) var isSettled = true
    private(set) var notes: [String] = []

    /// Throws `badValue` with the place of a cell that does not fit with the others of its column.
    init(_ options: ImportOptions, scanner: CSVScanner, profiles: [ColumnProfile]) throws(TabularFailure) {
        for (index, name) in scanner.header.enumerated() {
            if name == options.target || name == options.timeColumn || options.excluded.contains(name) { continue }
            if name.isEmpty {
                try leaveIndex(profiles[index], scanner)
                continue
            }
            try add(name, at: index, options, profiles[index], scanner)
            guard name == options.groupColumn else { continue }
            guard let last = used.indices.last, used[last].name == name else {
                throw .badOption(
                    what: "the column of units '\(SafeText.escape(name))' has no value, or times", remedy: "name another one with --group")
            }
            // Whose rows belong together may have many names.
            used[last].mayDrop = false
        }
        guard let time = options.timeColumn else { return }
        used.append(ColumnPlan(source: try ImportLayout.position(of: time, scanner), name: time, kind: .time, mayDrop: false))
    }

    /// A first column without a name counts the rows; anything else without a name is a mistake.
    private mutating func leaveIndex(_ profile: ColumnProfile, _ scanner: CSVScanner) throws(TabularFailure) {
        guard profile.isWhole || profile.present == 0 else {
            throw .malformed(
                what: "a column without a name that is no index", at: scanner.location(row: 1, 0),
                remedy: "name every column in the first line")
        }
        let column = LeftOut(name: "", why: "no name: an index")
        leftOut.append(column)
        notes.append(column.note)
    }

    private mutating func add(
        _ name: String, at index: Int, _ options: ImportOptions, _ profile: ColumnProfile, _ scanner: CSVScanner
    ) throws(TabularFailure) {
        var plan = ColumnPlan(source: index, name: name, kind: .categorical, mayDrop: false)
        if options.areNames(name) {
            plan.keepsWords = options.keepsWords(name)
            used.append(plan)
            return
        }
        if let kind = options.kinds[name] {
            plan.kind = kind
            if kind == .numeric, case .formatted(let format) = profile.verdict { plan.format = format }
            used.append(plan)
            return
        }
        switch profile.verdict {
        case .kind(.time):
            leave(LeftOut(name: name, why: "times but is not the time column"))
            notes.append("column \(SafeText.escape(name)) holds times but is not the time column and was left out")
        case .kind(let kind):
            plan.kind = kind
            plan.mayDrop = kind == .categorical
            used.append(plan)
        case .formatted(let format):
            plan.kind = .numeric
            plan.format = format
            used.append(plan)
        case .names(let why):
            plan.why = why
            plan.mayDrop = true
            plan.mistake = profile.rareName.map { rare in
                .badValue(
                    text: rare.text, expected: "a number, as the others are", at: location(rare, index, scanner),
                    remedy: "\(why): write it as the others, read all as numbers with --numeric, or all as names with --categorical")
            }
            used.append(plan)
        case .mixture(let share):
            plan.why = Self.mixed(share)
            plan.mayDrop = true
            used.append(plan)
        case .empty:
            leave(LeftOut(name: name, why: "no value"))
            notes.append("column \(SafeText.escape(name)) is empty and was left out")
        case .misfit(let misfit, let expected, let remedy):
            throw .badValue(text: misfit.text, expected: expected, at: location(misfit, index, scanner), remedy: remedy)
        }
    }

    /// Why a column is read as texts of which some look like numbers.
    static func mixed(_ share: String) -> String { "\(share) are numbers" }

    private mutating func leave(_ column: LeftOut) {
        leftOut.append(column)
        isSettled = false
    }

    private func location(_ misfit: ColumnProfile.Misfit, _ index: Int, _ scanner: CSVScanner) -> CellLocation {
        scanner.location(row: misfit.row, index)
    }
}

extension Understanding {
    /// Puts together what an import found out.
    init(_ reading: RowReading, _ schema: Schema, _ scanner: CSVScanner, leftOut: [LeftOut]) {
        let target = schema.target
        let places = Dictionary(reading.plans.enumerated().map { ($1.source, $0) }) { first, _ in first }
        let why = Dictionary(leftOut.map { ($0.name, $0.why) }) { first, _ in first }
        var columns: [Column] = []
        for (position, name) in scanner.header.enumerated() {
            if name == target.name {
                let kind: FeatureKind = target.task == .regression ? .numeric : .categorical
                let sieve = reading.sieve
                columns.append(
                    Column(
                        name: name, role: .target, kind: kind, format: target.format, why: reading.target.remark(target),
                        missing: sieve.withoutTarget, missingWords: sieve.targetWords, firstWord: sieve.firstTargetWord?.text))
            } else if let why = why[name] {
                columns.append(Column(name: name, role: .leftOut, why: why))
            } else if let place = places[position] {
                let plan = reading.plans[place]
                let isTime = name == schema.timeColumn
                let role = schema.index(of: name).flatMap { schema.features[$0].role }
                columns.append(
                    Column(
                        name: name, role: isTime ? .time : Role(role), kind: plan.kind, format: plan.format, why: plan.why,
                        missing: isTime ? reading.sieve.withoutTime : reading.tallies[place].missing,
                        missingWords: reading.tallies[place].missingWords,
                        firstWord: reading.tallies[place].firstWord))
            } else {
                let isExcluded = schema.excluded.contains(name)
                columns.append(
                    Column(name: name, role: isExcluded ? .excluded : .leftOut, why: isExcluded ? nil : "not of this deployment"))
            }
        }
        self.init(
            source: scanner.file, rows: reading.count, task: target.task, classes: target.classes,
            positive: target.task == .binary ? target.classes.last : nil, columns: columns)
    }
}
