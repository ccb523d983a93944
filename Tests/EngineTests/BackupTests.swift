import Engine
import Foundation
import GRDB
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// Backups of an engine that serves, their drills, and workspaces that are made of them.
@Suite("Backups of an engine", .serialized)
struct EngineBackupTests {
    /// Runs a body with an engine in a workspace `w`, and a directory for backups beside it.
    private func run(
        toml: String = "", policies: Bool = false, _ body: (EngineHarness, String) async throws -> Void
    ) async throws {
        try await EngineHarness.withDirectory { root in
            var options = EngineHarness.Options()
            options.toml += toml.replacing("TARGET", with: root + "/b")
            options.runsPolicies = policies
            try FileManager.default.createDirectory(atPath: root + "/w", withIntermediateDirectories: true)
            try await EngineHarness.run(in: root + "/w", clock: ManualClock(EngineHarness.may + 86_400_000), options) { harness in
                try await body(harness, root)
            }
        }
    }

    /// Orders a backup and waits for its end.
    @discardableResult
    private func backUp(_ harness: EngineHarness, _ target: String?, recheck: Bool = false) async throws -> BackupStatus.Outcome {
        let receipt = try await harness.perform(.backup(BackupOrder(target: target, bytesPerSecond: 0, rechecks: recheck)))
        return try await end(harness, since: receipt.at)
    }

    private func end(_ harness: EngineHarness, since time: Int64) async throws -> BackupStatus.Outcome {
        try await harness.wait("the end of the backup") {
            $0.system.backup.outcome.map { $0.startedAt >= time } == true && $0.system.backup.running == nil
        }
        return try #require(harness.snapshot.system.backup.outcome)
    }

    private func restore(_ target: String, _ root: String, number: Int? = nil) throws -> RestoreReport {
        try WorkspaceRestore.run(
            RestoreOrder(
                directory: target, number: number, workspace: root + "/again", who: EngineHarness.admin,
                time: EngineHarness.may + 90_000_000))
    }

    @Test(
        "a backup of an engine that serves restores to one whose champion gives the same answers, labels and journal; ids are not given twice"
    )
    func round() async throws {
        try await run { harness, root in
            let target = root + "/b"
            try await harness.deploy()
            try await harness.label(try await harness.send(try harness.rows(from: EngineHarness.may), count: 200))
            try await harness.perform(.freeze(deployment: "flights", scope: .learning))
            let outcome = try await backUp(harness, target)
            #expect(outcome.failure == nil && outcome.number == 1)
            let told = try await harness.journal()
            #expect(told.suffix(2).map(\.entry.verb) == ["backup", "backed up"])
            let row = try harness.rows(from: EngineHarness.may).features
            let width = try #require(try harness.status().schema).width
            let before = try #require(harness.plane.predict("flights", row: Array(row[0..<width])))
            // What comes afterwards is not in it.
            try await harness.perform(.pause(deployment: "flights"))
            let report = try await RestoreDrill.run(directory: target, number: nil, productVersion: "1")
            #expect(report.failure == nil && report.champions.map(\.deployment) == ["flights"])
            #expect(report.champions.first.map { $0.goldenRows > 0 } == true && report.journal == outcome.made?.journal)
            #expect(try FileManager.default.contentsOfDirectory(atPath: target).filter { $0.hasPrefix("drill") } == [])
            let restored = try restore(target, root)
            #expect(restored.number == 1 && restored.workspace == root + "/again")
            try await EngineHarness.run(in: root + "/again", clock: harness.clock) { again in
                await again.engine.restored()
                let after = try #require(again.plane.predict("flights", row: Array(row[0..<width])))
                #expect(after.score == before.score && after.version == before.version)
                #expect(again.engine.bootEpoch > harness.engine.bootEpoch + 1_000)
                #expect(try again.status().labels.accepted == 200 && again.status().state == .live)
                #expect(again.snapshot.frozen.map(\.scope) == [.learning])
                let rows = try await again.journal()
                #expect(rows.prefix(told.count - 1) == told.prefix(told.count - 1))
                #expect(rows.dropFirst(told.count - 1).map(\.entry.verb).first == "restore")
                guard case .verification(let verdict) = await again.engine.history(.verifyJournal(checkpoint: nil)).content else {
                    Issue.record("no verdict")
                    return
                }
                #expect(verdict.isIntact)
            }
        }
    }

