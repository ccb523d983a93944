import GRDB

extension ControlReader {
    /// Reads rows one by one: one that does not hold what its columns must does not take the others with it.
    ///
    /// - Parameter key: what names the row, made of what of it can be read.
    func salvage<Record>(
        _ table: String, _ rows: [Row], key: (Row) -> RowKey, _ body: (Row) throws(StoreFailure) -> Record
    ) -> Salvage<Record> {
        var result = Salvage<Record>()
        for row in rows {
            do throws(StoreFailure) { result.records.append(try body(row)) } catch {
                let key = key(row)
                result.damaged.append(
                    DamagedRecord(
                        file: ControlStore.fileName, table: table, key: key.text, deployment: key.deployment, version: key.version,
                        reason: error.bare))
            }
        }
        return result
    }
}

/// What names a row that may be damaged: as much of it as can be read.
struct RowKey {
    var text: String
    var deployment: String?
    var version: UInt32?

    /// A row named by its deployment.
    static func deployment(_ row: Row, column: String) -> RowKey {
        let name = readable(row, column)
        return RowKey(text: name ?? "(no name)", deployment: name)
    }

    /// A row named by itself.
    static func name(_ row: Row, column: String) -> RowKey { RowKey(text: readable(row, column) ?? "(no name)") }

    /// A version's row.
    static func version(_ row: Row) -> RowKey {
        let name = readable(row, "deployment")
        var number: UInt32?
        if row.hasColumn("number"), case .int64(let value) = (row["number"] as DatabaseValue).storage { number = UInt32(exactly: value) }
        return RowKey(text: "\(name ?? "(no name)") \(number.map { "v\($0)" } ?? "(no number)")", deployment: name, version: number)
    }

    /// A row named by a whole number.
    static func number(_ row: Row, column: String) -> RowKey {
        var text = "(no number)"
        if row.hasColumn(column), case .int64(let value) = (row[column] as DatabaseValue).storage { text = "\(value)" }
        return RowKey(text: text, deployment: readable(row, "deployment"))
    }

    private static func readable(_ row: Row, _ column: String) -> String? {
        guard row.hasColumn(column), case .string(let text) = (row[column] as DatabaseValue).storage else { return nil }
        return text
    }
}

extension StoreFailure {
    /// What is damaged, without the advice.
    var bare: String {
        if case .corrupt(let what) = self { return what }
        return description
    }
}
