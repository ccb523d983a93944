/// Collects the target column: classes by text, numbers by value, and decides what can be predicted of them.
struct TargetCollector {
    /// Classes that a multiclass target may have.
    static let mostClasses = 100

    private let known: Target?
    /// What each row asks of `known`: to look into it would copy it, with its classes.
    private struct Kind {
        var isKnown = false
        var isRegression = false
        var isPlain = true
    }

    private let kind: Kind
    private let words: MissingWords
    private let name: String
    private var numbers: [Double] = []
    private var codes: [Int32] = []
    /// Rows of each text.
    private var rows: [Int] = []
    private var interner = ByteInterner(limit: TargetCollector.mostClasses + 1)
    private var knownCodes: [Int32] = []
    /// Where each text stood first, by code.
    private var places: [CellLocation] = []
    /// Whether a text is no number, however dressed, by code.
    private var isText: [Bool] = []
    private var firstText: (text: String, at: CellLocation)?
    private var firstDressed: (text: String, at: CellLocation)?
    private var notNumbers = 0
    /// What the column's numbers wear, if they do, and whether all agree.
    private var format = FormatFinder()

    /// For a target that is still to be understood.
    init(name: String) {
        known = nil
        kind = Kind()
        words = .standard
        self.name = name
    }

    /// For a target of a frozen schema: texts must be its classes, or numbers.
    init(known: Target, words: MissingWords) {
        self.known = known
        kind = Kind(isKnown: true, isRegression: known.task == .regression, isPlain: known.format == nil)
        self.words = words
        name = known.name
    }

    /// Number of values.
    var count: Int { codes.count }

    /// Makes room for so many values.
    mutating func reserve(_ rows: Int) {
        codes.reserveCapacity(rows)
        if kind.isRegression || !kind.isKnown { numbers.reserveCapacity(rows) }
    }

    /// Takes the target of the current record, which is not missing.
    mutating func append(_ raw: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner, _ position: Int) throws(TabularFailure) {
        let bytes = CellText.trimmed(raw)
        if kind.isRegression {
            if kind.isPlain, let number = CellText.number(bytes) {
                numbers.append(number)
            } else {
                guard case .success(let number)? = known?.reading(of: try scanner.text(position), words: words) else {
                    throw badValue(bytes, "a finite number", scanner, position)
                }
                numbers.append(number)
            }
            codes.append(0)
            return
        }
        var code: Int32 = -1
        switch interner.code(of: bytes) {
        case .known(let found):
            code = found
            rows[Int(found)] += 1
        case .new(let found):
            code = found
            rows.append(1)
            if !kind.isKnown { places.append(scanner.location(position)) }
            try learn(try scanner.text(position), bytes, scanner, position)
        case .full: if kind.isKnown { throw badValue(bytes, "one of the classes", scanner, position) }
        }
        codes.append(code)
        if kind.isKnown { return }
        if code >= 0, code < isText.count, isText[Int(code)] {
            // Its first row has told what it is.
            numbers.append(.nan)
            notNumbers += 1
        } else {
            let isNumber = appendNumber(bytes, scanner, position)
            if code == isText.count { isText.append(!isNumber) }
        }
    }

    /// Whether it is one.
    private mutating func appendNumber(_ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner, _ position: Int) -> Bool {
        if let number = CellText.number(bytes) {
            numbers.append(number)
            format.plain += 1
            return true
        }
        let place = { (String(decoding: bytes.prefix(80), as: UTF8.self), scanner.location(position)) }
        let dressed = format.number(bytes)
        numbers.append(dressed ?? .nan)
        if dressed == nil {
            notNumbers += 1
            if firstText == nil { firstText = place() }
        } else if firstDressed == nil {
            firstDressed = place()
        }
        return dressed != nil
    }

    /// The first value that is no number, or at least no plain one.
    private var firstNotNumber: (text: String, at: CellLocation)? { firstText ?? firstDressed }

    private mutating func learn(
        _ text: String, _ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner, _ position: Int
    ) throws(TabularFailure) {
        guard let known else { return }
        guard case .success(let index) = known.reading(of: text, words: words) else {
            throw badValue(bytes, "one of the classes \(known.classList)", scanner, position)
        }
        knownCodes.append(Int32(index))
    }