    @Test("a restore refuses a workspace that holds anything or is in use, and leaves nothing behind where the backup is damaged")
    func refusals() async throws {
        try await run { harness, root in
            let target = root + "/b"
            try await harness.deploy()
            try await backUp(harness, target)
            func refusal(_ workspace: String) -> BackupFailure? {
                do throws(BackupFailure) {
                    _ = try WorkspaceRestore.run(
                        RestoreOrder(directory: target, number: nil, workspace: workspace, who: EngineHarness.admin, time: 0))
                    return nil
                } catch { return error }
            }
            #expect("\(refusal(root + "/w").map { "\($0)" } ?? "")".contains("an engine runs there"))
            try FileManager.default.createDirectory(atPath: root + "/full", withIntermediateDirectories: true)
            try Data([1]).write(to: URL(filePath: root + "/full/x"))
            #expect("\(refusal(root + "/full").map { "\($0)" } ?? "")".contains("it is not empty (x)"))
            #expect("\(refusal(root + "/no/where").map { "\($0)" } ?? "")".contains("/no"))
            #expect("\(refusal(root + "/full/x").map { "\($0)" } ?? "")".contains("no directory"))
            let pieces = FileManager.default.enumerator(atPath: target + "/pieces")?.allObjects as? [String] ?? []
            let largest = try #require(
                pieces.filter { $0.utf8.count > 60 }.max { size(target + "/pieces/" + $0) < size(target + "/pieces/" + $1) })
            let place = URL(filePath: target + "/pieces/" + largest)
            let whole = try Data(contentsOf: place)
            var bytes = whole
            bytes[bytes.count / 2] ^= 8
            try bytes.write(to: place)
            #expect("\(refusal(root + "/new").map { "\($0)" } ?? "")".hasPrefix("damaged: \(place.path)"))
            #expect(
                !FileManager.default.fileExists(atPath: root + "/new") && !FileManager.default.fileExists(atPath: root + "/new.restoring"))
            let report = try await RestoreDrill.run(directory: target, number: nil, productVersion: "1")
            #expect(report.failure?.hasPrefix("damaged: \(place.path)") == true)
            try whole.write(to: place)
            #expect(refusal(root + "/new") == nil)
        }
    }

    private func size(_ path: String) -> Int { (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0 }

    @Test("a restoring that was killed leaves no workspace, and the next one begins anew")
    func killedRestore() async throws {
        try await run { harness, root in
            try await harness.deploy()
            try await backUp(harness, root + "/b")
            try FileManager.default.createDirectory(atPath: root + "/again.restoring/store", withIntermediateDirectories: true)
            try Data([1]).write(to: URL(filePath: root + "/again.restoring/store/control.db"))
            _ = try restore(root + "/b", root)
            try await EngineHarness.run(in: root + "/again", clock: harness.clock) { again in
                let champion = try again.status().champion
                #expect(champion == 1)
            }
        }
    }

    @Test(
        "one who names a directory must be admin; the planned one needs an operator; a second one and one within the workspace are refused")
    func doors() async throws {
        try await run { harness, root in
            let order = Action.backup(BackupOrder(target: root + "/b"))
            #expect(await harness.refusal(order, by: EngineHarness.oncall) == .notAuthorised(verb: "backup", needs: .admin, has: .operator))
            guard case .refused(let what, _) = await harness.refusal(.backup(BackupOrder()), by: EngineHarness.oncall) else {
                Issue.record("no refusal")
                return
            }
            #expect(what == "no place for backups is named")
            #expect(harness.snapshot.system.backup.light(at: 0) == .unknown)
            guard case .refused(let inside, _) = await harness.refusal(.backup(BackupOrder(target: root + "/w/store/x"))) else {
                Issue.record("no refusal")
                return
            }
            #expect(inside.hasSuffix("is part of the workspace"))
            guard case .invalid = await harness.refusal(.backup(BackupOrder(target: "relative"))) else {
                Issue.record("no refusal")
                return
            }
        }
    }

    @Test(
        "by its plan an engine makes backups, tries each, keeps so many, and says so on System; it alerts when none was made for twice as long"
    )
    func schedule() async throws {
        try await run(toml: "[backup]\ntarget = \"TARGET\"\nevery = \"1h\"\nkeep = 2\n", policies: true) { harness, root in
            try await harness.deploy()
            #expect(harness.snapshot.system.backup.plan?.keep == 2)
            for number in 1...4 {
                await harness.pass(seconds: 65)
                try await harness.wait("backup \(number), tried") { snapshot in
                    snapshot.system.backup.drill?.number == number && snapshot.system.backup.running == nil
                }
                #expect(harness.snapshot.system.backup.drill?.failure == nil, "\(harness.snapshot.system.backup)")
                #expect(harness.snapshot.system.backup.light(at: harness.snapshot.asOf) == .ok)
                harness.clock.advance(3_600_000)
            }
            #expect(try BackupTarget.open(reading: root + "/b").numbers() == [3, 4])
            #expect(StatusDocument(harness.snapshot).backup?.number == 4)
            // The target goes: nothing is made any more, and after twice the time somebody is called.
            try FileManager.default.removeItem(atPath: root + "/b")
            try Data([1]).write(to: URL(filePath: root + "/b"))
            await harness.pass(seconds: 10)
            try await harness.wait("the failure") { $0.system.backup.outcome?.failure != nil && $0.system.backup.running == nil }
            #expect(harness.snapshot.system.backup.light(at: harness.snapshot.asOf) == .warn)
            #expect(!harness.snapshot.alerts.contains { $0.kind == .backup && $0.state == .firing })
            harness.clock.advance(2 * 3_600_000)
            await harness.pass(seconds: 10)
            try await harness.wait("the alert") { $0.alerts.contains { $0.kind == .backup && $0.state == .firing } }
            #expect(harness.snapshot.system.backup.light(at: harness.snapshot.asOf) == .alert)
            try FileManager.default.removeItem(atPath: root + "/b")
            // An attempt that was under way may have failed after the clock went on: the next one is ten minutes later.
            for _ in 0..<5 where harness.snapshot.alerts.contains(where: { $0.kind == .backup && $0.state == .firing }) {
                harness.clock.advance(600_000)
                await harness.pass(seconds: 10)
                try await harness.wait("the attempt's end") { $0.system.backup.running == nil }
            }
            try await harness.wait("the end of the alert") { !$0.alerts.contains { $0.kind == .backup && $0.state == .firing } }
        }
    }

    @Test("a drill that fails keeps every backup, alerts, and makes the next one read what it relies on; what is known outlives a start")
    func failedDrill() async throws {
        try await EngineHarness.withDirectory { root in
            var options = EngineHarness.Options()
            options.toml += "[backup]\ntarget = \"\(root)/b\"\nevery = \"1h\"\nkeep = 1\n"
            options.runsPolicies = true
            try FileManager.default.createDirectory(atPath: root + "/w", withIntermediateDirectories: true)
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            try await EngineHarness.run(in: root + "/w", clock: clock, options) { harness in
                try await harness.deploy()
                await harness.pass(seconds: 65)
                try await harness.wait("backup 1") { $0.system.backup.drill?.number == 1 && $0.system.backup.running == nil }
                // Every piece but the lists is damaged behind its back.
                let pieces = FileManager.default.enumerator(atPath: root + "/b/pieces")?.allObjects as? [String] ?? []
                for piece in pieces.filter({ $0.utf8.count > 60 }) {
                    let place = URL(filePath: root + "/b/pieces/" + piece)
                    var bytes = try Data(contentsOf: place)
                    bytes[bytes.count - 1] ^= 1
                    try bytes.write(to: place)
                }
                clock.advance(3_600_000)
                await harness.pass(seconds: 10)
                try await harness.wait("backup 2") { $0.system.backup.drill?.number == 2 && $0.system.backup.running == nil }
                #expect(harness.snapshot.system.backup.drill?.failure?.contains("do not match its name") == true)
                #expect(harness.snapshot.alerts.contains { $0.kind == .backup && $0.state == .firing })
                #expect(try BackupTarget.open(reading: root + "/b").numbers() == [1, 2])
            }
            try await EngineHarness.run(in: root + "/w", clock: clock, options) { harness in
                #expect(harness.snapshot.system.backup.last?.number == 2 && harness.snapshot.system.backup.drill?.failure != nil)
                clock.advance(3_600_000)
                await harness.pass(seconds: 65)
                try await harness.wait("backup 3") { $0.system.backup.drill?.number == 3 && $0.system.backup.running == nil }
                #expect(harness.snapshot.system.backup.drill?.failure == nil)
                #expect(try BackupTarget.open(reading: root + "/b").numbers() == [3])
            }
        }
    }

    @Test("a damaged model in the workspace is said in the journal and by the light, and its backup replaces no good one")
    func damagedModel() async throws {
        try await run { harness, root in
            try await harness.deploy()
            try await backUp(harness, root + "/b")
            try await ControlDatabase.open(root + "/w").write { try $0.execute(sql: "UPDATE artefact SET bytes = x'00'") }
            let outcome = try await backUp(harness, root + "/b")
            #expect(outcome.failure?.contains("of flights v1") == true && outcome.number == 2, "\(outcome)")
            #expect(harness.snapshot.system.backup.last?.number == 1)
            #expect(harness.snapshot.system.backup.light(at: harness.snapshot.asOf) == .warn)
            #expect(try await harness.journal().last?.entry.verb == "backup failed")
            #expect(try restore(root + "/b", root).passedOver.count == 1)
            try await EngineHarness.run(in: root + "/again", clock: harness.clock) { #expect($0.plane.champions("flights") == [1, 1]) }
        }
    }

    @Test(
        "[backup] is read with its bounds, and what is wrong with it is said by its key",
        arguments: [
            ("every = \"1h\"", "backup.target"), ("target = \"b\"", "backup.target"), ("target = \"/b\"\nkeep = 0", "backup.keep"),
            ("target = \"/b\"\nevery = \"soon\"", "backup.every"), ("target = \"/b\"\nverfy = true", "backup.verfy"),
            ("target = \"/b\"\nrate = \"fast\"", "backup.rate"),
        ])
    func configuration(_ text: String, _ key: String) throws {
        let failure = #expect(throws: WorkspaceFailure.self) { try WorkspaceConfiguration.parse("[backup]\n" + text) }
        guard case .configuration(key, _) = failure else {
            Issue.record("\(failure.map { "\($0)" } ?? "")")
            return
        }
        let whole = try WorkspaceConfiguration.parse(
            "[backup]\ntarget = \"/b\"\nevery = \"24h\"\nkeep = 3\nverify = false\nrate = \"8MiB\"")
        #expect(whole.backup?.everyMilliseconds == 86_400_000 && whole.backup?.keep == 3 && whole.backup?.bytesPerSecond == 8 << 20)
        #expect(whole.backup?.verifies == false)
    }
}
