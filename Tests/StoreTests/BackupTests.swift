import Foundation
import GRDB
import Store
import Tabular
import Testing

/// Backups of stores that somebody goes on writing.
@Suite("Backups")
struct BackupTests {
    @Test("a backup holds every row of the three stores as they were at one moment, whatever is written while it is made")
    func moment() throws {
        try BackupRig.run { rig in
            let before = try BackupRig.rows(of: rig.store)
            let report = try rig.backUp { try rig.go(on: 10) }
            #expect(report.number == 1 && report.flaws.isEmpty && report.journal == 20 && report.added == report.bytes)
            #expect(try BackupRig.rows(of: try rig.restore() + "/store") == before)
            #expect(try BackupRig.rows(of: rig.store) != before)
        }
    }

    @Test("a second backup writes what the target lacks: nothing of the model and of old rows, and not a byte when nothing was written")
    func incremental() throws {
        try BackupRig.run { rig in
            let first = try rig.backUp()
            #expect(first.added > 3_000_000)
            let second = try rig.backUp()
            // The first page of each store counts its changes.
            #expect(second.number == 2 && second.added <= 3 << 20 && second.added < first.added)
            try rig.go(on: 1)
            let after = try BackupRig.rows(of: rig.store)
            #expect(try rig.backUp().added <= 4 << 20)
            #expect(try BackupRig.rows(of: try rig.restore() + "/store") == after)
        }
    }

    @Test("data is copied once and compared with its name; a file that does not match it is a flaw")
    func data() throws {
        try BackupRig.run { rig in
            let file = rig.root + "/wrong.fbd"
            try Data(Array("FBDSNAP1".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("abc".utf8)).write(to: URL(filePath: file))
            let right = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            rig.entries = [BackupInput.Entry(path: "data/\(right).fbd", source: .file(file, contentHash: right))]
            #expect(try rig.backUp().flaws == [])
            // It is not read again: its name says what it holds.
            try Data(Array("FBDSNAP1".utf8) + [3, 0, 0, 0, 0, 0, 0, 0] + Array("abd".utf8)).write(to: URL(filePath: file))
            #expect(try rig.backUp().flaws == [])
            let other = String(right.reversed())
            rig.entries = [BackupInput.Entry(path: "data/\(other).fbd", source: .file(file, contentHash: other))]
            #expect(try rig.backUp().flaws == ["data/\(other).fbd: its content does not match its name, which is its SHA-256"])
        }
    }

    @Test("a damaged model in the workspace is said, by its version, and its backup is never taken by itself")
    func damagedSource() throws {
        try BackupRig.run { rig in
            try rig.backUp()
            try Scratch.tamper(rig.store + "/control.db", "UPDATE artefact SET bytes = x'00'")
            let report = try rig.backUp()
            #expect(report.number == 2 && report.flaws.count == 1)
            #expect(report.flaws.first?.hasSuffix("its bytes do not match their SHA-256, of d v1") == true, "\(report.flaws)")
            let chosen = try rig.open().choose(nil)
            #expect(chosen.manifest.number == 1 && chosen.passedOver.count == 1)
            let restored = try rig.restore()
            let model = try StoreInspection.control(directory: restored + "/store") { reader in
                try reader.artefact(try reader.version(of: "d", number: 1)?.artefactHash ?? "")
            }
            #expect(model == rig.model)
        }
    }

    @Test("a backup that is stopped half-way leaves those before it byte for byte, and the next one takes up its pieces")
    func stopped() throws {
        try BackupRig.run { rig in
            try rig.backUp()
            let before = rig.files()
            try rig.go(on: 3)
            let (moment, input) = try rig.moment()
            // Stops after so many steps; nothing is tidied up, as after a kill.
            for limit in [0, 1, 3, 7, 12] {
                let steps = StepCounter()
                let box = PaceBox()
                let pace = BackupPace { if steps.next() >= limit { box.pace?.cancel() } }
                box.pace = pace
                #expect(throws: BackupFailure.cancelled) {
                    var maker = try BackupMaker(directory: rig.target, rechecks: false, pace: pace)
                    _ = try maker.run(try StoreMomentAgain.take(rig.store), input)
                }
                let now = rig.files()
                for (path, data) in before { #expect(now[path] == data, "\(path)") }
                #expect(try rig.open().numbers() == [1])
            }
            moment.close()
            let rows = try BackupRig.rows(of: rig.store)
            #expect(try rig.backUp().number == 2)
            #expect(try BackupRig.rows(of: try rig.restore() + "/store") == rows)
        }
    }

    @Test("one bit that is flipped anywhere in a backup is found, and nothing is restored from it")
    func flipped() throws {
        try BackupRig.run { rig in
            try rig.backUp()
            var generator = SystemRandomNumberGenerator()
            for path in rig.files().keys.sorted() where path != "flyball-backups" {
                let place = URL(filePath: rig.target + "/" + path)
                let whole = try Data(contentsOf: place)
                for _ in 0..<3 {
                    var bytes = whole
                    let position = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                    try bytes.write(to: place)
                    let failure = #expect(throws: BackupFailure.self, "\(path) \(position)") { _ = try rig.restore(1) }
                    let text = failure.map { "\($0)" } ?? ""
                    #expect(
                        text.contains(place.lastPathComponent) || text.contains("newer") || text.contains("format"),
                        "\(path) \(position): \(text)")
                }
                try whole.write(to: place)
            }
            _ = try rig.restore()
        }
    }

