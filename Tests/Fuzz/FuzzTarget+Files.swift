import Foundation
import Tabular

extension FuzzTarget {
    /// Files of tables in every form that is read: each door reads them through the same text, so that reading the text is enough.
    static let files = [jsonLines, dialect, packed, parquet, arrow, database]

    private static let jsonLines = reading("json-lines", start: nil) {
        ["{\"a\":1,\"b\":\"x\\u00e9\"}\n{\"a\":-2.5e3,\"b\":null}\n", "[{\"a\":true},\n{\"c\":\"1\"}]", "{}\n{\"\\ud83d\\ude00\":0}"].map(
            bytes)
    }

    /// The first byte says how the text is written.
    private static let dialect = FuzzTarget(name: "dialect") {
        ["0a;b\n1,5;\"x;\"\"y\"\n1.234,56;z\n", "1a\tb\r\n3,14\t\"2\n\"\n", "2a|b\n3.5|1,25\n"].map(bytes)
    } prepare: {
        let path = scratch("dialect")
        let separators: [Character] = [";", "\t", "|", ","]
        return { input in
            guard let first = input.first, (try? Data(input.dropFirst()).write(to: URL(filePath: path))) != nil else { return }
            defer { unlink(path) }
            let reference = DataReference(
                paths: [path], separator: separators[Int(first) % separators.count], decimal: first & 4 == 0 ? "," : nil)
            read(reference.text)
        }
    }

    /// Packed texts, by the four packings' first bytes.
    private static let packed = reading("packed", start: nil) {
        [
            "H4sIAAAAAAACA0vUSeIy1DHiAgB7B5cKCAAAAA==", "QlpoOTFBWSZTWb+HQH8AAANZAAAQAAQwADAAIAAwwAhpsogjJ4u5IpwoSF/DoD+A",
            "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAHYSxiCjEsMgoAvpy9SbUSKv4AASAIuxnZux+2830BAAAAAARZWg==", "KLUv/SQIQQAAYSxiCjEsMgo158rO",
        ].compactMap { Data(base64Encoded: $0).map { Array($0) } }
    }

    private static let parquet = reading("parquet", start: Array("PAR1".utf8)) { golden("parquet") }

    private static let arrow = reading("arrow", start: nil) { golden("arrow") }

    /// A database's pages, whose table is `t`.
    private static let database = FuzzTarget(name: "database") {
        golden("db")
    } prepare: {
        let path = scratch("database")
        return { input in
            guard (try? Data(input).write(to: URL(filePath: path))) != nil else { return }
            defer { unlink(path) }
            read("sqlite:\(path)?t")
        }
    }

    /// A target that reads its input as a file.
    ///
    /// - Parameter start: bytes that the file begins with whatever the input, so that it comes to the reader that is meant.
    private static func reading(
        _ name: String, start: [UInt8]?, seeds: @escaping @Sendable () -> [[UInt8]]
    ) -> FuzzTarget {
        FuzzTarget(name: name, seeds: seeds) {
            let path = scratch(name)
            return { input in
                var bytes = Array(input)
                if let start { for index in start.indices where index < bytes.count { bytes[index] = start[index] } }
                guard (try? Data(bytes).write(to: URL(filePath: path))) != nil else { return }
                defer { unlink(path) }
                read(path)
            }
        }
    }

    private static func scratch(_ name: String) -> String { "/dev/shm/flyball-fuzz-\(getpid())-\(name)" }

    /// Reads some thousand rows, and the file from its start again.
    private static func read(_ text: String) {
        for _ in 0..<2 {
            guard var reader = try? CSVRecordReader(path: text) else { return }
            var rows = 0
            while rows < 5_000, let row = try? reader.next() {
                precondition(row.count == reader.header.count, "a row is as wide as the header")
                rows += 1
            }
        }
    }

    /// The files of a kind under the golden ones.
    private static func golden(_ kind: String) -> [[UInt8]] {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "TabularTests/Golden")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return files.filter { $0.pathExtension == kind }.sorted { $0.path < $1.path }.compactMap { try? Data(contentsOf: $0) }.map {
            Array($0)
        }
    }
}
