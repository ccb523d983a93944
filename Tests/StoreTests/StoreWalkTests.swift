import Foundation
import GRDB
import Store
import Tabular
import Testing

/// What lies in the stores is what was stored, or it is told of.
@Suite("Walks over stores")
struct StoreWalkTests {
    private func label(_ sequence: UInt64, _ value: Double = 1, of deployment: String = "d") -> LabelRecord {
        LabelRecord(deployment: deployment, id: Scratch.id(sequence), value: value, received: 7, correct: false, isPending: false)
    }

    @Test(
        "a label whose content was changed is refused wherever it is read, and found by a walk",
        arguments: ["value = 0", "base = base + 100", "row = 3", "received = 8", "checksum = checksum + 1", "deployment = 'e'"])
    func labels(change: String) throws {
        try Scratch.directory { path in
            let store = try LabelStore(directory: path)
            _ = try store.commit((1...3).map { label($0) })
            try Scratch.tamper(path + "/labels.db", "UPDATE label SET \(change) WHERE sequence = 2")
            let part = try store.check(after: .min, limit: 10)
            #expect(part.rows == 3 && part.next == 3)
            #expect(part.damaged.map(\.text) == ["labels.db, label 2: its content does not match its checksum"])
            let deployment = change.hasPrefix("deployment") ? "e" : "d"
            let failure = StoreFailure.corrupt("labels.db, label 2: its content does not match its checksum")
            #expect(throws: failure) { try store.labels(deployment: deployment, afterSequence: 0, limit: 10) }
            #expect(try store.label(of: Scratch.id(1), deployment: "d") == 1)
            if change.hasPrefix("value") {
                #expect(throws: failure) { try store.label(of: Scratch.id(2), deployment: "d") }
                #expect(throws: failure) { try store.labels(for: [Scratch.id(1), Scratch.id(2)], deployment: "d") }
            }
        }
    }

