import Store
import Tabular
import Testing

@Suite("The newest logged rows")
struct NewestPredictionsTests {
    private func newest(_ store: TelemetryStore, upTo mark: PredictionMark? = nil, limit: Int) throws -> [UInt64] {
        try store.newest(deployment: "d", upTo: mark, limit: limit).map(\.mark.id.base.sequence)
    }

    @Test("they come newest first, across blocks, as many as were asked for, with everything that was logged of them")
    func order() throws {
        try Scratch.telemetry { store in
            // Stored out of order: what counts is when they were answered.
            try store.append(
                [
                    Scratch.block(first: 10, count: 10, time: 10_000, clients: [9: "order-7"]), Scratch.block(first: 0, count: 10, time: 0),
                    Scratch.block("other", first: 90, count: 5, time: 90_000),
                ])
            #expect(try newest(store, limit: 5) == [19, 18, 17, 16, 15])
            #expect(try newest(store, limit: 12) == (8...19).reversed().map { UInt64($0) })
            #expect(try newest(store, limit: 1_000).count == 20)
            #expect(try newest(store, limit: 0).isEmpty)
            let first = try #require(try store.newest(deployment: "d", upTo: nil, limit: 1).first)
            #expect(first.clientID == "order-7" && first.features == [9] && first.scores == [0.5] && first.version == 1)
            #expect(try store.newest(deployment: "nobody", upTo: nil, limit: 5).isEmpty)
        }
    }

    @Test("blocks that several event loops wrote at the same time are merged, whatever their lengths")
    func overlapping() throws {
        try Scratch.telemetry { store in
            var expected: [PredictionMark] = []
            for loop in 0..<5 {
                for part in 0..<6 {
                    let count = 3 + 7 * loop
                    var block = Scratch.block(first: UInt64(part * 100), count: count, loop: loop)
                    for row in 0..<count { block.times[row] = Int64(part * 1_000 + row * 1_000 / count + loop) }
                    expected += zip(block.times, block.ids).map { PredictionMark(time: $0, id: $1) }
                    try store.append([block])
                }
            }
            expected.sort { $0 > $1 }
            for limit in [1, 2, 17, 100, 500] {
                let found = try store.newest(deployment: "d", upTo: nil, limit: limit).map(\.mark)
                #expect(found == Array(expected.prefix(limit)))
            }
            // Page by page the same: each begins with the row that the one before ended with.
            var pages: [PredictionMark] = []
            var mark: PredictionMark?
            while true {
                let page = try store.newest(deployment: "d", upTo: mark, limit: 40).map(\.mark)
                pages += mark == nil ? page[...] : page.dropFirst()
                guard page.count == 40, let last = page.last else { break }
                mark = last
            }
            #expect(pages == expected)
        }
    }

    @Test("rows of one request, answered in the same millisecond, keep one order, and a mark cuts between them")
    func sameMoment() throws {
        try Scratch.telemetry { store in
            var block = Scratch.block(count: 6)
            for row in 0..<6 {
                block.ids[row] = Scratch.id(7, row: UInt32(row))
                block.times[row] = 1_000
            }
            try store.append([block])
            let rows = try store.newest(deployment: "d", upTo: nil, limit: 3).map(\.mark.id.row)
            #expect(rows == [5, 4, 3])
            let mark = PredictionMark(time: 1_000, id: Scratch.id(7, row: 3))
            #expect(try store.newest(deployment: "d", upTo: mark, limit: 9).map(\.mark.id.row) == [3, 2, 1, 0])
        }
    }

    @Test("only the newest blocks are read: a broken old one does not matter until somebody asks for its rows")
    func bounded() throws {
        try Scratch.directory { directory in
            do {
                let store = try TelemetryStore(
                    directory: directory, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
                try store.append(
                    [Scratch.block(first: 0, count: 10, time: 0), Scratch.block(first: 10, count: 10, time: 10_000)])
            }
            try Scratch.tamper(directory + "/telemetry.db", "UPDATE block SET bytes = x'00' WHERE first_time = 0")
            let store = try TelemetryStore(directory: directory, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            #expect(try newest(store, limit: 9) == (11...19).reversed().map { UInt64($0) })
            #expect(throws: StoreFailure.self) { try newest(store, limit: 11) }
        }
    }
}
