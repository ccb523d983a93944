import TOMLKit
import Tabular

/// Reads known keys out of a TOML table and complains about all others: a typing error must not be silently ignored.
struct TOMLReader {
    private let table: TOMLTable
    private let path: String
    private var known: Set<String> = []

    init(table: TOMLTable, path: String) {
        self.table = table
        self.path = path
    }

    mutating func string(_ key: String) throws(WorkspaceFailure) -> String? {
        guard let value = take(key) else { return nil }
        guard let text = value.string else { throw fail(key, "a text in quotes is needed") }
        return text
    }

    mutating func boolean(_ key: String) throws(WorkspaceFailure) -> Bool? {
        guard let value = take(key) else { return nil }
        guard let flag = value.bool else { throw fail(key, "true or false is needed") }
        return flag
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(WorkspaceFailure) -> Int? {
        guard let value = take(key) else { return nil }
        guard let number = value.int, range.contains(number) else {
            throw fail(key, "a whole number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        return number
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(WorkspaceFailure) -> Double? {
        guard let value = take(key) else { return nil }
        guard let number = value.double ?? value.int.map({ Double($0) }), range.contains(number) else {
            throw fail(key, "a number from \(range.lowerBound) to \(range.upperBound) is needed")
        }
        return number
    }

    /// A share of a whole, like "50%", as 0…1.
    mutating func share(_ key: String) throws(WorkspaceFailure) -> Double? {
        guard let text = try string(key) else { return nil }
        guard text.hasSuffix("%"), let percent = Double(text.dropLast()), (1...100).contains(percent) else {
            throw fail(key, "a share from \"1%\" to \"100%\" is needed")
        }
        return percent / 100
    }

    mutating func table(_ key: String) throws(WorkspaceFailure) -> TOMLTable? {
        guard let value = take(key) else { return nil }
        guard let inner = value.table else { throw fail(key, "a section [\(path)\(key)] is needed") }
        return inner
    }

    mutating func duration(_ key: String) throws(WorkspaceFailure) -> Int64? {
        guard let text = try string(key) else { return nil }
        guard let milliseconds = DurationText.milliseconds(text), milliseconds > 0 else {
            throw fail(key, "a duration like \"250ms\", \"10m\" or \"30d\" is needed")
        }
        return milliseconds
    }

    mutating func bytes(_ key: String) throws(WorkspaceFailure) -> Int64? {
        guard let text = try string(key) else { return nil }
        let units: [(String, Int64)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40)]
        for (unit, factor) in units where text.hasSuffix(unit) {
            let digits = text.dropLast(unit.count)
            if let number = Int64(digits), number > 0, number < Int64.max / factor { return number * factor }
        }
        throw fail(key, "a size like \"512MiB\" or \"10GiB\" is needed")
    }

    mutating func strings(_ key: String) throws(WorkspaceFailure) -> [String]? {
        guard let value = take(key) else { return nil }
        if let single = value.string { return [single] }
        guard let array = value.array else { throw fail(key, "a list of texts is needed") }
        var result: [String] = []
        for element in array {
            guard let text = element.string else { throw fail(key, "a list of texts is needed") }
            result.append(text)
        }
        return result
    }

    /// Throws for a key that nobody asked for; a key of the design that this version does not act on is named as such.
    func finish(notYet: Set<String> = []) throws(WorkspaceFailure) {
        for key in table.keys where !known.contains(key) {
            if notYet.contains(key) { throw fail(key, "not in this version: remove it") }
            let hint =
                Names.nearest(to: key, in: known.sorted()).map { "did you mean \($0)?" }
                ?? "known keys: \(known.sorted().joined(separator: ", "))"
            throw fail(key, "no such key: \(hint)")
        }
    }

    private mutating func take(_ key: String) -> (any TOMLValueConvertible)? {
        known.insert(key)
        let value: (any TOMLValueConvertible)? = table[key]
        return value
    }

    private func fail(_ key: String, _ reason: String) -> WorkspaceFailure { .configuration(key: path + key, reason: reason) }
}
