import Foundation
import Tabular

/// Files for one test each, and the committed sample.
enum Samples {
    /// The committed flights sample.
    static let flights = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/flights-sample.csv").path

    /// Runs a body with a fresh directory that is removed afterwards.
    static func withDirectory<T>(_ body: (String) throws -> T) throws -> T {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-tabular-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try body(directory)
    }

    /// Runs a body with a file that holds some bytes.
    static func withFile<T>(_ bytes: some Sequence<UInt8>, name: String = "t.csv", _ body: (String) throws -> T) throws -> T {
        try withDirectory { directory in
            let path = directory + "/" + name
            try Data(bytes).write(to: URL(filePath: path))
            return try body(path)
        }
    }

    /// Imports a text as a file `t.csv`.
    static func imported(_ text: String, _ options: ImportOptions) throws -> ImportedData {
        try withFile(text.utf8) { try CSVImport.read(path: $0, options: options) }
    }

    /// The records of some bytes, header left out.
    static func records(_ bytes: some Sequence<UInt8>) throws -> [[String]] {
        try withFile(bytes) { path in
            var reader = try CSVRecordReader(path: path)
            var records: [[String]] = []
            while let record = try reader.next() { records.append(record) }
            return records
        }
    }

    /// What a body fails with.
    static func failure(_ body: () throws -> Void) -> TabularFailure? {
        do {
            try body()
            return nil
        } catch {
            return error as? TabularFailure
        }
    }

    /// A seeded generator (SplitMix64), so that a failing case repeats.
    struct Random: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }
}
