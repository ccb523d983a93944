import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// A disk that is full or broken under a running engine.
@Suite("Failing disk", .serialized)
struct DegradedTests {
    @Test("roll back, pause and freeze hold in memory, say that they are not journalled, and are the first rows written on recovery")
    func essentials() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 5)))
                try await harness.perform(.promote(deployment: "flights", version: 2))
                let written = try await harness.journal().count
                harness.engine.inject(.full)
                let refusal = try #require(await harness.refusal(.note(deployment: nil, text: "hello")))
                #expect("\(refusal)".hasPrefix("control store: the disk is full: "), "\(refusal)")
                #expect("\(refusal)".contains(directory))
                for action: Action in [
                    .rollback(deployment: "flights", to: nil), .freeze(deployment: nil, scope: .learning), .pause(deployment: "flights"),
                    .freeze(deployment: "flights", scope: .traffic),
                ] {
                    let receipt = try await harness.perform(action, by: EngineHarness.oncall)
                    #expect(!receipt.isJournalled)
                }
                #expect(harness.plane.champions("flights") == [1, 1])
                #expect(try harness.status().state == .paused)
                #expect(harness.snapshot.frozen.count == 2)
                #expect(harness.snapshot.engine.degraded?.hasPrefix("4 changes hold and are not journalled yet: ") == true)
                #expect(try await harness.journal().count == written)
                #expect(await harness.refusal(.resume(deployment: "flights")) != nil)
                harness.engine.inject(nil)
                // Somebody acts before the next tick: what waited goes first.
                try await harness.perform(.note(deployment: nil, text: "the disk has room again"))
                let verbs = try await harness.journal().suffix(5).map(\.entry.verb)
                #expect(verbs == ["rollback", "freeze", "pause", "freeze", "note"])
                #expect(harness.snapshot.engine.degraded == nil)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness throws in
                #expect(try harness.status().state == .paused)
                #expect(try harness.status().champion == 1)
                #expect(harness.snapshot.frozen.map(\.scope) == [.learning, .traffic])
                #expect(try harness.status().versions.first?.state == .withdrawn)
            }
        }
    }

    @Test(
        "what roll back, pause and freeze did while the store refused holds after a kill, before anything answers, and is journalled once")
    func essentialsAfterKill() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                try await harness.train(
                    TrainOrder(
                        deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 5)))
                try await harness.perform(.promote(deployment: "flights", version: 2))
                harness.engine.inject(.syncError)
                #expect(await harness.refusal(.note(deployment: nil, text: "refused")) != nil)
                for action: Action in [
                    .rollback(deployment: "flights", to: nil), .freeze(deployment: nil, scope: .learning), .pause(deployment: "flights"),
                ] {
                    #expect(try await !harness.perform(action, by: EngineHarness.oncall).isJournalled)
                }
                // What the store refuses to the end of this engine is the same as what a kill loses.
            }
            for start in 1...2 {
                try await EngineHarness.run(in: directory, clock: clock) { harness in
                    #expect(try harness.status().state == .paused && harness.status().champion == 1, "start \(start)")
                    #expect(harness.plane.champions("flights") == [nil, nil] || harness.plane.champions("flights") == [1, 1])
                    #expect(harness.snapshot.frozen.map(\.scope) == [.learning])
                    #expect(harness.snapshot.engine.degraded == nil)
                    let verbs = try await harness.journal().map(\.entry.verb)
                    #expect(verbs.suffix(4) == ["promote", "rollback", "freeze", "pause"], "start \(start): \(verbs)")
                    let query = HistoryQuery.versions(deployment: "flights", before: nil, limit: 5)
                    guard case .versions(let versions) = await harness.engine.history(query).content else {
                        throw EngineHarness.Missed(what: "the versions")
                    }
                    #expect(versions.map(\.state) == [.withdrawn, .champion])
                }
            }
        }
    }

    @Test("predictions go on, rows that cannot be logged are counted, labels are refused with the reason; all resumes by itself")
    func serving() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let rows = try harness.rows(from: EngineHarness.may)
            harness.engine.inject(.full)
            let unlogged = try await harness.send(rows, count: 200)
            #expect(unlogged.count == 200)
            await harness.engine.flushed()
            await harness.pass(seconds: 2)
            #expect(try harness.status().unlogged == 200)
            #expect(harness.snapshot.engine.degraded != nil)
            let labels = [IncomingLabel(id: unlogged[0].answer.id, value: "yes")]
            guard case .failure(.store(let reason)) = await harness.engine.acceptLabels(labels, deployment: "flights") else {
                Issue.record("labels were taken on a full disk")
                return
            }
            #expect(reason.hasPrefix("labels store: the disk is full: "))
            harness.engine.inject(nil)
            let logged = try await harness.send(rows, count: 200)
            #expect(try await harness.label(logged).allSatisfy { $0 == .accepted })
            await harness.pass(seconds: 6)
            #expect(harness.snapshot.engine.degraded == nil, "\(harness.snapshot.engine.degraded ?? "")")
            #expect(try harness.status().unlogged == 200)
        }
    }

    @Test("an alert shows though it cannot be stored, and a training that cannot be registered begins again later")
    func alertAndJob() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            harness.engine.inject(.full)
            let rows = try harness.rows(from: EngineHarness.may)
            let humid = try #require(rows.schema.index(of: "humid"))
            try await harness.send(rows, count: 300) { $0[humid] = .nan }
            await harness.pass(seconds: 4)
            let alert = try #require(try harness.status().alerts(in: harness.snapshot).first)
            #expect(alert.kind == .missing && alert.id < 0)
            harness.engine.inject(nil)
            try await harness.send(rows, count: 800)
            await harness.pass(seconds: 31)
            #expect(try harness.status().alerts(in: harness.snapshot).isEmpty)
        }
    }

    @Test("after a failed sync the store takes no writes and the banner says so, roll backs still work, and it goes on when the disk does")
    func failedSync() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            harness.engine.inject(.syncError)
            #expect(await harness.refusal(.note(deployment: nil, text: "a")) != nil)
            await harness.pass(seconds: 10)
            #expect(await harness.refusal(.note(deployment: nil, text: "b")) != nil)
            #expect(harness.snapshot.engine.degraded?.contains("a sync to the disk failed") == true)
            #expect(try await !harness.perform(.pause(deployment: "flights")).isJournalled)
            #expect(try harness.status().state == .paused)
            harness.engine.inject(nil)
            // The file is opened anew when it is asked again, at the latest a minute after the last time.
            await harness.pass(seconds: 61)
            #expect(harness.snapshot.engine.degraded == nil)
            #expect(try await harness.journal().contains { $0.entry.verb == "pause" })
            #expect(try await harness.perform(.resume(deployment: "flights")).isJournalled)
        }
    }

    @Test("a store that refused labels or traffic goes on by itself when there is room again, without another label or request")
    func recovery() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let served = try await harness.send(try harness.rows(from: EngineHarness.may), count: 50)
            await harness.engine.flushed()
            harness.engine.inject(.full)
            let labels = [IncomingLabel(id: served[0].answer.id, value: "yes")]
            guard case .failure = await harness.engine.acceptLabels(labels, deployment: "flights") else {
                Issue.record("labels were taken on a full disk")
                return
            }
            await harness.pass(seconds: 4)
            #expect(harness.snapshot.engine.degraded?.hasPrefix("label store refuses writes") == true)
            harness.engine.inject(nil)
            // An attempt that was under way when room came back has failed: the next one is a minute of the engine's time later.
            for _ in 0..<20 where harness.snapshot.engine.degraded != nil { await harness.pass(seconds: 61) }
            #expect(harness.snapshot.engine.degraded == nil)
        }
    }

    /// Whether a small file system can be mounted for a test.
    static var canMount: Bool {
        geteuid() == 0 && run("/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", probe()]) && run("/bin/umount", [probe()])
    }

    private static func probe() -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "flyball-mount-probe").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func run(_ path: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }

    @Test("on a file system that is really full the ballast pays for roll back, pause and freeze", .enabled(if: canMount))
    func fullDisk() async throws {
        try await EngineHarness.withDirectory { directory in
            let disk = directory + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            try #require(Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk]))
            defer { _ = Self.run("/bin/umount", ["-l", disk]) }
            try await EngineHarness.run(in: disk, clock: ManualClock(EngineHarness.may)) { harness in
                try await harness.deploy()
                #expect(FileManager.default.fileExists(atPath: disk + "/store/ballast"))
                let filler = fopen(disk + "/filler", "w")
                let bytes = [UInt8](repeating: 1, count: 4_096)
                while fwrite(bytes, 1, bytes.count, filler) == bytes.count {}
                fclose(filler)
                // Small writes reuse room that the log of the store has already; sooner or later it needs more.
                let text = String(repeating: "x", count: 3_900)
                var refusal: ActionFailure?
                for _ in 0..<5_000 where refusal == nil { refusal = await harness.refusal(.note(deployment: nil, text: text)) }
                #expect("\(try #require(refusal))".hasPrefix("control store: the disk is full: "))
                #expect(try await harness.perform(.pause(deployment: "flights"), by: EngineHarness.oncall).isJournalled)
                #expect(try await harness.perform(.freeze(deployment: nil, scope: .all), by: EngineHarness.oncall).isJournalled)
                try FileManager.default.removeItem(atPath: disk + "/filler")
                try await harness.perform(.note(deployment: nil, text: "room again"))
                guard case .verification(let verdict) = await harness.engine.history(.verifyJournal(checkpoint: nil)).content else {
                    throw EngineHarness.Missed(what: "the verdict")
                }
                #expect(verdict.isIntact)
            }
        }
    }

    @Test(
        "on a file system without a free byte an engine starts, the champion answers, pause and freeze hold; without its ballast as well",
        .enabled(if: canMount), arguments: [true, false])
    func startOnFullDisk(hasBallast: Bool) async throws {
        try await EngineHarness.withDirectory { directory in
            let disk = directory + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            try #require(Self.run("/bin/mount", ["-t", "tmpfs", "-o", "size=48m", "tmpfs", disk]))
            defer { _ = Self.run("/bin/umount", ["-l", disk]) }
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: disk, clock: clock) { try await $0.deploy() }
            for start in 1...3 {
                if !hasBallast { try? FileManager.default.removeItem(atPath: disk + "/store/ballast") }
                let filler = fopen(disk + "/filler", "a")
                setvbuf(filler, nil, _IONBF, 0)
                let bytes = [UInt8](repeating: 1, count: 4_096)
                while fwrite(bytes, 1, bytes.count, filler) == bytes.count {}
                fclose(filler)
                let harness = try await EngineHarness.start(in: disk, clock: clock)
                #expect(harness.plane.champions("flights").allSatisfy { $0 == 1 }, "start \(start)")
                try await harness.perform(.pause(deployment: "flights"), by: EngineHarness.oncall)
                #expect(try harness.status().state == .paused)
                try FileManager.default.removeItem(atPath: disk + "/filler")
                try await harness.perform(.note(deployment: nil, text: "room again"))
                #expect(try await harness.perform(.resume(deployment: "flights")).isJournalled)
                await harness.engine.shutdown()
            }
        }
    }
}
