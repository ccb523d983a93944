import Foundation
import Tabular

extension FuzzTarget {
    /// Files of rows, as people bring them and as they are kept.
    static let tabular = [csv, times, snapshot]

    /// A file with any text: understood, imported, and read again by the schema that came of it, which must give the same rows.
    private static let csv = FuzzTarget(name: "csv") {
        [
            "time,a,b,c,y\n2013-01-01 05:00,1,AA,true,no\n2013-01-01 06:00,2.5,NA,false,yes\n2013-01-01 06:00,,\"x,\"\"y\",no,no\n",
            "a,y\n$1,2\n\"1,234.5\",3\n(7),4\n5 %,1\n", "\u{FEFF},a,y\r\n0,007,1\r\n1,9007199254740993,0\r\n", "y\n1\n",
        ].map(bytes)
    } prepare: {
        let path = "/dev/shm/flyball-fuzz-\(getpid()).csv"
        return { input in
            guard (try? Data(input).write(to: URL(filePath: path))) != nil else { return }
            defer { unlink(path) }
            _ = try? FileColumns.found(path: path, rules: FileReadingRules(), limit: .max)
            let first = input.first ?? 0
            var options = ImportOptions(target: "y", timeColumn: first & 1 == 0 ? nil : "time", zone: "America/New_York")
            if first & 2 != 0 { options.missing = [] }
            guard let data = try? CSVImport.read(path: path, options: options) else { return }
            guard let again = try? CSVImport.read(path: path, schema: data.rows.schema, from: nil, until: nil) else {
                fatalError("a file that was imported cannot be read by its own schema")
            }
            precondition(again.rows.count == data.rows.count, "the rows of a file are as many each time")
        }
    }

    private static let times = FuzzTarget(name: "times") {
        ["2013-01-01T05:00:00Z", "2013-11-03 01:30:00.123 UTC", "1383456600000", "2013-03-10 02:30", "2013-01-01T05:00:00+05:30"].map(bytes)
    } prepare: {
        let zones = ["UTC", "America/New_York", "Australia/Lord_Howe"]
        let now: Int64 = 1_366_293_600_000
        var parsers = zones.compactMap { try? TimeParser(zone: $0) }
        return { input in
            for index in parsers.indices { _ = parsers[index].milliseconds(bytes: input) }
            let text = String(decoding: input, as: UTF8.self)
            if let past = PastTime.milliseconds(text, zone: .gmt, asOf: now) {
                precondition(past <= now, "what is to come is not the past")
            }
        }
    }

    /// The stored form of rows: what is read is written as it was.
    private static let snapshot = FuzzTarget(name: "snapshot") {
        let schema = Schema(
            features: [Feature(name: "a", kind: .numeric), Feature(name: "b", kind: .categorical)],
            target: Target(name: "y", task: .binary, classes: ["no", "yes"]))
        let rows = LabelledRows(
            schema: schema, categories: Categories(["AA", "UA"]), features: [1, 0, .nan, 1, 3, .nan], targets: [0, 1, 0], times: [1, 2, 3])
        return [stored(rows)]
    } prepare: {
        { input in
            guard let rows = SnapshotCodec.decode(Array(input)[...]) else { return }
            guard let again = SnapshotCodec.decode(stored(rows)[...]) else {
                fatalError("rows that were read cannot be written and read again")
            }
            precondition(again.count == rows.count, "as many rows as before")
        }
    }

    private static func stored(_ rows: LabelledRows) -> [UInt8] {
        var bytes: [UInt8] = []
        SnapshotCodec.forEachChunk(rows) { bytes += $0 }
        return bytes
    }
}
