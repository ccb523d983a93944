import CZlib
package import Tabular

/// The stored form of a traffic block: columns, little-endian, compressed by zlib.
///
/// In front of the compressed bytes: form (UInt8), uncompressed length (UInt32). Form 2: rows, width, outputs (UInt32); times (Int64); versions
/// (UInt32); arms (UInt8); latencies (UInt32); scores and features by column (UInt64 bit patterns, so that every value comes back bit for bit);
/// then sections, each with tag (UInt8) and length (UInt32), of which unknown ones are passed over: 1 client ids (count, then row UInt32, length
/// UInt32, UTF-8 each), 2 further scores (groups; each version UInt32, rows, outputs, row positions UInt32, scores by row), 3 traces (count, then
/// row UInt32, high and low UInt64 each), 4 rows that a live learner answered (runs; each first row UInt32, labels learnt UInt32, all ones: a version
/// at rest). The ids are stored beside the block (`IDCodec`). Form 1, which is only read: ids (base UInt64, row UInt32) behind the three counts, and
/// client ids at the end.
package enum BlockCodec {
    /// Largest block that is read, uncompressed bytes.
    static let limit = 1 << 30

    private enum Section: UInt8 {
        case clientIDs = 1
        case furtherScores = 2
        case traces = 3
        case liveRuns = 4
    }

    /// Why a block cannot be stored; nil when it can.
    package static func flaw(_ block: TrafficBlock) -> String? {
        let rows = block.count
        if block.width < 0 || block.width > 1 << 20 || block.outputs < 0 || block.outputs > 1 << 16 || rows > 1 << 24 {
            return "it is too large"
        }
        if (29 + 8 * (block.width + block.outputs)).multipliedReportingOverflow(by: rows).partialValue > limit / 2 {
            return "it is too large"
        }
        let lengths = [block.times.count, block.versions.count, block.arms.count, block.latencies.count]
        guard lengths.allSatisfy({ $0 == rows }), block.scores.count == rows * block.outputs, block.features.count == rows * block.width
        else {
            return "its columns do not have \(rows) rows each"
        }
        for further in block.further {
            guard further.rows.allSatisfy({ $0 < rows }), further.scores.count == further.rows.count * block.outputs else {
                return "the scores of v\(further.version) do not fit its rows"
            }
        }
        guard zip(block.liveRuns, block.liveRuns.dropFirst()).allSatisfy({ $0.first <= $1.first }),
            block.liveRuns.allSatisfy({ $0.first < rows && $0.learnt != .max })
        else { return "its live answers do not fit its rows" }
        if block.further.reduce(0, { $0 + $1.rows.count * (4 + 8 * block.outputs) }) > limit / 4 {
            return "its further scores are too many"
        }
        let clients = block.clientIDs
        if clients.contains(where: { $0.key < 0 || $0.key >= rows }) { return "a client id belongs to no row" }
        if block.traces.contains(where: { $0.key < 0 || $0.key >= rows }) { return "a trace belongs to no row" }
        return clients.values.reduce(0, { $0 + $1.utf8.count }) > limit / 8 ? "its client ids are too long" : nil
    }

    /// The bytes of a block without its ids.
    package static func encode(_ block: TrafficBlock) -> [UInt8] {
        var raw = ByteWriter()
        raw.write(UInt32(block.count))
        raw.write(UInt32(block.width))
        raw.write(UInt32(block.outputs))
        for time in block.times { raw.write(UInt64(bitPattern: time)) }
        for version in block.versions { raw.write(version) }
        for arm in block.arms { raw.write(arm.rawValue) }
        for latency in block.latencies { raw.write(latency) }
        columns(block.scores, block.outputs, block.count, into: &raw)
        columns(block.features, block.width, block.count, into: &raw)
        if !block.clientIDs.isEmpty { write(.clientIDs, clients(block.clientIDs), into: &raw) }
        if !block.further.isEmpty { write(.furtherScores, further(block), into: &raw) }
        if !block.traces.isEmpty { write(.traces, traces(block.traces), into: &raw) }
        if !block.liveRuns.isEmpty { write(.liveRuns, runs(block.liveRuns), into: &raw) }
        return ZlibBlock.pack(raw.bytes, form: 2)
    }

    private static func write(_ section: Section, _ bytes: [UInt8], into writer: inout ByteWriter) {
        writer.write(section.rawValue)
        writer.write(UInt32(bytes.count))
        for byte in bytes { writer.write(byte) }
    }

    private static func clients(_ clients: [Int: String]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(clients.count))
        for (row, text) in clients.sorted(by: { $0.key < $1.key }) {
            writer.write(UInt32(row))
            writer.write(text)
        }
        return writer.bytes
    }

    private static func traces(_ traces: [Int: TraceID]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(traces.count))
        for (row, trace) in traces.sorted(by: { $0.key < $1.key }) {
            writer.write(UInt32(row))
            writer.write(trace.high)
            writer.write(trace.low)
        }
        return writer.bytes
    }

    private static func readTraces(_ reader: inout ByteReader, into block: inout TrafficBlock) -> Bool {
        guard let count = reader.integer(UInt32.self), count <= block.count else { return false }
        for _ in 0..<count {
            guard let row = reader.integer(UInt32.self), row < block.count, let high = reader.integer(UInt64.self),
                let low = reader.integer(UInt64.self), let trace = TraceID(high: high, low: low)
            else { return false }
            block.traces[Int(row)] = trace
        }
        return true
    }

    private static func further(_ block: TrafficBlock) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(block.further.count))
        for further in block.further {
            writer.write(further.version)
            writer.write(UInt32(further.rows.count))
            for row in further.rows { writer.write(row) }
            for score in further.scores { writer.write(score.bitPattern) }
        }
        return writer.bytes
    }

    private static func runs(_ runs: [LiveRun]) -> [UInt8] {
        var writer = ByteWriter()
        writer.write(UInt32(runs.count))
        for run in runs {
            writer.write(run.first)
            writer.write(run.learnt ?? .max)
        }
        return writer.bytes
    }

    private static func columns(_ values: [Double], _ width: Int, _ count: Int, into writer: inout ByteWriter) {
        for column in 0..<width {
            for row in 0..<count { writer.write(values[row * width + column].bitPattern) }
        }
    }

    /// The block; nil when the bytes are none.
    ///
    /// `ids` are empty for a block of form 1. Never traps, whatever the bytes.
    package static func decode(_ bytes: [UInt8], ids: [UInt8], deployment: String) -> TrafficBlock? {
        guard let (form, raw) = ZlibBlock.unpack(bytes, limit: limit), form == 1 || form == 2 else { return nil }
        let hasOwnIDs = form == 1
        var reader = ByteReader(raw[...])
        guard let rows = reader.integer(UInt32.self).map(Int.init), let width = reader.integer(UInt32.self).map(Int.init),
            let outputs = reader.integer(UInt32.self).map(Int.init), width <= 1 << 20, outputs <= 1 << 16, rows <= 1 << 24,
            // Every row takes at least this much: checked before anything is allocated.
            rows * ((hasOwnIDs ? 29 : 17) + 8 * (width + outputs)) <= raw.count
        else { return nil }
        var block = TrafficBlock(deployment: deployment, width: width, outputs: outputs)
        guard let found = hasOwnIDs ? ownIDs(&reader, rows) : IDCodec.decode(ids, count: rows) else { return nil }
        block.ids = found
        guard let times = reader.words(rows, of: Int64.self), let versions = reader.integers(rows, of: UInt32.self) else { return nil }
        for _ in 0..<rows {
            guard let code = reader.integer(UInt8.self), let arm = Arm(rawValue: code) else { return nil }
            block.arms.append(arm)
        }
        guard let latencies = reader.integers(rows, of: UInt32.self), let scores = rowMajor(&reader, outputs, rows),
            let features = rowMajor(&reader, width, rows)
        else { return nil }
        block.times = times
        block.versions = versions
        block.latencies = latencies
        block.scores = scores
        block.features = features
        if hasOwnIDs { return readClients(&reader, into: &block) && reader.remaining == 0 ? block : nil }
        return readSections(&reader, into: &block) ? block : nil
    }

    private static func ownIDs(_ reader: inout ByteReader, _ rows: Int) -> [RowID]? {
        guard let bases = reader.words(rows, of: UInt64.self), let numbers = reader.integers(rows, of: UInt32.self) else { return nil }
        return zip(bases, numbers).map { RowID(base: PredictionID(bits: $0), row: $1) }
    }

    private static func readSections(_ reader: inout ByteReader, into block: inout TrafficBlock) -> Bool {
        while reader.remaining > 0 {
            guard let tag = reader.integer(UInt8.self), let length = reader.integer(UInt32.self),
                let bytes = reader.bytes(Int(length))
            else { return false }
            var section = ByteReader(bytes)
            switch Section(rawValue: tag) {
            case .clientIDs: if !readClients(&section, into: &block) || section.remaining > 0 { return false }
            case .furtherScores: if !readFurther(&section, into: &block) || section.remaining > 0 { return false }
            case .traces: if !readTraces(&section, into: &block) || section.remaining > 0 { return false }
            case .liveRuns: if !readRuns(&section, into: &block) || section.remaining > 0 { return false }
            case nil: continue
            }
        }
        return true
    }

    private static func readClients(_ reader: inout ByteReader, into block: inout TrafficBlock) -> Bool {
        guard let clients = reader.integer(UInt32.self), clients <= block.count else { return false }
        for _ in 0..<clients {
            guard let row = reader.integer(UInt32.self), row < block.count, let text = reader.text() else { return false }
            block.clientIDs[Int(row)] = text
        }
        return true
    }

    private static func readFurther(_ reader: inout ByteReader, into block: inout TrafficBlock) -> Bool {
        guard let groups = reader.integer(UInt32.self), Int(groups) <= reader.remaining / 8 else { return false }
        for _ in 0..<groups {
            guard let version = reader.integer(UInt32.self), let count = reader.integer(UInt32.self),
                let rows = reader.integers(Int(count), of: UInt32.self), rows.allSatisfy({ $0 < block.count }),
                let scores = reader.words(rows.count * block.outputs, of: Double.self)
            else { return false }
            block.further.append(FurtherScores(version: version, rows: rows, scores: scores))
        }
        return true
    }

    private static func readRuns(_ reader: inout ByteReader, into block: inout TrafficBlock) -> Bool {
        guard let count = reader.integer(UInt32.self), Int(count) <= reader.remaining / 8 else { return false }
        for _ in 0..<count {
            guard let first = reader.integer(UInt32.self), first < block.count, first >= block.liveRuns.last?.first ?? 0,
                let learnt = reader.integer(UInt32.self)
            else { return false }
            block.liveRuns.append(LiveRun(first: first, learnt: learnt == .max ? nil : learnt))
        }
        return true
    }

    private static func rowMajor(_ reader: inout ByteReader, _ width: Int, _ count: Int) -> [Double]? {
        var values = [Double](repeating: 0, count: width * count)
        for index in 0..<width {
            guard let column = reader.words(count, of: Double.self) else { return nil }
            for row in 0..<count { values[row * width + index] = column[row] }
        }
        return values
    }
}
