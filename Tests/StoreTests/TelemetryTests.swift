import Foundation
import GRDB
import Store
import Tabular
import Testing

@Suite("Telemetry store")
struct TelemetryTests {
    private func rows(_ store: TelemetryStore, from: Int64 = .min, until: Int64 = .max) throws -> [RowID] {
        var ids: [RowID] = []
        try store.blocks(deployment: "d", from: from, until: until) { block in
            ids += block.ids
            return true
        }
        return ids
    }

    @Test("a block comes back bit for bit, odd values included")
    func roundTrip() throws {
        var block = Scratch.block(count: 5, clients: [0: "order-1", 4: "naïve\0😀"])
        block.features = [.nan, -0.0, .infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude]
        block.outputs = 2
        block.scores = (0..<10).map { 1 / Double($0 + 1) }
        block.arms[2] = .pinned
        block.latencies[3] = .max
        block.versions[1] = .max
        block.times[4] = .max
        block.traces = [0: try #require(TraceID(high: .max, low: 0)), 3: try #require(TraceID(high: 0, low: 1))]
        let decoded = try #require(BlockCodec.decode(BlockCodec.encode(block), ids: IDCodec.encode(block.ids), deployment: "d"))
        #expect(decoded.ids == block.ids && decoded.times == block.times && decoded.versions == block.versions)
        #expect(decoded.arms == block.arms && decoded.latencies == block.latencies && decoded.clientIDs == block.clientIDs)
        #expect(decoded.traces == block.traces)
        #expect(decoded.features.map(\.bitPattern) == block.features.map(\.bitPattern))
        #expect(decoded.scores.map(\.bitPattern) == block.scores.map(\.bitPattern))
        let empty = TrafficBlock(deployment: "d", width: 0, outputs: 1)
        #expect(BlockCodec.decode(BlockCodec.encode(empty), ids: IDCodec.encode([]), deployment: "d")?.count == 0)
        let odd = [Scratch.id(0), Scratch.id(.max >> 24, row: .max, epoch: .max, loop: 63), Scratch.id(1, row: 7)]
        #expect(IDCodec.decode(IDCodec.encode(odd), count: 3) == odd && IDCodec.decode(IDCodec.encode(odd), count: 2) == nil)
    }

    @Test("random bytes and blocks with flipped, cut or added bytes decode to a block or to nothing, never to a crash")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        var block = Scratch.block(count: 200, clients: [7: "x"])
        block.further = [FurtherScores(version: 2, rows: [3, 199], scores: [0.5, 1])]
        block.traces[5] = TraceID(high: 1, low: 2)
        let (sound, soundIDs) = (BlockCodec.encode(block), IDCodec.encode(block.ids))
        for round in 0..<20_000 {
            // The block and its ids in turn.
            var bytes = round % 2 == 0 ? sound : soundIDs
            switch round / 2 % 4 {
            case 0: bytes = (0..<Int.random(in: 0...64, using: &random)).map { _ in .random(in: 0...255, using: &random) }
            case 1: bytes[Int.random(in: 0..<bytes.count, using: &random)] ^= 1 << UInt8.random(in: 0...7, using: &random)
            case 2: bytes.removeLast(Int.random(in: 1...bytes.count, using: &random))
            default: bytes += [.random(in: 0...255, using: &random)]
            }
            let decoded =
                round % 2 == 0
                ? BlockCodec.decode(bytes, ids: soundIDs, deployment: "d") : BlockCodec.decode(sound, ids: bytes, deployment: "d")
            if let block = decoded {
                #expect(BlockCodec.flaw(block) == nil)
            }
        }
        // A length that no compression reaches is not believed.
        #expect(BlockCodec.decode([2, 0xFF, 0xFF, 0xFF, 0x3F] + sound.dropFirst(5), ids: soundIDs, deployment: "d") == nil)
    }