    private func badValue(_ bytes: UnsafeBufferPointer<UInt8>, _ expected: String, _ scanner: CSVScanner, _ position: Int) -> TabularFailure
    {
        let advice = known?.task == .regression ? CellReader.advice(bytes) ?? "" : ""
        return .badValue(
            text: String(decoding: bytes.prefix(80), as: UTF8.self), expected: expected, at: scanner.location(position),
            remedy: advice + "correct the target, or leave it empty to leave the row out")
    }

    /// Follows the rows into another order.
    mutating func reorder(_ order: [Int]) {
        codes = order.map { codes[$0] }
        if !numbers.isEmpty { numbers = order.map { numbers[$0] } }
    }

    /// The values in terms of the frozen target.
    var knownValues: [Double] {
        known?.task == .regression ? numbers : codes.map { Double(knownCodes[Int($0)]) }
    }

    // MARK: Understanding

    /// What the column can predict, and its values in those terms.
    func resolve(task: PredictionTask?, positive: String?, file: String) throws(TabularFailure) -> (Target, [Double]) {
        let spellings = Spellings(interner.texts, rows: rows)
        if task == nil {
            try checkMixture(spellings.classes.count)
            try checkMistakes(spellings, file)
        }
        let wanted = task ?? inferredTask(spellings.classes.count)
        if wanted == .regression { return try regression(positive: positive, file: file) }
        let classes = spellings.classes
        guard classes.count > 1 else {
            throw failure(
                "has one class only, '\(SafeText.escape(classes.first ?? ""))'", file, "import rows of both classes; widen the time window")
        }
        guard interner.count <= Self.mostClasses else {
            throw failure("has more than \(Self.mostClasses) classes", file, "name another target; numbers make it a regression")
        }
        // Few classes and still one without a code: their texts alone filled the column's memory.
        guard !codes.contains(-1) else {
            throw failure("has texts longer than a class name can be", file, "name another target, or shorten its classes")
        }
        let order = try wanted == .binary ? binaryOrder(classes, positive: positive, file: file) : multiclassOrder(classes, positive, file)
        let indices = spellings.classOfCode.map { index in Double(order.firstIndex(of: classes[index]) ?? 0) }
        return (Target(name: name, task: wanted, classes: order), codes.map { indices[Int($0)] })
    }

    // MARK: Mistakes

    /// Share of the rows up to which a class that makes two classes three is asked about.
    private static let rareShare = 0.005

    /// Classes that somebody hardly meant: refused while nobody has said what is to be predicted, because they would make it another task.
    private func checkMistakes(_ spellings: Spellings, _ file: String) throws(TabularFailure) {
        guard !isNumeric || spellings.classes.count <= 2, interner.count <= Self.mostClasses, !codes.contains(-1) else { return }
        let counts = spellings.rows
        func named(_ index: Int) -> String {
            let rows = counts[index] == 1 ? "1 row" : "\(counts[index]) rows"
            return "'\(SafeText.escape(spellings.classes[index]))' (\(rows), first in row \(firstRow(of: index, spellings)))"
        }
        if let (a, b) = spellings.twins(counts) {
            throw failure(
                "has the classes \(named(a)) and \(named(b)), which differ in letter case or blanks only", file,
                "write them alike; if they are different classes, say --task multiclass")
        }
        let truths = spellings.classes.map { CellValue($0).truth }
        if spellings.classes.count > 2, truths.allSatisfy({ $0 != nil }) {
            throw failure(
                "mixes \(spellings.classes.map { "'\(SafeText.escape($0))'" }.joined(separator: ", ")) for true and false", file,
                "write each in one way; if they are different classes, say --task multiclass")
        }
        let limit = max(1, Int(Self.rareShare * Double(count)))
        let rare = spellings.classes.indices.filter { counts[$0] <= limit }
        if let first = rare.first, spellings.classes.count - rare.count == 2, count >= 50 {
            throw failure(
                "has two classes, and \(named(first))", file,
                "correct the cell, or leave it empty to leave the row out; if it is a class, say --task multiclass")
        }
    }