    @Test("a piece that is damaged or gone is written anew by a backup that rechecks, and the former ones restore again")
    func recheck() throws {
        try BackupRig.run { rig in
            try rig.backUp()
            let files = rig.files()
            let largest = rig.pieces().max { files[$0]?.count ?? 0 < files[$1]?.count ?? 0 }
            let piece = URL(filePath: rig.target + "/" + (largest ?? ""))
            var bytes = try Data(contentsOf: piece)
            bytes[bytes.count / 2] ^= 1
            try bytes.write(to: piece)
            #expect(throws: BackupFailure.self) { _ = try rig.restore(1) }
            try rig.backUp()
            try rig.backUp(rechecks: true)
            _ = try rig.restore(1)
            try FileManager.default.removeItem(at: piece)
            try rig.backUp()
            _ = try rig.restore(1)
        }
    }

    @Test("retention deletes the oldest and the pieces that no other needs; nothing while a list cannot be read or somebody reads")
    func retention() throws {
        try BackupRig.run { rig in
            for _ in 0..<4 {
                try rig.backUp()
                try rig.go(on: 5)
            }
            let all = rig.pieces().count
            let target = try rig.open()
            do {
                let reader = try BackupRestorer(target, try target.manifest(2))
                #expect(try target.keep(2).numbers == [])
                withExtendedLifetime(reader) {}
            }
            let removal = try target.keep(2)
            #expect(removal.numbers.sorted() == [1, 2] && removal.bytes > 0)
            #expect(try target.numbers() == [3, 4])
            #expect(rig.pieces().count < all)
            for number in [3, 4] { _ = try rig.restore(number) }
            let list = URL(filePath: rig.target + "/manifests/000003.backup")
            var bytes = try Data(contentsOf: list)
            bytes[bytes.count - 5] ^= 1
            try bytes.write(to: list)
            #expect(throws: BackupFailure.self) { _ = try target.keep(1) }
            #expect(try target.numbers() == [3, 4])
            _ = try rig.restore(4)
        }
    }

    @Test(
        "a list that leads out of the workspace, or does not add up, is no list",
        arguments: [
            "../evil", "/etc/passwd", "store/../../x", "data/a/b", "run/lock", "store/", "themes/.x", "store/a b", "store/\u{1}",
        ])
    func paths(_ path: String) throws {
        try BackupRig.run { rig in
            rig.entries = [BackupInput.Entry(path: path, source: .bytes([1]))]
            #expect(throws: BackupFailure.self) { try rig.backUp() }
        }
    }
}

/// The pace that its own closure stops.
private final class PaceBox: @unchecked Sendable {
    // Set before the backup begins.
    var pace: BackupPace?
}

private enum StoreMomentAgain {
    static func take(_ store: String) throws -> StoreMoment {
        let moment = try StoreMoment(directory: store)
        _ = try moment.take()
        return moment
    }
}
