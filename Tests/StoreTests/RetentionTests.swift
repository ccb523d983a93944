import Foundation
import GRDB
import Store
import Tabular
import Testing

/// What goes when there is too much of it, and what stays.
@Suite("What is over goes")
struct RetentionTests {
    private static func commit(
        _ count: Int, from first: UInt64 = 1, of deployment: String = "d", pending: Bool = false, to store: LabelStore
    ) throws {
        let labels = (0..<UInt64(count)).map { index in
            LabelRecord(
                deployment: deployment, id: Scratch.id(first + index), value: 1, received: Int64(first + index), correct: false,
                isPending: pending)
        }
        _ = try store.commit(labels)
    }

    private static func left(_ store: LabelStore, _ deployment: String = "d") throws -> [Int64] {
        try store.labels(deployment: deployment, afterSequence: 0, limit: 100_000).map(\.received)
    }

    @Test("labels of an age go, but not those whose row may still be logged, nor those that await their prediction")
    func age() throws {
        try Scratch.labels { store in
            try Self.commit(100, to: store)
            try Self.commit(100, of: "kept", to: store)
            try Self.commit(10, from: 500, pending: true, to: store)
            #expect(try store.retire(needed: ["d": 80], before: nil, excess: 0) == 0)
            #expect(try store.retire(needed: ["d": 80], before: 50, excess: 0) == 49)
            #expect(try Self.left(store).prefix(2) == [50, 51])
            // Whatever its age: it may be learnt from.
            #expect(try store.retire(needed: ["d": 80], before: 1_000, excess: 0) == 30)
            #expect(try Self.left(store).first == 80)
            // Nobody knows what is logged of it.
            #expect(try Self.left(store, "kept").count == 100)
            #expect(try store.counts().counts["d"]?.pending == 10)
        }
    }

    @Test("what was accepted and what is there still add up, for doctor and for a return to an earlier time")
    func counted() throws {
        try Scratch.directory { path in
            let store = try LabelStore(directory: path)
            try Self.commit(100, to: store)
            _ = try store.retire(needed: ["d": 1_000], before: 61, excess: 0)
            #expect(try store.counts().counts["d"]?.accepted == 100)
            #expect(try store.count(deployment: "d") == 40)
            #expect(try store.counts().damaged.isEmpty)
            #expect(try StoreInspection.labels(directory: path).damaged.isEmpty)
            #expect(try store.returnTo(80).removed == 20)
            #expect(try StoreInspection.labels(directory: path).damaged.isEmpty)
            try Scratch.tamper(path + "/labels.db", "DELETE FROM label WHERE received = 70")
            #expect(try StoreInspection.labels(directory: path).damaged.map(\.table) == ["tally"])
        }
    }

    @Test("labels go for their size until there is room, the oldest first, a bounded number in one run")
    func size() throws {
        try Scratch.labels { store in
            try Self.commit(50_000, to: store)
            let before = try store.usedBytes()
            let gone = try store.retire(needed: ["d": .max], before: nil, excess: before / 4)
            #expect(gone >= 50_000 / 5 && gone < 50_000 / 2, "\(gone)")
            #expect(try store.usedBytes() <= before - before / 4)
            #expect(try Self.left(store).first == Int64(gone) + 1)
            #expect(try store.retire(needed: ["d": .max], before: nil, excess: .max) == 20_000)
        }
    }

    @Test("the oldest resolved alerts and ended jobs go with their logs; open ones, parked ones and those that cannot be read stay")
    func control() throws {
        try Scratch.control { store in
            var ids: [Int64] = []
            try store.write { transaction in
                for number in 1...30 {
                    try transaction.put(
                        AlertRecord(
                            id: Int64(number), deployment: "d", kind: "drift", state: number % 3 == 0 ? "firing" : "resolved", payload: "{}"
                        ))
                }
                for _ in 1...12 {
                    let id = try transaction.enqueue(Scratch.job("d"))
                    try transaction.appendLog(id, time: 1, line: "began")
                    ids.append(id)
                }
            }
            for id in ids.prefix(9) { try store.write { try $0.cancelJob(id, now: 2) } }
            store.keep([DamagedRecord(file: "control.db", table: "alert", key: "2", reason: "x")])
            let gone = try store.retire(alerts: 5, jobs: 4)
            #expect(gone == (14, 5))
            let sizes = try store.sizes()
            #expect(sizes.resolvedAlerts == 6 && sizes.endedJobs == 4)
            #expect(try store.read { try $0.alerts(limit: 100) }.records.contains { $0.id == 2 })
            #expect(try store.read { try $0.openAlerts() }.records.count == 10)
            #expect(try store.read { try $0.jobs(states: ["queued"], limit: 100, before: nil) }.records.count == 3)
            #expect(try store.retire(alerts: 5, jobs: 4).jobs == 0)
        }
    }

    @Test("the oldest early rows go when there are too many, and sizes tell what is there")
    func early() throws {
        try Scratch.telemetry { store in
            let rows = Dictionary(
                uniqueKeysWithValues: (1...50).map {
                    (Scratch.id(UInt64($0)), LoggedRow(time: Int64($0), features: [1], version: 1, learnt: nil, scores: [0.5]))
                })
            try store.append(early: rows, deployment: "d")
            #expect(try store.earlyRows() == 50)
            #expect(try store.boundEarly(keeping: 20) == 30)
            #expect(try store.earlyRows() == 20)
            #expect(try store.early(rows: [Scratch.id(30), Scratch.id(31)], deployment: "d").keys.map(\.base) == [Scratch.id(31).base])
            try store.append([
                Scratch.block("a", count: 3, time: 700), Scratch.block("a", first: 9, count: 3, time: 300),
                Scratch.block("b", first: 20, count: 1, time: 5),
            ])
            #expect(try store.loggedSince() == ["a": 300, "b": 5])
            #expect(try store.usedBytes() > 0)
        }
    }
}
