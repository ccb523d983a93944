import Tabular

// A reference as bytes: an engine with a thousand deployments reads a thousand of them before it answers, and JSON takes a hundred times as long.
//
// "FLYR", a byte with the form's number, then the members in the order in which they are declared; little-endian. An array begins with its
// length as 32 bits, an optional with a byte, 1 where it is there.
extension ReferenceProfile {
    private static let magic: [UInt8] = Array("FLYR".utf8)
    private static let form: UInt8 = 1

    /// Whether bytes begin like an encoded reference; those of former releases are JSON.
    package static func isEncoded(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

    /// The reference as bytes.
    package func encoded() -> [UInt8] {
        var writer = ByteWriter()
        for byte in Self.magic { writer.write(byte) }
        writer.write(Self.form)
        writer.write(rows)
        writer.write(list: features) { $0.write($1) }
        writer.write(list: positions) { $0.write($1) }
        writer.write(meanScore)
        writer.write(optional: timePosition) { $0.write($1) }
        writer.write(optional: runs) { writer, runs in
            writer.write(list: runs) {
                $0.write($1.longest)
                $0.write($1.commonest)
            }
        }
        writer.write(optional: repeatedRows) { $0.write($1) }
        writer.write(optional: stretches) { $0.write($1) }
        return writer.bytes
    }

    /// Reads what `encoded` wrote; nil for bytes that are no reference.
    ///
    /// Complexity: O(bytes); no more memory than some times theirs.
    package init?(encoded bytes: [UInt8]) {
        var reader = ByteReader(bytes[...])
        guard let magic = reader.bytes(Self.magic.count), Array(magic) == Self.magic, reader.integer(UInt8.self) == Self.form,
            let rows = reader.integer(Int.self), let features = reader.list(FeatureReference.read),
            let positions = reader.list({ $0.integer(Int.self) }), let mean = reader.real(),
            let time = reader.optional({ $0.integer(Int.self) }),
            let runs = reader.optional({ reader in reader.list(TrainingRun.read) }), let repeated = reader.optional({ $0.real() }),
            let stretches = reader.optional(StretchTable.read), reader.remaining == 0
        else { return nil }
        self.init(rows: rows, features: features, positions: positions, meanScore: mean, timePosition: time)
        self.runs = runs
        repeatedRows = repeated
        self.stretches = stretches
    }
}

extension TrainingRun {
    fileprivate static func read(_ reader: inout ByteReader) -> TrainingRun? {
        guard let longest = reader.integer(Int.self), let commonest = reader.integer(Int.self) else { return nil }
        return TrainingRun(longest: longest, commonest: commonest)
    }
}

extension FeatureReference {
    fileprivate static func read(_ reader: inout ByteReader) -> FeatureReference? {
        guard let name = reader.text(), let kind = reader.text().flatMap(FeatureKind.init(rawValue:)), let edges = reader.reals(),
            let least = reader.real(), let groups = reader.wholes(), let categories = reader.texts(), let rare = reader.texts(),
            let counts = reader.wholes()
        else { return nil }
        return FeatureReference(
            name: name, kind: kind, edges: edges, least: least, groups: groups, categories: categories, rare: rare, counts: counts)
    }
}

extension StretchTable {
    fileprivate static func read(_ reader: inout ByteReader) -> StretchTable? {
        guard let rows = reader.integer(Int.self), let lengths = reader.wholes(),
            let order = reader.text().flatMap(Order.init(rawValue:)),
            let span = reader.optional({ reader -> ClosedRange<Int64>? in
                guard let first = reader.integer(Int64.self), let last = reader.integer(Int64.self), first <= last else { return nil }
                return first...last
            }), let window = reader.integer(Int.self), let length = reader.integer(Int.self), let count = reader.integer(Int.self),
            let columns = reader.list(ColumnStretches.read)
        else { return nil }
        return StretchTable(
            rows: rows, lengths: lengths, order: order, span: span, windowRows: window, recentLength: length, recentStretches: count,
            columns: columns)
    }
}

extension ColumnStretches {
    fileprivate static func read(_ reader: inout ByteReader) -> ColumnStretches? {
        guard let shapeRest = StretchMoments.read(&reader), let shapeHalf = StretchMoments.read(&reader),
            let newHalf = StretchMoments.read(&reader), let missingRest = StretchMoments.read(&reader),
            let missingHalf = StretchMoments.read(&reader), let effect = reader.reals(), let dependent = reader.integer(UInt8.self),
            let calendar = reader.optional({ $0.text() }), let gaps = reader.optional(GapLimits.read), let shape = Excess.read(&reader),
            let missing = Excess.read(&reader)
        else { return nil }
        return ColumnStretches(
            shapeRest: shapeRest, shapeHalf: shapeHalf, newHalf: newHalf, missingRest: missingRest, missingHalf: missingHalf,
            designEffect: effect, isDependent: dependent != 0, calendar: calendar, gaps: gaps, recentShape: shape, recentMissing: missing)
    }
}

extension StretchMoments {
    fileprivate static func read(_ reader: inout ByteReader) -> StretchMoments? {
        guard let mean = reader.reals(), let variance = reader.reals() else { return nil }
        var moments = StretchMoments()
        moments.mean = mean
        moments.variance = variance
        return moments
    }
}

extension Excess {
    fileprivate static func read(_ reader: inout ByteReader) -> Excess? {
        guard let mean = reader.real(), let variance = reader.real() else { return nil }
        return Excess(mean: mean, variance: variance)
    }
}

extension GapLimits {
    fileprivate static func read(_ reader: inout ByteReader) -> GapLimits? {
        func watch() -> Watch? {
            guard let level = reader.real(), let up = reader.real(), let down = reader.real(), let limit = reader.real() else { return nil }
            return Watch(level: level, up: up, down: down, limit: limit)
        }
        guard let rate = reader.real(), let part = watch(), let whole = watch() else { return nil }
        return GapLimits(rate: rate, part: part, whole: whole)
    }
}

extension ByteWriter {
    fileprivate mutating func write(_ value: Double) { write(value.bitPattern) }

