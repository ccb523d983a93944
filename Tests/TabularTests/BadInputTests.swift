import Foundation
import Tabular
import Testing

@Suite("Bad input") struct BadInputTests {
    @Test(
        "A malformed file is refused with the place and the remedy",
        arguments: [
            ("", "no rows to learn from, the file is empty: t.csv: "), ("x,y\n", "no rows to learn from, none is in the file"),
            ("x,y\n1,0\n1\n", "1 fields where the header has 2: t.csv:3: fill the row up"),
            ("x,y\n1,0,3,4\n", "4 fields where the header has 2: t.csv:2: put quotes"),
            ("x,y\n3,14,0\n", "3 fields where the header has 2: t.csv:2: put quotes"),
            ("x,y\n1\u{0},0\n", "a NUL byte: t.csv:2:1 (x): "), ("x,y\n\"1\u{0}\",0\n", "a NUL byte: t.csv:2:1 (x): "),
            ("x,y\r1,0\r", "a carriage return without a line feed: t.csv:1:2"),
            ("x,y\n1,0\r2,1\n", "a carriage return without a line feed: t.csv:2:2 (y): "),
            ("x,y\n1,\"0\n2,1\n", "a quote that is never closed: t.csv:2:2 (y): "),
            ("x,y\n\"1\"2,0\n", "text after a closing quote: t.csv:2:1 (x): "),
            ("x,y\n5\"6,0\n", "a quote inside an unquoted field: t.csv:2:1 (x): "),
            ("x,y,x\n1,0,2\n", "the column 'x' occurs twice: t.csv:1:3"), ("x,,y\n1,2,0\n", "a column without a name: t.csv:1:2"),
            ("x;y\n1;0\n", "fields are separated by ';': t.csv:1:1"), ("x,z\n1,0\n", "no column 'y': t.csv:1: check the name"),
            ("x,y\n1e400,0\n2,1\n", "'1e400' is not a finite number: t.csv:2:1 (x): "),
            ("x,y\ninf,0\n2,1\n", "'inf' is not a finite number: t.csv:2:1 (x): "),
            ("x,y\n\"3,14\",0\n\"2,5\",1\n", "'3,14' is not a number: t.csv:2:1 (x): write decimals with a point"),
            ("t,y\n2013-01-01,0\n2013-01-02,1\n01/03/2013,1\n", "'01/03/2013' is not a time in the others' layout: t.csv:4:1 (t): "),
            ("x,y\n1,a\n2,a\n", "target 'y' has one class only, 'a': t.csv: "),
            ("x,y\n1,a\n2,b\n", "target 'y' has the classes 'a', 'b': t.csv: say which one is positive"),
            ("x,y\n1,\n2,NA\n", "no rows to learn from, 2 rows without a target left out: t.csv: "),
        ])
    func malformed(text: String, expected: String) throws {
        let failure = try #require(Samples.failure { _ = try Samples.imported(text, ImportOptions(target: "y")) })
        #expect(failure.description.hasPrefix(expected), "\(failure)")
    }

    @Test(
        "Options that contradict each other or the file are refused",
        arguments: [
            (ImportOptions(target: "y", task: .regression), "'no' is not a finite number, which a regression needs: t.csv:2:3 (y): "),
            (ImportOptions(target: "y", positive: "yess"), "target 'y' has no class 'yess': t.csv: "),
            (ImportOptions(target: "x", task: .binary), "target 'x' has 3 classes"),
            (ImportOptions(target: "Y1"), "no column 'Y1': t.csv:1: "),
            (ImportOptions(target: "y", timeColumn: "tt"), "no column 'tt': t.csv:1: check the name"),
            (ImportOptions(target: "y", timeColumn: "x"), "'1' is not a time: t.csv:2:1 (x): "),
            (
                ImportOptions(target: "y", timeColumn: "t", zone: "Europe/Madird"),
                "no time zone 'Europe/Madird': zone: did you mean 'Europe/Madrid'?"
            ),
            (ImportOptions(target: "y", excluded: ["z"]), "no column 'z'"),
            (ImportOptions(target: "y", excluded: ["y"]), "the target 'y' is excluded"),
            (ImportOptions(target: "y", from: 0), "a time window without a time column"),
            (ImportOptions(target: "y", timeColumn: "t", from: 1 << 50), "no rows to learn from, none is in the file or the time window"),
            (ImportOptions(target: "y", timeColumn: "y"), "'y' is both time and target"),
            (ImportOptions(target: "y", excluded: ["x", "t"]), "t.csv has no column left to learn from"),
            (ImportOptions(target: "y", kinds: ["t": .numeric]), "'2013-01-01' is not a finite number: t.csv:2:2 (t): "),
        ])
    func options(options: ImportOptions, expected: String) throws {
        let text = "x,t,y\n1,2013-01-01,no\n2,2013-01-02,yes\n3,2013-01-03,no\n"
        let failure = try #require(Samples.failure { _ = try Samples.imported(text, options) })
        #expect(failure.description.hasPrefix(expected), "\(failure)")
    }

