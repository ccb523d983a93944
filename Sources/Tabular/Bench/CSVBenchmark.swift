import Foundation

/// Measures the CSV import on one core, next to a floor over the same bytes in the same run.
public enum CSVBenchmark {
    private static let runs = 3
    private static let syntheticRows = 300_000

    /// Figures for a file (its last column taken as the target), or for a table made up on the spot; empty when the file cannot be read.
    ///
    /// The text is unpacked first, so that gzip is a figure of its own. Times are processor time of this thread, the best of three runs.
    public static func run(path: String?) -> [BenchmarkFigure] {
        let directory = NSTemporaryDirectory() + "flyball-bench-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(directory, 0o700) == 0 else { return [] }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let plain = directory + "/table.csv"
        do throws(TabularFailure) {
            guard try prepare(path, plain) else { return [] }
            return try measure(plain: plain, original: path)
        } catch {
            return []
        }
    }

    private static func measure(plain: String, original: String?) throws(TabularFailure) -> [BenchmarkFigure] {
        let header = try CSVScanner(path: plain).header
        guard let target = header.last, let text = FileManager.default.contents(atPath: plain) else { return [] }
        let megabytes = Double(text.count) / 1e6
        let options = ImportOptions(target: target, timeColumn: header.first { $0 == "time" && $0 != target }, zone: "America/New_York")
        var lines = 0
        let floor = try best { () throws(TabularFailure) in lines = max(lines, newlines(text)) }
        let split = try best { () throws(TabularFailure) in
            let scanner = try CSVScanner(path: plain)
            while try scanner.next() {}
        }
        let whole = try best { () throws(TabularFailure) in _ = try CSVImport.read(path: plain, options: options) }
        let floorName = "counting \(lines) newlines with memchr at \(Int(megabytes / floor)) MB/s"
        var figures = [
            BenchmarkFigure(name: "CSV records split", value: megabytes / split, unit: "MB/s", against: floorName, ratio: floor / split),
            BenchmarkFigure(
                name: "CSV import (typed, schema, hash)", value: megabytes / whole, unit: "MB/s", against: floorName, ratio: floor / whole),
        ]
        if let original, try Packing(ReadableFile(path: original).start(8)) == .gzip {
            let inflated = try best { () throws(TabularFailure) in _ = try unpack(original, to: nil) }
            let packed = try best { () throws(TabularFailure) in _ = try CSVImport.read(path: original, options: options) }
            figures.append(
                BenchmarkFigure(
                    name: "CSV import from gzip, of the unpacked text", value: megabytes / packed, unit: "MB/s",
                    against: "unpacking it once with zlib at \(Int(megabytes / inflated)) MB/s", ratio: inflated / packed))
        }
        return figures
    }

    private static func best(_ body: () throws(TabularFailure) -> Void) throws(TabularFailure) -> Double {
        var shortest = Double.infinity
        for _ in 0..<runs {
            let start = processorSeconds()
            try body()
            shortest = min(shortest, processorSeconds() - start)
        }
        return max(shortest, 1e-9)
    }

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The least that any reader of lines must do.
    private static func newlines(_ text: Data) -> Int {
        text.withUnsafeBytes { buffer in
            guard var cursor = buffer.baseAddress else { return 0 }
            let end = cursor + buffer.count
            var count = 0
            while cursor < end, let found = memchr(cursor, 0x0A, end - cursor) {
                count += 1
                cursor = UnsafeRawPointer(found) + 1
            }
            return count
        }
    }

    /// Writes a file's text unpacked, or without a file the made-up table; false when the output cannot be written.
    package static func prepare(_ path: String?, _ plain: String) throws(TabularFailure) -> Bool {
        guard FileManager.default.createFile(atPath: plain, contents: nil), let output = FileHandle(forWritingAtPath: plain) else {
            return false
        }
        defer { try? output.close() }
        guard let path else { return (try? output.write(contentsOf: synthetic())) != nil }
        return try unpack(path, to: output)
    }

    /// Unpacks a file in pieces; without an output the text is dropped.
    ///
    /// False when the output cannot be written.
    private static func unpack(_ path: String, to output: FileHandle?) throws(TabularFailure) -> Bool {
        let source = try Packing.open(ReadableFile(path: path))
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { piece.deallocate() }
        while true {
            let count = try source.read(into: piece)
            if count == 0 { return true }
            guard let output else { continue }
            guard (try? output.write(contentsOf: Data(piece[..<count]))) != nil else { return false }
        }
    }

    /// A table of times, whole and real numbers with gaps, words and a yes/no target, the same every time.
    private static func synthetic() -> Data {
        var random = SplitMix64(state: 1)
        var text = "time,hour,distance,temperature,wind,carrier,origin,late\n"
        let words = ["AA", "B6", "DL", "EV", "UA", "US", "WN", "MQ"]
        text.reserveCapacity(syntheticRows * 64)
        for row in 0..<syntheticRows {
            let bits = random.next()
            let wind = bits & 7 == 0 ? "" : "\(bits >> 3 & 31).\(bits >> 8 & 7)"
            text += TimeText.rfc3339(1_356_998_400_000 + Int64(row) * 60_000)
            text += ",\(bits >> 11 & 15),\(bits >> 15 & 4_095),\(bits >> 27 & 127).\(bits >> 34 & 63),\(wind),"
            text += "\(words[Int(bits >> 40 & 7)]),\(words[Int(bits >> 43 & 3)]),\(bits >> 45 & 3 == 0 ? "yes" : "no")\n"
        }
        return Data(text.utf8)
    }
}