    fileprivate mutating func write(reals: [Double]) { write(list: reals) { $0.write($1) } }

    fileprivate mutating func write<Value>(list: [Value], _ body: (inout ByteWriter, Value) -> Void) {
        write(UInt32(clamping: list.count))
        for value in list { body(&self, value) }
    }

    fileprivate mutating func write<Value>(optional value: Value?, _ body: (inout ByteWriter, Value) -> Void) {
        write(UInt8(value == nil ? 0 : 1))
        if let value { body(&self, value) }
    }

    fileprivate mutating func write(_ feature: FeatureReference) {
        write(feature.name)
        write(feature.kind.rawValue)
        write(reals: feature.edges)
        write(feature.least)
        write(list: feature.groups) { $0.write($1) }
        write(feature.categories)
        write(feature.rare)
        write(list: feature.counts) { $0.write($1) }
    }

    fileprivate mutating func write(_ table: StretchTable) {
        write(table.rows)
        write(list: table.lengths) { $0.write($1) }
        write(table.order.rawValue)
        write(optional: table.span) {
            $0.write($1.lowerBound)
            $0.write($1.upperBound)
        }
        write(table.windowRows)
        write(table.recentLength)
        write(table.recentStretches)
        write(list: table.columns) { $0.write($1) }
    }

    private mutating func write(_ column: ColumnStretches) {
        for moments in [column.shapeRest, column.shapeHalf, column.newHalf, column.missingRest, column.missingHalf] {
            write(reals: moments.mean)
            write(reals: moments.variance)
        }
        write(reals: column.designEffect)
        write(UInt8(column.isDependent ? 1 : 0))
        write(optional: column.calendar) { $0.write($1) }
        write(optional: column.gaps) { writer, gaps in
            writer.write(gaps.rate)
            for watch in [gaps.part, gaps.whole] {
                for value in [watch.level, watch.up, watch.down, watch.limit] { writer.write(value) }
            }
        }
        for excess in [column.recentShape, column.recentMissing] {
            write(excess.mean)
            write(excess.variance)
        }
    }
}

extension ByteReader {
    fileprivate mutating func real() -> Double? { integer(UInt64.self).map(Double.init(bitPattern:)) }

    fileprivate mutating func reals() -> [Double]? { integer(UInt32.self).flatMap { words(Int($0), of: Double.self) } }

    fileprivate mutating func wholes() -> [Int]? { integer(UInt32.self).flatMap { words(Int($0), of: Int.self) } }

    fileprivate mutating func list<Value>(_ body: (inout ByteReader) -> Value?) -> [Value]? {
        // Each value takes eight bytes at least, so a lying count cannot reserve memory.
        guard let count = integer(UInt32.self), Int(count) <= remaining / 8 else { return nil }
        var result: [Value] = []
        result.reserveCapacity(Int(count))
        for _ in 0..<count {
            guard let value = body(&self) else { return nil }
            result.append(value)
        }
        return result
    }

    /// Nil for bytes that are none; the value may be nil itself.
    fileprivate mutating func optional<Value>(_ body: (inout ByteReader) -> Value?) -> Value?? {
        switch integer(UInt8.self) {
        case 0: return .some(nil)
        case 1: return body(&self).map { .some($0) }
        default: return nil
        }
    }
}
