/// One input column of the file: where it stands and how it is read.
struct ColumnPlan {
    /// Position in the file, from 0.
    var source: Int
    var name: String
    var kind: FeatureKind
    /// How its numbers are written; nil: plainly.
    var format: NumberFormat?
    /// Whether words for missing are texts here.
    var keepsWords = false
    /// Why it is read so, where that is not plain.
    var why: String?
    /// Why leaving the column out would be a mistake.
    var mistake: TabularFailure?
    /// Whether a text column with too many distinct values is dropped.
    var mayDrop: Bool
}

/// What was seen in one column.
struct ColumnTally {
    /// Cells with a text.
    var present = 0
    /// Cells without a value.
    var missing = 0
    /// Those of them that say so with a word, and the first such word.
    var missingWords = 0
    var firstWord: String?
    /// Whether a column of texts has more distinct ones than a category may.
    var isOverfull = false
    /// Whether one of its texts could stand in a column of numbers or times.
    var isMixed = false
}

/// The second pass of an import: typed values of the kept rows, row-major; categories as codes of each column's own interner.
struct RowReading {
    /// Distinct texts beyond which a column is no category.
    static let mostDistinct = 10_000
    /// Distinct texts of a column that is a category for certain; further ones have no code of their own.
    static let mostTexts = 65_535
    /// Rows between two looks at the clock and at cancellation.
    static let stride = 8_192
    /// Values that an estimate may reserve: 256 MiB.
    private static let mostReserved = 32 << 20

    private(set) var plans: [ColumnPlan]
    private(set) var features: [Double] = []
    private(set) var times: [Int64] = []
    private(set) var target: TargetCollector
    private(set) var interners: [ByteInterner]
    /// By column.
    private(set) var tallies: [ColumnTally]
    private(set) var sieve: RowSieve
    /// Whether a value turned up that the plans, guessed from a sample, did not foresee; the reading is void then.
    private(set) var isSurprised = false
    private let isGuess: Bool
    private let layout: ImportLayout
    /// What the loop over the cells needs of a plan: copying a plan would count references to its name for each cell.
    private struct Lane {
        var source: Int
        var kind: FeatureKind
        var mayDrop: Bool
        var keepsWords: Bool
        var takesPlainNumbers: Bool
    }
    private let lanes: [Lane]
    private let readers: [CellReader]
    private var clock: TimeParser

    /// With `isGuess` a value that does not fit ends the reading as surprised instead of throwing.
    init(plans: [ColumnPlan], isGuess: Bool = false, target: TargetCollector, layout: ImportLayout) throws(TabularFailure) {
        self.plans = plans
        self.isGuess = isGuess
        self.target = target
        self.layout = layout
        sieve = try RowSieve(layout)
        readers = plans.map { CellReader(kind: $0.kind, format: $0.format, words: $0.keepsWords ? .none : layout.words) }
        lanes = zip(plans, readers).map {
            Lane(
                source: $0.source, kind: $0.kind, mayDrop: $0.mayDrop, keepsWords: $0.keepsWords, takesPlainNumbers: $1.takesPlainNumbers)
        }
        clock = try TimeParser(zone: layout.zone)
        tallies = [ColumnTally](repeating: ColumnTally(), count: plans.count)
        interners = plans.map { ByteInterner(limit: $0.mayDrop ? Self.mostDistinct : Self.mostTexts) }
    }

    /// Number of rows kept.
    var count: Int { target.count }

    /// Reads to the end of the file.
    ///
    /// Throws for the first value that does not fit.
    mutating func run(_ scanner: CSVScanner, expectedRows: Int, isCancelled: () -> Bool, progress: (Int64) -> Void) throws(TabularFailure) {
        features.reserveCapacity(min(expectedRows, Self.mostReserved / max(plans.count, 1)) * plans.count)
        let row = UnsafeMutablePointer<Double>.allocate(capacity: max(plans.count, 1))
        defer { row.deallocate() }
        if layout.time != nil { times.reserveCapacity(min(expectedRows, Self.mostReserved)) }
        target.reserve(min(expectedRows, Self.mostReserved))
        var seen = 0
        while !isSurprised, try scanner.next() {
            seen += 1
            if seen % Self.stride == 0 {
                if isCancelled() { throw .cancelled(file: scanner.file) }
                progress(scanner.source.bytesRead)
            }
            let record = scanner.record
            guard let time = try sieve.time(of: record, in: scanner) else { continue }
            try target.append(record[layout.target], scanner, layout.target)
            if layout.time != nil { times.append(time) }
            let width = lanes.count
            for index in 0..<width { row[index] = try value(index, record[lanes[index].source], scanner, time: time) }
            features.append(contentsOf: UnsafeBufferPointer(start: row, count: width))
            guard features.count <= CSVScanner.mostValues else {
                throw .tooLarge(what: "more values than fit in memory", limit: "\(CSVScanner.mostValues)", at: scanner.location())
            }
        }
    }

