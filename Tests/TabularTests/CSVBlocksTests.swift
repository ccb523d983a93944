import Foundation
import Tabular
import Testing

@Suite("Blocks of records") struct CSVBlocksTests {
    /// What a reader finds: each record as a line of CSV, the line where it starts, and why it stopped.
    private struct Finding: Equatable {
        var records: [String] = []
        var rows: [Int] = []
        var failure: TabularFailure?
    }

    /// One pass over the file, with a record reader that knows of no blocks.
    private func inOnePass(_ path: String) -> Finding {
        var finding = Finding()
        finding.failure = Samples.failure {
            var reader = try CSVRecordReader(path: path)
            while let record = try reader.next() {
                finding.records.append(record.map { String(decoding: CSVText.bytes($0), as: UTF8.self) }.joined(separator: ","))
                finding.rows.append(reader.rowNumber)
            }
        }
        return finding
    }

    /// Block by block, two blocks in turn, each as full as it may be.
    private func inBlocks(_ path: String, bytes: Int) -> Finding {
        var finding = Finding()
        finding.failure = Samples.failure {
            let blocks = try CSVBlocks(path: path, blockBytes: bytes)
            let pair = [CSVBlock(of: blocks), CSVBlock(of: blocks)]
            var turn = 0
            while try blocks.fill(pair[turn % 2]) {
                while try pair[turn % 2].next() {
                    var line: [UInt8] = []
                    pair[turn % 2].append(to: &line)
                    finding.records.append(String(decoding: line, as: UTF8.self))
                    finding.rows.append(pair[turn % 2].location(column: 0).row)
                }
                turn += 1
            }
        }
        return finding
    }

    /// A table of random cells, some in quotes; `isBroken` puts a few bytes somewhere that break the rules, or happen not to.
    private func table(seed: Int, isBroken: Bool) -> [UInt8] {
        var random = Samples.Random(state: UInt64(seed))
        let pieces = ["a", "\"", ",", "\n", "\r\n", "é", "東", " ", "0", "\r", "", "\n\n"]
        let width = Int.random(in: 2...4, using: &random)
        var text = seed % 3 == 0 ? "\u{FEFF}" : ""
        text += (0..<width).map { "c\($0)" }.joined(separator: ",") + "\n"
        for _ in 0..<Int.random(in: 1...20, using: &random) {
            let cells = (0..<width).map { _ in
                (0..<Int.random(in: 0...5, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            }
            text += cells.map { cell in
                let isPlain = cell.utf8.allSatisfy { $0 != 0x2C && $0 != 0x22 && $0 != 0x0A && $0 != 0x0D }
                return isPlain && Bool.random(using: &random) ? cell : "\"" + cell.replacing("\"", with: "\"\"") + "\""
            }.joined(separator: ",")
            text += ["\n", "\r\n", "\n\n", "\r\n\r\n"].randomElement(using: &random) ?? "\n"
        }
        var bytes = Array(text.utf8)
        if Bool.random(using: &random) { while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() } }
        if isBroken {
            let wrong: [[UInt8]] = [[0], [0x22], [0x0D], [0xE9], [0x2C], [0x0A], [0x22, 0x61], [0x62, 0x22]]
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                bytes.insert(contentsOf: wrong.randomElement(using: &random) ?? [], at: Int.random(in: 0...bytes.count, using: &random))
            }
        }
        return bytes
    }

    @Test("Blocks of any size hold the records of one pass, on the same lines", arguments: 0..<8)
    func wellFormed(seed: Int) throws {
        let bytes = table(seed: seed, isBroken: false)
        try Samples.withFile(bytes) { path in
            let expected = inOnePass(path)
            #expect(expected.failure == nil && !expected.records.isEmpty)
            for size in 1...(bytes.count + 1) { #expect(inBlocks(path, bytes: size) == expected, "\(size) bytes a block") }
        }
    }

    @Test("In a broken file blocks of any size find the failure of one pass at the same place, after the same records", arguments: 0..<40)
    func broken(seed: Int) throws {
        let bytes = table(seed: 1_000 + seed, isBroken: true)
        try Samples.withFile(bytes) { path in
            let expected = inOnePass(path)
            for size in Array(1...16) + Array(stride(from: 19, through: bytes.count + 16, by: 17)) {
                #expect(inBlocks(path, bytes: size) == expected, "\(size) bytes a block")
            }
        }
    }

    @Test("A gzip file comes in blocks as a plain one does")
    func packed() throws {
        try Samples.withDirectory { directory in
            let text = try String(contentsOfFile: Samples.flights, encoding: .utf8)
            let plain = directory + "/t.csv"
            try Data(text.utf8).write(to: URL(filePath: plain))
            let expected = inOnePass(plain)
            #expect(expected.records.count == 3_090)
            #expect(inBlocks(plain, bytes: 10_000) == expected)
            let gzip = Process()
            gzip.executableURL = URL(filePath: "/usr/bin/env")
            gzip.arguments = ["gzip", plain]
            try gzip.run()
            gzip.waitUntilExit()
            try FileManager.default.moveItem(atPath: plain + ".gz", toPath: plain)
            #expect(inBlocks(plain, bytes: 10_000) == expected)
        }
    }

    @Test("A record may be longer than a block, and is refused with its place when it is longer than any may be")
    func longRecords() throws {
        func text(_ letters: Int) -> String {
            let before = String(repeating: "1,a\n", count: 200_000)
            return "x,y\n" + before + "2,\"" + String(repeating: "b\n", count: letters / 2) + "\"\n" + before
        }
        try Samples.withFile(text(3_000_000).utf8) { path in
            let expected = inOnePass(path)
            #expect(expected.rows.count == 400_001 && expected.failure == nil)
            #expect(inBlocks(path, bytes: 512 << 10) == expected)
        }
        try Samples.withFile(text(6_000_000).utf8) { path in
            for size in [100, 512 << 10, 3_000_000] {
                let finding = inBlocks(path, bytes: size)
                #expect(finding.rows.count == 200_000)
                #expect(
                    finding.failure?.description.hasPrefix(
                        "a record that does not end, perhaps an unclosed quote (limit 4 MiB): t.csv:200002:") == true)
            }
        }
    }

    @Test("A file that grows while it is read is noticed at its end")
    func growing() throws {
        try Samples.withFile("x,y\n1,2\n".utf8) { path in
            let blocks = try CSVBlocks(path: path)
            let block = CSVBlock(of: blocks)
            let isFilled = try blocks.fill(block)
            let hasRecord = try block.next()
            #expect(isFilled && hasRecord)
            let handle = try #require(FileHandle(forWritingAtPath: path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data("3,4\n".utf8))
            try handle.close()
            // One more record is there; behind it comes the failure.
            let failure = Samples.failure { while try blocks.fill(block) {} }
            #expect(failure?.description.contains("it changed while it was read") == true)
        }
    }
}