    private func firstRow(of index: Int, _ spellings: Spellings) -> Int {
        spellings.classOfCode.indices.filter { spellings.classOfCode[$0] == index && places.indices.contains($0) }.map { places[$0].row }
            .min()
            ?? 0
    }

    /// What is to be said of classes: those of one row, and those that are written in several ways; nil where there is nothing.
    func remark(_ target: Target) -> String? {
        guard known == nil, target.task != .regression else { return nil }
        let spellings = Spellings(interner.texts, rows: rows)
        let counts = spellings.rows
        var parts: [String] = []
        let single = spellings.classes.indices.filter { counts[$0] == 1 }.map { "'\(SafeText.escape(spellings.classes[$0]))'" }
        if !single.isEmpty {
            let shown = single.prefix(5).joined(separator: ", ") + (single.count > 5 ? ", …" : "")
            parts.append("one row only of \(shown): it can be learnt or judged, not both")
        }
        for (index, name) in spellings.classes.enumerated() {
            let others = interner.texts.indices.filter { spellings.classOfCode[$0] == index && interner.texts[$0] != name }
            if !others.isEmpty {
                let shown = others.prefix(4).map { "'\(SafeText.escape(interner.texts[$0]))'" }.joined(separator: ", ")
                parts.append("\(shown) \(others.count == 1 ? "is" : "are") '\(SafeText.escape(name))'")
            }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// Whether the classes are texts, and no numbers or words for true and false: only among texts may a word for missing be a class.
    var hasNamedClasses: Bool {
        interner.texts.contains { if case .text = CellValue($0) { true } else { false } }
    }

    private func inferredTask(_ classes: Int) -> PredictionTask {
        if classes <= 2, interner.count <= Self.mostClasses { return .binary }
        return isNumeric ? .regression : .multiclass
    }

    /// Whether every value is a number, in one way of writing.
    private var isNumeric: Bool { notNumbers == 0 && (format.dressed == 0 || format.isCommon) }

    /// Numbers with a few texts among them, too many to be classes: a mistake in a cell, and no set of classes.
    private func checkMixture(_ classes: Int) throws(TabularFailure) {
        let plain = numbers.count - notNumbers - (format.isCommon ? 0 : format.dressed)
        guard !isNumeric, classes > 20 || interner.count > Self.mostClasses, plain * 2 >= numbers.count, let firstNotNumber else { return }
        throw mixture(firstNotNumber, plain)
    }

    private func mixture(_ misfit: (text: String, at: CellLocation), _ plain: Int) -> TabularFailure {
        var text = misfit.text
        let advice = text.withUTF8 { CellReader.advice($0) } ?? "correct it, "
        return .badValue(
            text: misfit.text, expected: "a number, as the other targets are", at: misfit.at,
            remedy: "\(ColumnProfile.share(plain, of: numbers.count)) are numbers: \(advice)or leave it empty to leave the row out")
    }

    private func regression(positive: String?, file: String) throws(TabularFailure) -> (Target, [Double]) {
        if let positive {
            throw failure(
                "is a number to predict, yet '\(SafeText.escape(positive))' is named as the positive class", file,
                "leave the positive class out")
        }
        if !isNumeric, let firstNotNumber {
            throw .badValue(
                text: firstNotNumber.text, expected: "a finite number, which a regression needs", at: firstNotNumber.at,
                remedy: "correct it, leave it empty to leave the row out, or ask for a binary or multiclass task")
        }
        return (Target(name: name, task: .regression, classes: [], format: format.dressed > 0 ? format.found : nil), numbers)
    }

    private func binaryOrder(_ classes: [String], positive: String?, file: String) throws(TabularFailure) -> [String] {
        let shown = classes.prefix(5).map { "'\(SafeText.escape($0))'" }.joined(separator: ", ")
        guard classes.count == 2 else {
            throw failure(
                "has \(classes.count) classes (\(shown)…), a binary task needs two", file, "ask for multiclass, or name another target")
        }
        guard let chosen = positive ?? Self.conventionalPositive(classes) else {
            throw failure("has the classes \(shown)", file, "say which one is positive")
        }
        guard case .success(let index) = Target(name: name, task: .binary, classes: classes).reading(of: chosen, words: .none) else {
            let hint = Names.nearest(to: chosen, in: classes).map { ", did you mean '\(SafeText.escape($0))'?" } ?? ""
            throw failure("has no class '\(SafeText.escape(chosen))'", file, "choose the positive class from \(shown)\(hint)")
        }
        return [classes[1 - Int(index)], classes[Int(index)]]
    }

    private func multiclassOrder(_ classes: [String], _ positive: String?, _ file: String) throws(TabularFailure) -> [String] {
        if positive != nil {
            throw failure(
                "has \(classes.count) classes, so none can be the positive one", file,
                "leave the positive class out, or use a target of two classes")
        }
        return classes.sorted()
    }

    private static func conventionalPositive(_ classes: [String]) -> String? {
        let pairs = [("no", "yes"), ("n", "y"), ("false", "true"), ("f", "t"), ("0", "1"), ("-1", "1"), ("negative", "positive")]
        let lowered = Set(classes.map { $0.lowercased() })
        guard let pair = pairs.first(where: { lowered == [$0.0, $0.1] }) else { return nil }
        return classes.first { $0.lowercased() == pair.1 }
    }

    private func failure(_ what: String, _ file: String, _ remedy: String) -> TabularFailure {
        .badTarget(column: name, what: what, file: file, remedy: remedy)
    }
}

/// The classes behind the texts of a target: spellings of one truth value or number are one class, named as most cells have it.
private struct Spellings {
    private(set) var classes: [String] = []
    /// The class of each text.
    private(set) var classOfCode: [Int] = []

    /// Rows of each class.
    private(set) var rows: [Int] = []

    /// The first two classes that are the same but for letter case, blanks and underscores; the rarer one last.
    func twins(_ counts: [Int]) -> (Int, Int)? {
        var first: [String: Int] = [:]
        for (index, name) in classes.enumerated() where Double(name) == nil {
            let bare = String(name.lowercased().filter { !$0.isWhitespace && $0 != "_" })
            guard !bare.isEmpty else { continue }
            if let other = first[bare] { return counts[other] >= counts[index] ? (other, index) : (index, other) }
            first[bare] = index
        }
        return nil
    }

    /// - Parameter counts: rows of each text.
    init(_ texts: [String], rows counts: [Int]) {
        var places: [CellValue: Int] = [:]
        var most: [Int] = []
        for (text, count) in zip(texts, counts) {
            let value = CellValue(text)
            if let place = places[value] {
                classOfCode.append(place)
                rows[place] += count
                if count > most[place] { (classes[place], most[place]) = (text, count) }
            } else {
                places[value] = classes.count
                classOfCode.append(classes.count)
                classes.append(text)
                rows.append(count)
                most.append(count)
            }
        }
    }
}

/// Finds out whether numbers that are not written plainly are all written in one way.
private struct FormatFinder {
    var plain = 0
    private(set) var dressed = 0
    private(set) var found = NumberFormat()
    private var isOneWay = true
    private var withUnit = 0

    /// The number of a cell that is not written plainly; nil for a text.
    mutating func number(_ bytes: UnsafeBufferPointer<UInt8>) -> Double? {
        guard case .number(let number) = DecoratedNumber.parse(bytes) else { return nil }
        if number.unit != nil {
            if withUnit > 0, found.unit != number.unit { isOneWay = false }
            withUnit += 1
            found.unit = number.unit
        }
        if let grouping = number.grouping {
            if found.grouping != nil, found.grouping != grouping { isOneWay = false }
            found.grouping = grouping
        }
        if number.hasParentheses { found.parentheses = true }
        dressed += 1
        return number.value
    }

    /// Whether the way is the column's, and not that of a few cells among plain numbers.
    var isCommon: Bool {
        isOneWay && dressed * 10 >= plain + dressed && (found.takesPlainNumbers || withUnit == plain + dressed)
    }
}