    @Test("a block whose columns do not fit each other is refused before anything is written")
    func flawed() throws {
        try Scratch.telemetry { store throws in
            var block = Scratch.block(count: 3)
            block.features.removeLast()
            #expect(throws: StoreFailure.invalid("traffic block of d: its columns do not have 3 rows each")) {
                try store.append([block])
            }
            #expect(try rows(store).isEmpty)
        }
    }

    @Test("rows are read by time in order, cut at both ends, and a stop is heeded")
    func reading() throws {
        try Scratch.telemetry { store in
            try store.append(
                [Scratch.block(first: 10, count: 10, time: 10_000), Scratch.block(first: 0, count: 10, time: 0)])
            #expect(try rows(store) == (0..<20).map { Scratch.id($0) })
            #expect(try rows(store, from: 3_000, until: 12_000) == (3..<12).map { Scratch.id($0) })
            var seen = 0
            try store.blocks(deployment: "d", from: .min, until: .max) { _ in
                seen += 1
                return false
            }
            #expect(seen == 1)
            try store.blocks(deployment: "other", from: .min, until: .max) { _ in
                Issue.record("a block of another deployment")
                return true
            }
        }
    }

    @Test("a prediction is found by its id, in the right block of the right loop, and by the client's own id")
    func finding() throws {
        try Scratch.telemetry { store in
            try store.append(
                [
                    Scratch.block(first: 0, count: 100, clients: [5: "mine"]), Scratch.block(first: 100, count: 100),
                    Scratch.block(first: 0, count: 50, loop: 1), Scratch.block("e", first: 200, count: 5),
                ])
            for (id, isThere) in [
                (Scratch.id(0), true), (Scratch.id(99), true), (Scratch.id(100), true), (Scratch.id(199), true), (Scratch.id(200), false),
                (Scratch.id(49, loop: 1), true), (Scratch.id(50, loop: 1), false), (Scratch.id(3, row: 1), false),
                (Scratch.id(0, epoch: 2), false),
            ] {
                #expect(try store.contains(id, deployment: "d") == isThere, "\(id.text)")
                // Once more from memory.
                #expect(try store.contains(id, deployment: "d") == isThere, "\(id.text)")
            }
            #expect(try store.row(Scratch.id(42), deployment: "d")?.features == [42])
            let wanted = [Scratch.id(3), Scratch.id(150), Scratch.id(200), Scratch.id(49, loop: 1)]
            let found = try store.rows(of: wanted, deployment: "d")
            #expect(found.mapValues(\.features) == [Scratch.id(3): [3], Scratch.id(150): [50], Scratch.id(49, loop: 1): [49]])
            #expect(try store.resolve(clientID: "mine", deployment: "d") == Scratch.id(5))
            #expect(try store.resolve(clientID: "mine", deployment: "e") == nil)
            try store.append([Scratch.block(first: 300, count: 1, clients: [0: "mine"])])
            #expect(try store.resolve(clientID: "mine", deployment: "d") == Scratch.id(300))
        }
    }

    @Test("a batch that was cut by a full block has its rows in two blocks, and each row is found")
    func cutBatch() throws {
        try Scratch.telemetry { store in
            func block(_ rows: Range<UInt32>) -> TrafficBlock {
                var block = Scratch.block(count: rows.count)
                for (index, row) in rows.enumerated() { block.ids[index] = Scratch.id(7, row: row) }
                return block
            }
            try store.append([block(0..<4), block(4..<9)])
            for row: UInt32 in 0..<9 { #expect(try store.contains(Scratch.id(7, row: row), deployment: "d")) }
            #expect(try !store.contains(Scratch.id(7, row: 9), deployment: "d"))
        }
    }

    private func entry(_ feature: String?, _ code: Int32, _ text: String, isPinned: Bool = false, seen: Int64 = 5) -> CategoryEntry {
        CategoryEntry(feature: feature, code: code, text: text, isPinned: isPinned, seen: seen)
    }

    @Test("category codes keep their texts column by column, odd texts included; another text under a known code is refused with its rows")
    func categories() throws {
        try Scratch.telemetry { store in
            let texts = ["UA", "", "a\0b", "😀"]
            let entries = texts.enumerated().map { entry("to", Int32($0.offset), $0.element) } + [entry("from", 0, "JFK", isPinned: true)]
            try store.append([], categories: ["d": entries])
            // Seen later, then used by a training: neither is taken back.
            try store.append([], categories: ["d": [entry("to", 1, "", seen: 9)]])
            try store.append([], categories: ["d": [entry("to", 2, "a\0b", isPinned: true, seen: 1)]])
            var expected = Array(entries.prefix(4))
            expected[1].seen = 9
            expected[2].isPinned = true
            #expect(try store.categories(deployment: "d") == [entries[4]] + expected)
            #expect(try store.categories(deployment: "e").isEmpty)
            #expect(throws: StoreFailure.conflict("category 0 of d, to")) {
                try store.append([Scratch.block(count: 1)], categories: ["d": [entry("to", 0, "AA")]])
            }
            #expect(try rows(store).isEmpty)
            try store.deleteCategories([0, 2], of: "to", deployment: "d")
            // What a training used stays.
            #expect(try store.categories(deployment: "d").map(\.text) == ["JFK", "", "a\0b", "😀"])
        }
    }

    @Test("a store from when a deployment had one dictionary keeps its codes for every column, and its blocks, until no row can have them")
    func sharedCategories() throws {
        try Scratch.directory { path in
            let retention = Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40)
            _ = try TelemetryStore(directory: path, retention: retention)
            // As yesterday's program left it: a block of form 1 with its ids inside, and texts without a column.
            let old = Scratch.block(count: 3, time: 1_000, clients: [1: "mine"])
            try Scratch.tamper(
                path + "/telemetry.db",
                """
                DROP TABLE column_category; DROP INDEX series_age; ALTER TABLE block DROP COLUMN ids; ALTER TABLE category DROP COLUMN seen;
                ALTER TABLE category DROP COLUMN row_sum; ALTER TABLE series DROP COLUMN row_sum; ALTER TABLE early_row DROP COLUMN row_sum;
                DELETE FROM grdb_migrations WHERE identifier LIKE '3 %' OR identifier LIKE '5 %';
                INSERT INTO category (deployment, code, text) VALUES ('d', 0, 'AA'), ('d', 1, 'JFK');
                INSERT INTO block VALUES (1, 'd', 1000, 3000, 3, \(old.ids[0].base.key), \(old.ids[2].base.key), X'\(Self.formOne(old))');
                """)
            let store = try TelemetryStore(directory: path, retention: retention)
            #expect(try store.categories(deployment: "d") == [entry(nil, 0, "AA", seen: 3_000), entry(nil, 1, "JFK", seen: 3_000)])
            let row = try #require(try store.row(old.ids[1], deployment: "d"))
            #expect(row.features == [1] && row.clientIDs == [0: "mine"])
            #expect(try store.contains(old.ids[2], deployment: "d") && !store.contains(Scratch.id(77), deployment: "d"))
            try store.deleteSharedCategories(before: 3_000, deployment: "d")
            #expect(try store.categories(deployment: "d").count == 2)
            try store.deleteSharedCategories(before: 3_001, deployment: "d")
            #expect(try store.categories(deployment: "d").isEmpty)
        }
    }

    /// A block as it was stored while ids stood inside of it, in hexadecimal.
    private static func formOne(_ block: TrafficBlock) -> String {
        var raw = ByteWriter()
        for value in [block.count, block.width, block.outputs] { raw.write(UInt32(value)) }
        for id in block.ids { raw.write(id.base.bits) }
        for id in block.ids { raw.write(id.row) }
        for time in block.times { raw.write(time) }
        for version in block.versions { raw.write(version) }
        for arm in block.arms { raw.write(arm.rawValue) }
        for latency in block.latencies { raw.write(latency) }
        for column in 0..<block.outputs { for row in 0..<block.count { raw.write(block.scores[row * block.outputs + column].bitPattern) } }
        for column in 0..<block.width { for row in 0..<block.count { raw.write(block.features[row * block.width + column].bitPattern) } }
        raw.write(UInt32(block.clientIDs.count))
        for (row, text) in block.clientIDs.sorted(by: { $0.key < $1.key }) {
            raw.write(UInt32(row))
            raw.write(text)
        }
        return ZlibBlock.pack(raw.bytes, form: 1).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("whether a block has a row is told from its ids alone, also when the block itself is damaged")
    func membership() throws {
        try Scratch.directory { path in
            let store = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            try store.append([Scratch.block(count: 4_096)])
            try Scratch.tamper(path + "/telemetry.db", "UPDATE block SET bytes = X'02FF'")
            #expect(try store.contains(Scratch.id(4_000), deployment: "d") && !store.contains(Scratch.id(4_096), deployment: "d"))
            #expect(throws: StoreFailure.corrupt("traffic block 1 of d")) { try store.row(Scratch.id(4_000), deployment: "d") }
            let size = IDCodec.encode(Scratch.block(count: 4_096).ids).count
            #expect(size < 400, "\(size) bytes for 4,096 ids in a row")
        }
    }

    @Test("scores of a row by other versions come back with the row, and go with the rows that are left out")
    func furtherScores() throws {
        try Scratch.telemetry { store in
            var block = Scratch.block(count: 5, time: 0)
            block.further = [
                FurtherScores(version: 8, rows: [4, 1], scores: [0.25, 0.5]), FurtherScores(version: 9, rows: [0], scores: [1]),
            ]
            try store.append([block])
            #expect(try store.row(Scratch.id(1), deployment: "d")?.further == [FurtherScores(version: 8, rows: [0], scores: [0.5])])
            #expect(try store.row(Scratch.id(2), deployment: "d")?.further == [])
            try store.blocks(deployment: "d", from: .min, until: .max) { read in
                #expect(read.further == block.further)
                return true
            }
            block.further[0].rows = [5, 1]
            #expect(throws: StoreFailure.invalid("traffic block of d: the scores of v8 do not fit its rows")) { try store.append([block]) }
        }
    }

    @Test("rows beyond the age go, then the oldest until the store is small enough; what stays is found, what went is not")
    func retention() throws {
        try Scratch.telemetry(Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 100_000)) { store in
            try store.append(
                (0..<4).map { Scratch.block(first: UInt64($0) * 10, count: 10, time: Int64($0) * 50_000, clients: [0: "c\($0)"]) })
            #expect(try store.enforceRetention(now: 160_000) == 2)
            #expect(try rows(store).first == Scratch.id(20))
            #expect(try store.resolve(clientID: "c0", deployment: "d") == nil)
            #expect(try store.resolve(clientID: "c3", deployment: "d") == Scratch.id(30))
        }
        try Scratch.telemetry(Retention(maxBytes: 300_000, maxAgeMilliseconds: 1 << 40)) { store in
            var state: UInt64 = 1
            for index in 0..<30 {
                var block = Scratch.block(first: UInt64(index) * 4_096, count: 4_096, time: Int64(index) * 5_000_000)
                for row in block.features.indices {
                    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                    block.features[row] = Double(state)
                }
                try store.append([block])
            }
            #expect(try store.enforceRetention(now: 0) > 10)
            #expect(try rows(store).last == Scratch.id(30 * 4_096 - 1))
            #expect(store.sizeBytes < 16 << 20)
        }
    }

    @Test("old minutes become hours: weighted mean, least, greatest, sum of weights; points that are not finite are left out")
    func series() throws {
        try Scratch.telemetry(Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40)) { store in
            let hour: Int64 = 3_600_000
            func point(_ time: Int64, _ mean: Double, _ n: Double) -> SeriesRow {
                SeriesRow(deployment: "d", metric: "score", resolution: "1m", time: time, mean: mean, low: mean - 1, high: mean + 1, n: n)
            }
            try store.append(series: [point(0, 1, 1), point(60_000, 4, 2), point(hour, 7, 1), point(120_000, .nan, 1)])
            try store.append(series: [point(0, 2, 1)])
            _ = try store.enforceRetention(now: hour + 48 * hour)
            let hours = try store.series(deployment: "d", metric: "score", resolution: "1h", from: 0, until: .max)
            #expect(hours.map(\.time) == [0])
            #expect(abs(hours[0].mean - 10.0 / 3) < 1e-12)
            #expect(hours[0].low == 1 && hours[0].high == 5 && hours[0].n == 3)
            #expect(try store.series(deployment: "d", metric: "score", resolution: "1m", from: 0, until: .max).map(\.time) == [hour])
        }
    }

    @Test("a damaged block is an error that names it, and the others are still read")
    func damaged() throws {
        try Scratch.directory { path in
            let store = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            try store.append([Scratch.block(first: 0, count: 10), Scratch.block(first: 10, count: 10, time: 10_000)])
            try Scratch.tamper(path + "/telemetry.db", "UPDATE block SET bytes = X'01FFFFFFFF00' WHERE id = 1")
            #expect(throws: StoreFailure.corrupt("traffic block 1 of d")) { try rows(store, until: 5_000) }
            #expect(try rows(store, from: 10_000).count == 10)
        }
    }
}
