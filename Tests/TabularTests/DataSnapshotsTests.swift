import Foundation
import Tabular
import Testing

@Suite("Data snapshots") struct DataSnapshotsTests {
    private func sample() throws -> ImportedData {
        let text = "time,x,word,y\n2013-01-02,1.5,b,no\n2013-01-03,,a,yes\n2013-01-04,-0,,no\n2013-01-04,2,b,no\n"
        return try Samples.imported(text, ImportOptions(target: "y", timeColumn: "time", excluded: []))
    }

    @Test("What is read is what was written, bit for bit")
    func roundTrip() throws {
        let data = try sample()
        try Samples.withDirectory { directory in
            try DataSnapshots.write(data, directory: directory + "/new/deep")
            let back = try DataSnapshots.read(hash: data.hash, directory: directory + "/new/deep")
            #expect(back.rows.schema == data.rows.schema)
            #expect(back.rows.features.map(\.bitPattern) == data.rows.features.map(\.bitPattern))
            #expect(back.rows.targets == data.rows.targets)
            #expect(back.rows.times == data.rows.times)
            for feature in data.rows.schema.features where feature.kind == .categorical {
                #expect(back.rows.categories[feature.name].table.names == data.rows.categories[feature.name].table.names)
            }
            #expect(back.source == data.source)
            #expect(back.notes == data.notes)
            #expect(back.hash == data.hash)
        }
    }

    @Test("Writing twice leaves one file, and no temporary file stays")
    func twice() throws {
        let data = try sample()
        try Samples.withDirectory { directory in
            try DataSnapshots.write(data, directory: directory)
            try DataSnapshots.write(data, directory: directory)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == [data.hash + ".fbd"])
        }
    }

    @Test("Every flipped byte and every truncation is refused, and a new write heals the file")
    func damage() throws {
        let data = try sample()
        try Samples.withDirectory { directory in
            try DataSnapshots.write(data, directory: directory)
            let url = URL(filePath: directory + "/" + data.hash + ".fbd")
            let good = try Data(contentsOf: url)
            for index in good.indices {
                var bad = good
                bad[index] ^= 0x10
                try bad.write(to: url)
                #expect(Samples.failure { _ = try DataSnapshots.read(hash: data.hash, directory: directory) } != nil, "byte \(index)")
            }
            for length in stride(from: 0, to: good.count, by: 7) {
                try good.prefix(length).write(to: url)
                #expect(Samples.failure { _ = try DataSnapshots.read(hash: data.hash, directory: directory) } != nil, "\(length) bytes")
            }
            try DataSnapshots.write(data, directory: directory)
            #expect(try Data(contentsOf: url) == good)
        }
    }

    @Test("Only a hash names a snapshot", arguments: ["", "../../etc/passwd", "ABC", String(repeating: "g", count: 64)])
    func names(hash: String) {
        let failure = Samples.failure { _ = try DataSnapshots.read(hash: hash, directory: "/tmp") }
        #expect(failure?.description.contains("no content hash") == true)
    }

    @Test("A snapshot that is not there, and a directory that cannot be made, are errors that name the path")
    func absent() throws {
        let data = try sample()
        let missing = Samples.failure { _ = try DataSnapshots.read(hash: data.hash, directory: "/nonexistent") }
        #expect(missing?.description.contains("/nonexistent/\(data.hash).fbd") == true)
        let refused = Samples.failure { try DataSnapshots.write(data, directory: "/dev/null/x") }
        #expect(refused?.description.contains("/dev/null/x") == true)
    }
}
