import Foundation
import Store
import Synchronization
import Tabular
import Testing

@Suite("Label store")
struct LabelTests {
    private func label(
        _ sequence: UInt64, _ value: Double = 1, correct: Bool = false, pending: Bool = false, received: Int64 = 0, deployment: String = "d"
    ) -> LabelRecord {
        LabelRecord(
            deployment: deployment, id: Scratch.id(sequence), value: value, received: received, correct: correct, isPending: pending)
    }

    @Test("the same value twice is a duplicate, another one a conflict that changes nothing, a correction supersedes")
    func outcomes() throws {
        try Scratch.labels { store in
            #expect(
                try store.commit([
                    label(1, 1), label(1, 1), label(1, 0), label(1, 0, correct: true), label(1, 0), label(1, .nan), label(2, 5),
                ])
                    == [.accepted, .duplicate, .conflict, .corrected, .duplicate, .unknown, .accepted])
            #expect(try store.label(of: Scratch.id(1), deployment: "d") == 0)
            let counts = try #require(try store.counts().counts["d"])
            #expect(counts.accepted == 2 && counts.duplicate == 2 && counts.conflict == 1 && counts.corrected == 1)
            // A correction stands at the end of the order: whoever reads on sees it.
            #expect(try store.labels(deployment: "d", afterSequence: 0, limit: 9).map(\.value) == [0, 5])
            #expect(try store.count(deployment: "d") == 2)
            #expect(try store.labels(for: [Scratch.id(1), Scratch.id(2), Scratch.id(3)], deployment: "d").count == 2)
        }
    }

    @Test("ids of different rows, loops, starts and deployments are different labels")
    func identities() throws {
        try Scratch.labels { store throws in
            let ids = [Scratch.id(1), Scratch.id(1, row: 1), Scratch.id(1, loop: 3), Scratch.id(1, epoch: 0xF_FFFF)]
            var records = ids.map { LabelRecord(deployment: "d", id: $0, value: 1, received: 0, correct: false, isPending: false) }
            records.append(label(1, deployment: "e"))
            #expect(try store.commit(records) == Array(repeating: .accepted, count: 5))
            for id in ids { #expect(try store.label(of: id, deployment: "d") == 1) }
        }
    }

    @Test("a label before its prediction waits for it, joins it when it comes, and is given up after a day")
    func pending() throws {
        try Scratch.labels { store in
            #expect(try store.commit([label(1, pending: true), label(2, pending: true, received: 5)]) == [.pending, .pending])
            #expect(try store.counts().counts["d"]?.pending == 2)
            let isLogged: (RowID, String) -> Bool = { id, _ in id == Scratch.id(1) }
            #expect(try store.settlePending(now: 10, exists: isLogged) == ["d"])
            var counts = try #require(try store.counts().counts["d"])
            #expect(counts.accepted == 1 && counts.pending == 1)
            #expect(try store.settlePending(now: LabelStore.pendingMilliseconds + 5, exists: isLogged).isEmpty)
            #expect(try store.settlePending(now: LabelStore.pendingMilliseconds + 6, exists: isLogged) == ["d"])
            counts = try #require(try store.counts().counts["d"])
            #expect(counts.accepted == 1 && counts.pending == 0 && counts.unknown == 1)
            #expect(try store.label(of: Scratch.id(2), deployment: "d") == nil)
        }
    }

    @Test("a waiting label that is sent again, corrected or contradicted keeps waiting with the value that stands")
    func pendingAgain() throws {
        try Scratch.labels { store in
            #expect(
                try store.commit([
                    label(1, 0, pending: true), label(1, 0, pending: true), label(1, 1, pending: true), label(1, 1, correct: true),
                ])
                    == [.pending, .duplicate, .conflict, .corrected])
            #expect(try store.counts().counts["d"]?.pending == 1)
            _ = try store.settlePending(now: 1) { _, _ in true }
            #expect(try store.label(of: Scratch.id(1), deployment: "d") == 1)
            #expect(try store.counts().counts["d"]?.accepted == 1)
        }
    }

    @Test("callers at the same time each get their own outcomes, and every acknowledged label is there once after reopening")
    func groupCommit() async throws {
        let directory = try Scratch.directory { $0 }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try LabelStore(directory: directory)
        await withTaskGroup(of: Void.self) { group in
            for caller in 0..<8 {
                group.addTask {
                    for round in 0..<20 {
                        // Each caller sends its own label, and one that all send: exactly one of them is first.
                        let own = UInt64(1_000 + caller * 100 + round)
                        let shared = UInt64(round)
                        let records = [own, shared].map {
                            LabelRecord(deployment: "d", id: Scratch.id($0), value: 1, received: 0, correct: false, isPending: false)
                        }
                        let outcomes = (try? store.commit(records)) ?? []
                        #expect(outcomes.first == .accepted)
                        #expect(outcomes.last == .accepted || outcomes.last == .duplicate)
                    }
                }
            }
        }
        let again = try LabelStore(directory: directory)
        #expect(try again.count(deployment: "d") == 8 * 20 + 20)
        let counts = try #require(try again.counts().counts["d"])
        #expect(counts.accepted == 180 && counts.duplicate == 140)
    }

    @Test("a batch that the disk refuses is refused as a whole and for everybody in it")
    func refused() throws {
        try Scratch.labels { store throws in
            store.inject(.full)
            #expect(throws: StoreFailure.self) { try store.commit([label(1)]) }
            store.inject(nil)
            #expect(try store.commit([label(1)]) == [.accepted])
        }
    }

    @Test("the newest labels can be found without reading the others")
    func newest() throws {
        try Scratch.labels { store in
            _ = try store.commit((0..<10).map { label($0) })
            let after = try store.sequence(deployment: "d", beforeNewest: 3)
            #expect(try store.labels(deployment: "d", afterSequence: after, limit: 99).map(\.id) == (7..<10).map { Scratch.id($0) })
            #expect(try store.sequence(deployment: "d", beforeNewest: 10) == 0)
        }
    }
}
