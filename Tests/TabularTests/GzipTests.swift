import Foundation
import Tabular
import Testing

@Suite("gzip") struct GzipTests {
    /// Made with `printf 'a,b\n1,2\n' | gzip -n9`, gzip 1.12: an oracle that is not ours.
    private let packed: [UInt8] = Array(
        Data(base64Encoded: "H4sIAAAAAAACA0vUSeIy1DHiAgB7B5cKCAAAAA==") ?? Data())

    @Test("A gzip file is told by its first bytes and reads like the plain one")
    func plain() throws {
        #expect(try Samples.records(packed) == [["1", "2"]])
    }

    @Test("Members one after another read as one text, and padding with zeros does not count")
    func members() throws {
        let twice = packed + packed
        #expect(try Samples.records(twice) == [["1", "2"], ["a", "b"], ["1", "2"]])
        #expect(try Samples.records(packed + [0, 0, 0]) == [["1", "2"]])
    }

    @Test("Every truncation, every flipped bit and stray bytes are an error or the same text, never a trap")
    func damage() throws {
        for length in 2..<packed.count {
            #expect(Samples.failure { _ = try Samples.records(packed.prefix(length)) } != nil, "cut to \(length) bytes")
        }
        // Bytes 4 to 9 of the header are the time and flags that no reader checks.
        for index in 10..<packed.count {
            var damaged = packed
            damaged[index] ^= 1
            #expect(Samples.failure { _ = try Samples.records(damaged) } != nil, "byte \(index)")
        }
        #expect(Samples.failure { _ = try Samples.records(packed + [1, 2, 3]) }?.description.contains("stray bytes") == true)
    }

    @Test("A gzip bomb is refused long before it is unpacked", .enabled(if: FileManager.default.isExecutableFile(atPath: "/bin/gzip")))
    func bomb() throws {
        try Samples.withDirectory { directory in
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            // 120 MB of one long table of equal rows: DEFLATE packs it a thousandfold.
            process.arguments = ["-c", "(echo x,y; yes 1,0 | head -c 120000000) | gzip > '\(directory)/bomb.csv.gz'"]
            try process.run()
            process.waitUntilExit()
            let failure = Samples.failure {
                var reader = try CSVRecordReader(path: directory + "/bomb.csv.gz")
                while try reader.next() != nil {}
            }
            #expect(failure?.description.contains("gzip bomb") == true, "\(String(describing: failure))")
        }
    }
}
