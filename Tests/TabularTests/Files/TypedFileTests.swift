import Foundation
import Tabular
import Testing

/// Files that PyArrow wrote, each beside the CSV of the same table, which PyArrow wrote too: `Tests/Oracles/files.py`.
@Suite("Parquet and Arrow") struct TypedFileTests {
    static let golden = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Golden").path
    static let tables = ["numbers", "exact", "texts"]
    /// Every file of the three tables: their name in the folder.
    static let files: [String] = tables.flatMap { table in
        ((try? FileManager.default.contentsOfDirectory(atPath: golden + "/" + table)) ?? []).sorted().filter { $0 != "table.csv" }
            .map { table + "/" + $0 }
    }

    private static func records(_ path: String) throws -> [[String]] {
        var reader = try CSVRecordReader(path: path)
        var rows = [reader.header]
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    /// Whether two cells mean the same: the same text, number or time.
    private static func areEqual(_ a: String, _ b: String) throws -> Bool {
        if a == b { return true }
        var (first, second) = (a, b)
        let numbers = (first.withUTF8 { CellText.number($0) }, second.withUTF8 { CellText.number($0) })
        if let left = numbers.0, let right = numbers.1 { return left == right }
        // Parquet has no times of the day in whole seconds.
        if a.count == 12, b.count == 8, a == b + ".000" { return true }
        var times = try TimeParser(zone: "UTC")
        if let left = times.milliseconds(a), let right = times.milliseconds(b) { return left == right }
        return false
    }

    @Test("There are files of each kind")
    func there() {
        #expect(Self.files.filter { $0.hasSuffix(".parquet") }.count >= 21)
        #expect(Self.files.filter { $0.hasSuffix(".arrow") }.count >= 22)
    }

    @Test("A file equals the CSV of the same table, cell by cell", arguments: files)
    func equal(file: String) throws {
        let found = try Self.records(Self.golden + "/" + file)
        let expected = try Self.records(Self.golden + "/" + (file as NSString).deletingLastPathComponent + "/table.csv")
        #expect(found[0] == expected[0])
        #expect(found.count == expected.count)
        var wrong = 0
        for (row, pair) in zip(found, expected).enumerated() {
            for (column, cells) in zip(pair.0, pair.1).enumerated() where wrong < 5 {
                guard try !Self.areEqual(cells.0, cells.1) else { continue }
                wrong += 1
                Issue.record("row \(row), \(found[0][column]): '\(cells.0)' and not '\(cells.1)'")
            }
        }
    }

    @Test("An import of a file has the same rows and columns as an import of the CSV, whatever is the target", arguments: files)
    func imported(file: String) throws {
        let folder = (file as NSString).deletingLastPathComponent
        let target = ["numbers": "flag", "exact": "date32", "texts": "kind"][folder] ?? ""
        var options = ImportOptions(target: target)
        // Times of the day are names; a time other than the time column is left out.
        if folder == "exact" { options.timeColumn = "zoned_us" }
        if folder == "texts" { options.missing = [] }
        // Their extremes are no doubles.
        if folder == "numbers" { options.categorical = ["int64", "uint64"] }
        let found = try CSVImport.read(path: Self.golden + "/" + file, options: options)
        let expected = try CSVImport.read(path: Self.golden + "/" + folder + "/table.csv", options: options)
        #expect(found.rows.count == expected.rows.count)
        #expect(found.rows.targets == expected.rows.targets)
        #expect(found.rows.times == expected.rows.times)
        #expect(found.rows.features.map(\.bitPattern) == expected.rows.features.map(\.bitPattern))
        #expect(found.rows.schema.features.map(\.name) == expected.rows.schema.features.map(\.name))
    }

    @Test(
        "What is no cell is refused by the name of its column",
        arguments: [
            ("lists", "column 'tags' holds lists"), ("groups", "column 'place' holds groups of values"), ("maps", "column 'm' holds maps"),
        ], ["parquet", "arrow"])
    func refused(what: (file: String, reason: String), kind: String) throws {
        let failure = try #require(
            Samples.failure { _ = try Self.records("\(Self.golden)/refused/\(what.file).\(kind)") }
        ).description
        #expect(failure.contains("cannot read the file, \(what.reason), which are no cells"), "\(failure)")
    }

    @Test("A packing that is not read is named, with the row group and what to do")
    func brotli() throws {
        let failure = try #require(Samples.failure { _ = try Self.records(Self.golden + "/refused/brotli.parquet") }).description
        #expect(
            failure == "row group 1: pages packed with Brotli, which is not read here: brotli.parquet:1:1 (a): "
                + "write the file with compression zstd, snappy or gzip")
    }

    @Test(
        "A file that is cut anywhere is an error or has fewer rows, never a trap",
        arguments: ["numbers/v2-zstd.parquet", "texts/stream-lz4.arrow", "exact/file-none.arrow"])
    func cut(file: String) throws {
        let whole = [UInt8](try Data(contentsOf: URL(filePath: Self.golden + "/" + file)))
        let rows = try Self.records(Self.golden + "/" + file)
        try Samples.withDirectory { directory in
            for length in stride(from: 8, to: whole.count, by: 61) {
                let path = directory + "/t"
                #expect(FileManager.default.createFile(atPath: path, contents: Data(whole[..<length])))
                if let found = try? Self.records(path) { #expect(rows.starts(with: found), "\(length) bytes") }
            }
        }
    }

    @Test("Flipped bits, ten thousand over all files: an error, or a table, never a trap", arguments: files)
    func flips(file: String) throws {
        let sound = [UInt8](try Data(contentsOf: URL(filePath: Self.golden + "/" + file)))
        var random = Samples.Random(state: UInt64(file.utf8.count) &* 977 &+ UInt64(sound.count))
        let rounds = 10_000 / Self.files.count + 1
        try Samples.withDirectory { directory in
            let path = directory + "/t"
            for _ in 0..<rounds {
                var bytes = sound
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    // Half of them in the metadata at the end, where a file is steered.
                    let from = Bool.random(using: &random) ? 0 : bytes.count * 3 / 4
                    bytes[Int.random(in: from..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
                }
                #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
                _ = Samples.failure {
                    var reader = try CSVRecordReader(path: path)
                    var rows = 0
                    // A count that a flip made huge is no reason to wait for its end.
                    while rows < 10_000, try reader.next() != nil { rows += 1 }
                }
            }
        }
    }
}
