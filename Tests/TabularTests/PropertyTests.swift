import Foundation
import Tabular
import Testing

@Suite("Random tables") struct PropertyTests {
    /// Writes a field as RFC 4180 asks, with quotes also where they are not needed.
    private func quoted(_ text: String, always: Bool) -> String {
        // Blanks at the ends are no part of a field without quotes.
        let isBlank = [" ", "\t"].contains { text.hasPrefix($0) || text.hasSuffix($0) }
        let needs = isBlank || text.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
        return always || needs ? "\"" + text.replacing("\"", with: "\"\"") + "\"" : text
    }

    @Test("Random texts come back from random quoting and line ends", arguments: 0..<40)
    func records(seed: Int) throws {
        var random = Samples.Random(state: UInt64(seed))
        let pieces = ["a", "\"", ",", "\n", "\r\n", "é", "東", " ", "0", "\t", "x\u{301}", "🛫", "'", "\r", ";"]
        let width = Int.random(in: 2...6, using: &random)
        var records: [[String]] = []
        for _ in 0..<Int.random(in: 1...300, using: &random) {
            records.append(
                (0..<width).map { _ in
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
                })
        }
        var text = (0..<width).map { "c\($0)" }.joined(separator: ",") + "\n"
        for record in records {
            text += record.map { quoted($0, always: Bool.random(using: &random)) }.joined(separator: ",")
            text += Bool.random(using: &random) ? "\r\n" : "\n"
        }
        #expect(try Samples.records(text.utf8) == records)
    }

    @Test("Records longer than the first buffer come back whole")
    func longRecords() throws {
        let long = String(repeating: "0123456789,\"\n", count: 60_000)
        let text = "a,b\n" + quoted(long, always: true) + ",1\n" + "x," + quoted(long, always: true)
        #expect(try Samples.records(text.utf8) == [[long, "1"], ["x", long]])
    }

    @Test("Random doubles come back exactly from their shortest text and from fixed decimals", arguments: 0..<10)
    func numbers(seed: Int) throws {
        var random = Samples.Random(state: UInt64(seed))
        var texts: [String] = []
        for _ in 0..<2_000 {
            let any = Double(bitPattern: random.next())
            if any.isFinite { texts.append("\(any)") }
            let decimals = Int.random(in: 0...6, using: &random)
            let digits = String(random.next() % 1_000_000_000)
            texts.append(
                (Bool.random(using: &random) ? "-" : "") + digits.dropLast(decimals) + (decimals > 0 ? "." : "") + digits.suffix(decimals))
        }
        texts += [
            "0", "-0", "+5", "007", ".5", "5.", "1e3", "1E-3", "123456789012345678", "0.1234567890123456789", " 12 ", "9007199254740993",
        ]
        let text = "x,y\n" + texts.enumerated().map { "\($1),\($0 % 2)\n" }.joined()
        let rows = try Samples.imported(text, ImportOptions(target: "y")).rows
        let parsed = stride(from: 0, to: rows.features.count, by: rows.schema.width).map { rows.features[$0] }
        // The C library is the oracle; it is correctly rounded.
        let expected = texts.map { strtod($0.trimmingCharacters(in: .whitespaces), nil) }
        #expect(parsed.map(\.bitPattern) == expected.map(\.bitPattern))
    }

    @Test("Random bytes are an error or a table, never a trap", arguments: 0..<200)
    func fuzz(seed: Int) throws {
        var random = Samples.Random(state: UInt64(seed))
        let alphabet: [[UInt8]] = [
            Array(",,\n\n\r\"\"0123456789.-+eEtruefalsNyo:TZ ".utf8), Array(0...255), Array("1,\n".utf8), Array("x,y\"\n\r\u{0}".utf8),
        ]
        let letters = alphabet[seed % alphabet.count]
        var bytes = seed % 3 == 0 ? [] : Array("time,x,y\n".utf8)
        if seed % 7 == 0 { bytes += [0x1F, 0x8B, 8, 0] }
        for _ in 0..<Int.random(in: 0...4_000, using: &random) { bytes.append(letters.randomElement(using: &random) ?? 0) }
        try Samples.withFile(bytes) { path in
            let options = [
                ImportOptions(target: "y"), ImportOptions(target: "x", timeColumn: "time", zone: "Europe/Madrid"),
                ImportOptions(target: "y", task: .regression, categorical: ["x"]),
            ]
            for option in options {
                do throws(TabularFailure) {
                    let rows = try CSVImport.read(path: path, options: option).rows
                    #expect(rows.features.count == rows.count * rows.schema.width)
                    #expect(rows.targets.allSatisfy { !$0.isNaN })
                } catch {
                    #expect(!error.description.isEmpty)
                }
            }
            _ = Samples.failure {
                var reader = try CSVRecordReader(path: path)
                while try reader.next() != nil {}
            }
        }
    }

    @Test("Random texts are no trap for the readers of times, durations, names and escapes")
    func texts() throws {
        var random = Samples.Random(state: 1)
        var parser = try TimeParser(zone: "America/New_York")
        let letters = Array("0123456789-:TZ+. mshdw\u{1B}\u{202E}é")
        for _ in 0..<20_000 {
            let text = String((0..<Int.random(in: 0...26, using: &random)).map { _ in letters.randomElement(using: &random) ?? "0" })
            _ = parser.milliseconds(text)
            if let duration = DurationText.milliseconds(text) { #expect(duration >= 0) }
            #expect(!SafeText.escape(text).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
            _ = Names.nearest(to: text, in: ["origin", text])
        }
    }
}