    @inline(__always)
    private mutating func value(
        _ index: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner, time: Int64
    ) throws(TabularFailure) -> Double {
        switch lanes[index].kind {
        case .numeric where lanes[index].takesPlainNumbers:
            if let number = CellText.number(bytes) { return number }
        case .integer:
            if lanes[index].takesPlainNumbers, let number = CellText.wholeNumber(bytes) { return number }
            if isGuess {
                // A whole number of a column of these, and nothing that makes it another: a point, a zero in front, too many digits.
                switch CellText.classify(bytes) {
                case .number, .leadingZero, .huge: isSurprised = true
                case .blank, .integer, .boolean, .text: break
                }
            }
            if lanes[index].takesPlainNumbers, bytes.count < 16, let number = CellText.number(bytes) { return number }
        case .time: return Double(time)
        case .categorical:
            // As the reader has it, without touching the reader: nearly every cell of such a column is a name.
            let name = CellText.trimmed(bytes)
            if !name.isEmpty, lanes[index].keepsWords || !layout.words.contains(trimmed: name) { return try code(index, name, scanner) }
        case .numeric, .boolean: break
        }
        switch readers[index].meaning(bytes, times: &clock) {
        case .value(let value): return value
        case .name(let name): return try code(index, name, scanner)
        case .blank:
            tallies[index].missing += 1
            return .nan
        case .word:
            tallies[index].missing += 1
            tallies[index].missingWords += 1
            if tallies[index].firstWord == nil {
                tallies[index].firstWord = CellText.trimmed(String(decoding: bytes.prefix(80), as: UTF8.self))
            }
            return .nan
        case .misfit:
            guard isGuess else { throw badValue(index, bytes, scanner) }
            isSurprised = true
            return .nan
        }
    }

    private func badValue(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner) -> TabularFailure {
        .badValue(
            text: String(decoding: bytes.prefix(80), as: UTF8.self), expected: readers[index].expectation,
            at: scanner.location(lanes[index].source),
            remedy: readers[index].remedy(bytes, otherwise: "correct the value, leave it empty, or exclude the column"))
    }

    private mutating func code(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner) throws(TabularFailure) -> Double {
        tallies[index].present += 1
        if tallies[index].isOverfull { return .nan }
        switch interners[index].code(of: bytes) {
        case .known(let code): return Double(code)
        case .new(let code):
            // A text is checked once, when it is new. A number or a time among texts: only the whole column can tell what it is.
            _ = try scanner.text(plans[index].source)
            if isGuess, lanes[index].mayDrop, CellText.isNumberOrTime(bytes) { tallies[index].isMixed = true }
            return Double(code)
        case .full:
            if !plans[index].mayDrop { return Double(CategoryDictionary.otherCode) }
            tallies[index].isOverfull = true
            return .nan
        }
    }

    /// Whether the columns of texts are what a look at the whole file would have taken them for, now that each of their texts and how often it
    /// came is known; says then in their plans why.
    ///
    /// Complexity: O(rows) for each column with texts that look like numbers.
    mutating func settleTexts() -> Bool {
        for index in plans.indices where plans[index].mayDrop && (tallies[index].isMixed || plans[index].why != nil) {
            guard !tallies[index].isOverfull else { return false }
            let texts = interners[index].texts
            var counts = [Int](repeating: 0, count: texts.count)
            for place in Swift.stride(from: index, to: features.count, by: plans.count) {
                if let code = CodeMap.code(features[place], below: counts.count) { counts[code] += 1 }
            }
            var profile = ColumnProfile(words: plans[index].keepsWords ? .none : layout.words)
            for (text, count) in zip(texts, counts) {
                var text = text
                text.withUTF8 { profile.observe($0, row: 0, times: count) }
            }
            switch profile.verdict {
            case .kind(.categorical): plans[index].why = nil
            case .mixture(let share): plans[index].why = ColumnPlans.mixed(share)
            case .names(let why) where profile.rareName == nil: plans[index].why = why
            default: return false
            }
        }
        return true
    }

    /// Puts the rows in time order, rows of one instant in the file's order; false when they were in order already.
    mutating func sortByTime() -> Bool {
        guard !times.isEmpty, zip(times, times.dropFirst()).contains(where: { $0 > $1 }) else { return false }
        let times = self.times
        let order = times.indices.sorted { times[$0] == times[$1] ? $0 < $1 : times[$0] < times[$1] }
        let width = plans.count
        var sorted: [Double] = []
        sorted.reserveCapacity(features.count)
        for row in order { sorted.append(contentsOf: features[(row * width)..<((row + 1) * width)]) }
        features = sorted
        self.times = order.map { times[$0] }
        target.reorder(order)
        return true
    }

    /// Gives the features of some columns away, with each category's dictionary; the schema is that of these columns.
    ///
    /// Works in place: a second copy of the values would cost more than reading them. The reading has no features afterwards.
    mutating func takeFeatures(keeping kept: [Int], of schema: Schema) -> (values: [Double], categories: Categories) {
        let width = lanes.count
        let rows = count
        var result: [Double] = []
        swap(&result, &features)
        if kept.count < width {
            var target = 0
            result.withUnsafeMutableBufferPointer { values in
                for row in 0..<rows {
                    for column in kept {
                        values[target] = values[row * width + column]
                        target += 1
                    }
                }
            }
            result.removeLast(result.count - target)
        }
        let texts = kept.map { lanes[$0].kind == .categorical ? interners[$0].texts : [] }
        let categories = CategoryList.unite(texts, in: &result, of: schema)
        return (result, categories)
    }
}