    @Test("Bytes that are not UTF-8 and UTF-16 files are refused with the remedy")
    func encodings() throws {
        let latin = Array("x,y\ncaf".utf8) + [0xE9] + Array(",0\n".utf8)
        let failure = try #require(Samples.failure { _ = try Samples.records(latin) })
        #expect(failure.description.hasPrefix("bytes that are not UTF-8: t.csv:2:1 (x): "))
        let wide: [UInt8] = [0xFF, 0xFE, 0x78, 0, 0x2C, 0, 0x79, 0]
        #expect(Samples.failure { _ = try Samples.records(wide) }?.description.contains("UTF-16") == true)
    }

    @Test("Directories, pipes, devices, dangling links and missing files are refused at once", .timeLimit(.minutes(1)))
    func notFiles() throws {
        try Samples.withDirectory { directory in
            #expect(mkfifo(directory + "/pipe", 0o600) == 0)
            #expect(symlink(directory + "/nowhere", directory + "/dangling") == 0)
            let cases = [
                (directory, "it is a directory"), (directory + "/pipe", "it is a pipe"), ("/dev/zero", "it is a device"),
                (directory + "/dangling", "No such file"), ("", "the path is empty"),
            ]
            for (path, expected) in cases {
                let failure = Samples.failure { _ = try CSVImport.read(path: path, options: ImportOptions(target: "y")) }
                #expect(failure?.description.contains(expected) == true, "\(path): \(String(describing: failure))")
            }
        }
    }

    @Test("A symbolic link to a regular file is read")
    func link() throws {
        try Samples.withFile("x,y\n1,0\n2,1\n".utf8) { path in
            #expect(symlink(path, path + ".link") == 0)
            let count = try CSVImport.read(path: path + ".link", options: ImportOptions(target: "y")).rows.count
            #expect(count == 2)
        }
    }

    @Test("A line without end is refused after 4 MiB, long before memory is full")
    func endlessLine() throws {
        let text = "x,y\n" + String(repeating: "a", count: 9 << 20)
        let failure = try #require(Samples.failure { _ = try Samples.records(text.utf8) })
        #expect(failure.description.contains("a record that does not end"))
    }

    @Test("A file that grows while it is read is refused")
    func growing() throws {
        let text = "x,y\n" + (0..<100_000).map { "\($0),\($0 % 2)\n" }.joined()
        try Samples.withFile(text.utf8) { path in
            var reader = try CSVRecordReader(path: path)
            _ = try reader.next()
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("1,0\n".utf8))
            try handle.close()
            let failure = Samples.failure { while try reader.next() != nil {} }
            #expect(failure?.description.contains("it changed while it was read") == true)
        }
    }

    @Test("A target of texts that fill the memory allowed for them is refused, not trapped on")
    func hugeTargets() throws {
        // 24 texts of 3 MiB each: fewer than the most classes, yet more than the 64 MiB of texts that a column keeps.
        let long = String(repeating: "a", count: 3 << 20)
        let text = "x,y\n" + (0..<24).map { "\($0),\($0)\(long)\n" }.joined()
        let failure = try #require(Samples.failure { _ = try Samples.imported(text, ImportOptions(target: "y")) })
        #expect(failure.description.hasPrefix("target 'y' has texts longer than"), "\(failure)")
    }
}
