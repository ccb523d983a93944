import Foundation
import Tabular
import Testing

@Suite("Tables of a database", .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/sqlite3")))
struct SQLiteTests {
    /// A database made by SQLite's own program.
    private func with<T>(_ script: String, _ body: (String) throws -> T) throws -> T {
        try Samples.withDirectory { directory in
            let process = Process()
            process.executableURL = URL(filePath: "/usr/bin/sqlite3")
            process.arguments = [directory + "/shop.db", script]
            try process.run()
            process.waitUntilExit()
            return try body(directory + "/shop.db")
        }
    }

    private func records(_ text: String) throws -> [[String]] {
        var reader = try CSVRecordReader(path: text)
        var rows = [reader.header]
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    private static let orders = """
        CREATE TABLE orders(id INTEGER, price REAL, "na,me" TEXT, note BLOB);
        INSERT INTO orders VALUES (1, 2.5, 'a "b"', NULL), (-9223372036854775808, 3.0, '', x'C3A9'), (3, 1e300, 'x' || char(10) || 'y', 'z');
        CREATE VIEW cheap AS SELECT id, price FROM orders WHERE price < 3;
        CREATE TABLE "odd ""name?"(one TEXT); INSERT INTO "odd ""name?" VALUES (NULL), ('v');
        """

    @Test("A table or a view is read as it is: null is blank, numbers keep their digits")
    func table() throws {
        try with(Self.orders) { path throws in
            #expect(
                try records("sqlite:\(path)?orders") == [
                    ["id", "price", "na,me", "note"], ["1", "2.5", "a \"b\"", ""], ["-9223372036854775808", "3.0", "", "é"],
                    ["3", "1e+300", "x\ny", "z"],
                ])
            #expect(try records("sqlite:\(path)?cheap") == [["id", "price"], ["1", "2.5"]])
            #expect(try records(DataReference(paths: [path], table: "odd \"name?").text) == [["one"], [""], ["v"]])
        }
    }

    @Test("A database without a table's name, and a name that it has not, are refused with the names that it has")
    func names() throws {
        try with(Self.orders) { path throws in
            let none = try #require(Samples.failure { _ = try records(path) }).description
            #expect(none.hasPrefix("the file is an SQLite database, and no table: shop.db:1: say sqlite:"))
            #expect(none.hasSuffix("its tables are cheap, odd \"name?, orders"), "\(none)")
            let mistyped = try #require(Samples.failure { _ = try records("sqlite:\(path)?order") }).description
            #expect(mistyped == "shop.db has no table 'order': import options: did you mean 'orders'?")
            let hostile = try #require(Samples.failure { _ = try records("sqlite:\(path)?x\"; DROP TABLE orders; --") }).description
            #expect(hostile.contains("has no table"))
        }
    }

    @Test("A file that is no database, a damaged one and bytes that are no text are errors; a view without an end is stopped")
    func faults() throws {
        try Samples.withFile("x,y\n1,2\n".utf8) { path throws in
            let failure = Samples.failure { _ = try records("sqlite:\(path)?x") }
            #expect(failure?.description.contains("SQLite says: file is not a database") == true, "\(String(describing: failure))")
        }
        try with("CREATE TABLE t(x); INSERT INTO t VALUES (1), (x'FF00');") { path throws in
            let failure = Samples.failure { _ = try records("sqlite:\(path)?t") }
            #expect(failure?.description == "bytes that are no text: shop.db:2:1 (x): read a view without this column")
        }
        try with(
            "CREATE TABLE t(x); CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0;"
        ) {
            path throws in
            let failure = Samples.failure { _ = try records("sqlite:\(path)?v") }
            #expect(failure?.description.contains("SQLite says: interrupted") == true, "\(String(describing: failure))")
        }
    }

    @Test("A thousand damaged pages: an error, or rows, never a trap")
    func flips() throws {
        let script = "CREATE TABLE t(x, y); INSERT INTO t SELECT value, hex(value) FROM generate_series(1, 200);"
        try with(script) { path throws in
            let sound = Array(try #require(FileManager.default.contents(atPath: path)))
            guard sound.count > 200 else { return }
            var random = Samples.Random(state: 5)
            for _ in 0..<1_000 {
                var bytes = sound
                for _ in 0..<3 { bytes[Int.random(in: 100..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
                #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
                _ = Samples.failure { _ = try records("sqlite:\(path)?t") }
            }
        }
    }

    @Test("The database is opened for reading only, and an import of a table has the rows of the CSV that SQLite writes")
    func same() throws {
        let script =
            "CREATE TABLE t(x REAL, c TEXT, y TEXT); INSERT INTO t VALUES (1.5,'a','no'), (2.25,'b,c','yes'), (NULL,'a','no'), (4,'a','yes');"
        try with(script) { path throws in
            let table = try CSVImport.read(path: "sqlite:\(path)?t", options: ImportOptions(target: "y"))
            let csv = try Samples.imported("x,c,y\n1.5,a,no\n2.25,\"b,c\",yes\n,a,no\n4.0,a,yes\n", ImportOptions(target: "y"))
            #expect(table.hash == csv.hash)
            #expect(!FileManager.default.fileExists(atPath: path + "-wal") && !FileManager.default.fileExists(atPath: path + "-journal"))
        }
    }
}