    @Test("labels from before there were checksums are read, and one that is gone is missed in the count of its deployment")
    func tallies() throws {
        try Scratch.directory { path in
            _ = try LabelStore(directory: path).commit((1...3).map { label($0) } + [label(9, of: "e")])
            try Scratch.tamper(
                path + "/labels.db",
                """
                ALTER TABLE tally DROP COLUMN row_sum; DELETE FROM grdb_migrations WHERE identifier LIKE '3 %';
                UPDATE label SET checksum = NULL, value = 5 WHERE sequence = 1;
                """)
            #expect(try StoreInspection.labels(directory: path).damaged.isEmpty)
            let store = try LabelStore(directory: path)
            #expect(try store.label(of: Scratch.id(1), deployment: "d") == 5)
            try Scratch.tamper(path + "/labels.db", "DELETE FROM label WHERE sequence = 2")
            let found = try StoreInspection.labels(directory: path)
            #expect(found.rows == 3)
            #expect(
                found.damaged.map(\.text) == [
                    "labels.db, tally d: 3 labels were taken, 2 are there: some were removed or added behind the engine's back"
                ])
            // From then on one without a checksum is damaged.
            try Scratch.tamper(path + "/labels.db", "UPDATE label SET checksum = NULL WHERE sequence = 1")
            #expect(throws: StoreFailure.self) { try store.label(of: Scratch.id(1), deployment: "d") }
        }
    }

    /// The second block as it is stored.
    private struct StoredBlock {
        var bytes: [UInt8]
        var ids: [UInt8]

        /// What it says, in one form; nil when it cannot be read.
        var meaning: [[UInt8]]? {
            BlockCodec.decode(bytes, ids: ids, deployment: "d").map { [BlockCodec.encode($0), IDCodec.encode($0.ids)] }
        }
    }

    private static func block(_ path: String) throws -> StoredBlock {
        let row = try DatabaseQueue(path: path + "/telemetry.db").read {
            try Row.fetchOne($0, sql: "SELECT bytes, ids FROM block WHERE id = 2")
        }
        let found = try #require(row)
        return StoredBlock(bytes: [UInt8](found["bytes"] as Data), ids: [UInt8](found["ids"] as Data))
    }

    @Test("a block of traffic or a model with a flipped byte is found, and the others are sound")
    func blocksAndModels() throws {
        try Scratch.directory { path in
            let telemetry = try TelemetryStore(directory: path, retention: Retention(maxBytes: 1 << 40, maxAgeMilliseconds: 1 << 40))
            for first: UInt64 in [0, 100, 200] { try telemetry.append([Scratch.block(first: first, count: 50)]) }
            let control = try ControlStore(directory: path)
            let hashes = try (0..<3).map { try control.storeArtefact([UInt8](repeating: $0, count: 5_000)) }.sorted()
            #expect(try StoreInspection.blocks(directory: path).damaged.isEmpty)
            #expect(try StoreInspection.artefacts(directory: path).damaged.isEmpty)
            for column in ["bytes", "ids"] {
                let stored = try Self.block(path)
                let bytes = column == "ids" ? stored.ids : stored.bytes
                for _ in 0..<20 {
                    var flipped = bytes
                    flipped[Int.random(in: 0..<bytes.count)] ^= UInt8.random(in: 1...255)
                    try Scratch.tamper(path + "/telemetry.db", "UPDATE block SET \(column) = ? WHERE id = 2", [Data(flipped)])
                    // Another code of the same repetition, and the bits that fill deflate's last byte up, say the same: nothing is damaged then.
                    let isSame = try Self.block(path).meaning == stored.meaning
                    let found = try StoreInspection.blocks(directory: path)
                    #expect(found.rows == 3 && found.damaged.map(\.key) == (isSame ? [] : ["2"]), "\(column) \(flipped)")
                }
                try Scratch.tamper(path + "/telemetry.db", "UPDATE block SET \(column) = ? WHERE id = 2", [Data(bytes)])
            }
            try Scratch.tamper(path + "/telemetry.db", "UPDATE block SET last_time = last_time + 1 WHERE id = 3")
            #expect(
                try StoreInspection.blocks(directory: path).damaged.map(\.text) == [
                    "telemetry.db, block 3: what stands beside its bytes is not what they hold"
                ])
            try Scratch.tamper(path + "/control.db", "UPDATE artefact SET bytes = x'00' WHERE hash = ?", [hashes[1]])
            let found = try StoreInspection.artefacts(directory: path)
            #expect(found.rows == 3 && found.damaged.map(\.key) == [String(hashes[1].prefix(12))])
            var place = ""
            for hash in hashes {
                let part = try control.checkArtefacts(after: place, limit: 1)
                #expect(part.next == hash && part.damaged.isEmpty == (hash != hashes[1]))
                place = try #require(part.next)
            }
            #expect(try control.checkArtefacts(after: place, limit: 1).next == nil)
        }
    }

    @Test("a checkpoint is signed with the workspace's key, is read back from the line that is printed, and shows every change")
    func checkpoints() throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            _ = try store.write { try $0.append(Scratch.entry("a")) }
            let end = try #require(try JournalVerification.verify(store: store, checkpoint: nil).checkpoint)
            let signed = try store.sign(end, at: 1_364_774_400_000)
            #expect(signed.isGenuine && signed.time == TimeText.rfc3339(1_364_774_400_000))
            #expect(SignedCheckpoint(signed.text) == signed)
            #expect(SignedCheckpoint("1 rows, " + signed.text) == signed)
            #expect(try ControlStore(directory: path).sign(end, at: 1).key == signed.key)
            let mode = try FileManager.default.attributesOfItem(atPath: path + "/journal.key")[.posixPermissions] as? Int
            #expect(mode == 0o600)
            for word in 1...5 {
                var words = signed.text.split(separator: " ").map(String.init)
                words[word] = word == 1 ? "2" : String(words[word].reversed())
                #expect(SignedCheckpoint(words.joined(separator: " "))?.isGenuine != true, "word \(word)")
            }
            for text in ["", "checkpoint", "checkpoint 1 a b c", "checkpoint x a b c d", "\(signed.text) more"] {
                #expect(SignedCheckpoint(text) == nil, "\(text)")
            }
        }
    }

    @Test("what is left of a workspace whose registry is gone is not taken for a new one")
    func missingRegistry() throws {
        for isEmpty in [true, false] {
            try Scratch.directory { path in
                do { _ = try LabelStore(directory: path) }
                if isEmpty { try Data().write(to: URL(filePath: path + "/control.db")) }
                let failure = #expect(throws: StoreFailure.self) { try WorkspaceFormat.prepare(directory: path, now: 0) }
                #expect(
                    "\(try #require(failure))".hasPrefix(
                        "damaged: control.db \(isEmpty ? "is empty" : "is gone"), though labels.db is there:"))
            }
        }
        try Scratch.directory { path throws in #expect(try WorkspaceFormat.prepare(directory: path, now: 0) == nil) }
    }
}
