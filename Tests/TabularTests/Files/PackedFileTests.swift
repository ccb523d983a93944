import Foundation
import Tabular
import Testing

@Suite("Packed files") struct PackedFileTests {
    /// `printf 'a,b\n1,2\n'` through bzip2 1.0.8, xz 5.4.1 and zstd 1.5.4: oracles that are not ours.
    static let packed: [String: String] = [
        "bzip2": "QlpoOTFBWSZTWb+HQH8AAANZAAAQAAQwADAAIAAwwAhpsogjJ4u5IpwoSF/DoD+A",
        "xz": "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAHYSxiCjEsMgoAvpy9SbUSKv4AASAIuxnZux+2830BAAAAAARZWg==",
        "zstd": "KLUv/SQIQQAAYSxiCjEsMgo158rO",
    ]

    private static func bytes(_ kind: String) throws -> [UInt8] {
        let text = try #require(packed[kind])
        return Array(try #require(Data(base64Encoded: text)))
    }

    @Test("A packed file is told by its first bytes and reads like the plain one", arguments: packed.keys.sorted())
    func plain(kind: String) throws {
        #expect(try Samples.records(try Self.bytes(kind)) == [["1", "2"]])
    }

    @Test("Members one after another read as one text", arguments: packed.keys.sorted())
    func members(kind: String) throws {
        let once = try Self.bytes(kind)
        #expect(try Samples.records(once + once) == [["1", "2"], ["a", "b"], ["1", "2"]])
    }

    @Test("Every truncation and every flipped bit is an error or the same text, never a trap", arguments: packed.keys.sorted())
    func damage(kind: String) throws {
        let whole = try Self.bytes(kind)
        for length in 8..<whole.count {
            #expect(Samples.failure { _ = try Samples.records(whole.prefix(length)) } != nil, "cut to \(length) bytes")
        }
        for bit in 0..<(whole.count * 8) {
            var damaged = whole
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            if let records = try? Samples.records(damaged) { #expect(records == [["1", "2"]], "bit \(bit)") }
        }
    }

    @Test(
        "A bomb is refused long before it is unpacked", arguments: ["bzip2", "xz", "zstd"],
        [FileManager.default.isExecutableFile(atPath: "/usr/bin/xz") && FileManager.default.isExecutableFile(atPath: "/usr/bin/zstd")])
    func bomb(kind: String, hasTools: Bool) throws {
        guard hasTools else { return }
        try Samples.withDirectory { directory in
            let process = Process()
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = ["-c", "(echo x,y; yes 1,0 | head -c 120000000) | \(kind) -1 -c > '\(directory)/bomb.csv'"]
            try process.run()
            process.waitUntilExit()
            let failure = Samples.failure {
                var reader = try CSVRecordReader(path: directory + "/bomb.csv")
                while try reader.next() != nil {}
            }
            #expect(failure?.description.contains("\(kind) bomb") == true, "\(String(describing: failure))")
        }
    }

    @Test("What is packed in a packed file is named, with what to do")
    func twice() throws {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        try Samples.withDirectory { directory in
            process.arguments = ["-c", "printf 'a,b\\n1,2\\n' | gzip | gzip > '\(directory)/t.csv'"]
            try process.run()
            process.waitUntilExit()
            let failure = Samples.failure { _ = try CSVRecordReader(path: directory + "/t.csv") }
            #expect(failure?.description == "the file is a gzip file inside a packed file, and no CSV: t.csv:1: unpack it once")
        }
    }
}
