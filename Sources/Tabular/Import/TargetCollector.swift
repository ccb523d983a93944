/// Collects the target column: classes by text, numbers by value, and decides what can be predicted of them.
struct TargetCollector {
    /// Classes that a multiclass target may have.
    static let mostClasses = 100

    private let known: Target?
    private let name: String
    private var numbers: [Double] = []
    private var codes: [Int32] = []
    private var interner = ByteInterner(limit: TargetCollector.mostClasses + 1)
    private var knownCodes: [Int32] = []
    private var firstNotNumber: (text: String, at: CellLocation)?

    /// For a target that is still to be understood.
    init(name: String) {
        known = nil
        self.name = name
    }

    /// For a target of a frozen schema: texts must be its classes, or numbers.
    init(known: Target) {
        self.known = known
        name = known.name
    }

    /// Number of values.
    var count: Int { codes.count }

    /// Takes the target of the current record, which is not missing.
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner, _ position: Int) throws(TabularFailure) {
        if known?.task == .regression {
            guard let number = CellText.number(bytes) else { throw badValue(bytes, "a finite number", scanner, position) }
            numbers.append(number)
            codes.append(0)
            return
        }
        var code: Int32 = -1
        switch interner.code(of: bytes) {
        case .known(let found): code = found
        case .new(let found):
            code = found
            try learn(try scanner.text(position), bytes, scanner, position)
        case .full: if known != nil { throw badValue(bytes, "one of the classes", scanner, position) }
        }
        codes.append(code)
        if known == nil {
            let number = CellText.number(bytes)
            numbers.append(number ?? .nan)
            if number == nil, firstNotNumber == nil {
                firstNotNumber = (String(decoding: bytes.prefix(80), as: UTF8.self), scanner.location(position))
            }
        }
    }

    private mutating func learn(
        _ text: String, _ bytes: UnsafeBufferPointer<UInt8>, _ scanner: CSVScanner, _ position: Int
    ) throws(TabularFailure) {
        guard let known else { return }
        guard let index = known.classes.firstIndex(of: text) else {
            let classes = known.classes.prefix(10).map(SafeText.escape).joined(separator: ", ")
            throw badValue(bytes, "one of the classes \(classes)", scanner, position)
        }
        knownCodes.append(Int32(index))
    }

    private func badValue(_ bytes: UnsafeBufferPointer<UInt8>, _ expected: String, _ scanner: CSVScanner, _ position: Int) -> TabularFailure
    {
        .badValue(
            text: String(decoding: bytes.prefix(80), as: UTF8.self), expected: expected, at: scanner.location(position),
            remedy: "correct the target, or leave it empty to leave the row out")
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

    /// What the column can predict, and its values in those terms.
    func resolve(task: PredictionTask?, positive: String?, file: String) throws(TabularFailure) -> (Target, [Double]) {
        let wanted = task ?? inferredTask
        if wanted == .regression { return try regression(positive: positive, file: file) }
        let classes = interner.texts
        guard classes.count > 1 else {
            throw failure(
                "has one class only, '\(SafeText.escape(classes.first ?? ""))'", file, "import rows of both classes; widen the time window")
        }
        guard classes.count <= Self.mostClasses else {
            throw failure("has more than \(Self.mostClasses) classes", file, "name another target; numbers make it a regression")
        }
        // Few classes and still one without a code: their texts alone filled the column's memory.
        guard !codes.contains(-1) else {
            throw failure("has texts longer than a class name can be", file, "name another target, or shorten its classes")
        }
        let order = try wanted == .binary ? binaryOrder(classes, positive: positive, file: file) : multiclassOrder(classes, positive, file)
        let indices = classes.map { text in Double(order.firstIndex(of: text) ?? 0) }
        return (Target(name: name, task: wanted, classes: order), codes.map { indices[Int($0)] })
    }

    private var inferredTask: PredictionTask {
        if interner.count <= 2 { return .binary }
        return firstNotNumber == nil ? .regression : .multiclass
    }

    private func regression(positive: String?, file: String) throws(TabularFailure) -> (Target, [Double]) {
        if let positive {
            throw failure(
                "is a number to predict, yet '\(SafeText.escape(positive))' is named as the positive class", file,
                "leave the positive class out")
        }
        if let firstNotNumber {
            throw .badValue(
                text: firstNotNumber.text, expected: "a finite number, which a regression needs", at: firstNotNumber.at,
                remedy: "correct it, leave it empty to leave the row out, or ask for a binary or multiclass task")
        }
        return (Target(name: name, task: .regression, classes: []), numbers)
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
        guard classes.contains(chosen) else {
            let hint = Names.nearest(to: chosen, in: classes).map { ", did you mean '\(SafeText.escape($0))'?" } ?? ""
            throw failure("has no class '\(SafeText.escape(chosen))'", file, "choose the positive class from \(shown)\(hint)")
        }
        return classes.filter { $0 != chosen } + [chosen]
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
