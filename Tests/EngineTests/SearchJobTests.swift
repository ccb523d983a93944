import Engine
import Foundation
import Learning
import Synchronization
import Testing

/// A search as a job: one order, one version.
@Suite("Searches as jobs", .serialized)
struct SearchJobTests {
    @Test("a search begins with the champion's settings, makes an ordinary version with the best ones, and leaves its trials in the report")
    func search() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.train(
                TrainOrder(
                    deployment: "flights", path: EngineHarness.flights,
                    training: TrainingRequest(algorithm: "logistic", settings: ["l2": "50", "calibration": "platt"])))
            try await harness.perform(.promote(deployment: "flights", version: 2))
            let order = TrainOrder(
                deployment: "flights", path: EngineHarness.flights,
                training: TrainingRequest(algorithm: "", seed: 4, search: SearchOrder(trials: 4)))
            let job = try await harness.train(order)
            #expect(job.state == .done, "\(job.error ?? "")")
            guard case .report(let report) = await harness.engine.history(.report(deployment: "flights", version: 3)).content else {
                Issue.record("no report")
                return
            }
            let trials = try #require(report.trials)
            #expect(trials.count == 4 && trials[0].settings["l2"] == "50")
            let best = try #require(trials.first { $0.state == .best })
            let version = try #require(try harness.status().versions.first { $0.number == 3 })
            #expect(version.settings.merging(best.settings) { $1 } == version.settings && version.settings["calibration"] == "platt")
            #expect(version.notes.contains { $0.hasPrefix("settings of the best of 4 trials") })
            guard case .log(let lines) = await harness.engine.history(.jobLog(id: job.id, after: 0, limit: 100)).content else {
                Issue.record("no log")
                return
            }
            for trial in trials { #expect(lines.contains { $0.text.hasPrefix("trial \(trial.number) of 4 | ") }) }
            guard case .report(let plain) = await harness.engine.history(.report(deployment: "flights", version: 2)).content else { return }
            #expect(plain.trials == nil)
        }
    }

    @Test("what is not given is as for the champion, alone and with a search; another algorithm has its own defaults")
    func given() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            func train(_ training: TrainingRequest) async throws -> VersionSummary {
                let job = try await harness.train(
                    TrainOrder(deployment: "flights", path: EngineHarness.flights, training: training))
                #expect(job.state == .done, "\(job.error ?? "")")
                return try #require(try harness.status().versions.first)
            }
            _ = try await train(TrainingRequest(algorithm: "logistic", settings: ["l2": "50", "calibration": "platt"]))
            try await harness.perform(.promote(deployment: "flights", version: 2))
            let third = try await train(TrainingRequest(algorithm: "", settings: ["iterations": "77"]))
            #expect(third.settings["l2"] == "50" && third.settings["calibration"] == "platt" && third.settings["iterations"] == "77")
            // Given ones stay as given; the first trial has the champion's.
            let fourth = try await train(
                TrainingRequest(algorithm: "logistic", settings: ["calibration": "none"], search: SearchOrder(trials: 2)))
            #expect(fourth.settings["calibration"] == "none")
            guard case .report(let report) = await harness.engine.history(.report(deployment: "flights", version: 4)).content else {
                Issue.record("no report")
                return
            }
            #expect(report.trials?.first?.settings["l2"] == "50")
            let fifth = try await train(TrainingRequest(algorithm: "online-logistic"))
            #expect(fifth.settings["calibration"] == "none")
        }
    }

    @Test("a search that cannot be is refused at the door")
    func refused() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let order = TrainOrder(
                deployment: "flights", path: EngineHarness.flights,
                training: TrainingRequest(algorithm: "baseline", search: SearchOrder(trials: 4)))
            let failure = await harness.refusal(.train(order))
            #expect("\(try #require(failure))".contains("baseline has no setting that a search varies"))
        }
    }

    @Test("a cancelled search makes no version")
    func cancelled() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let order = TrainOrder(
                deployment: "flights", path: EngineHarness.flights,
                training: TrainingRequest(
                    algorithm: "boosted-trees", settings: ["trees": "10000"], search: SearchOrder(trials: 1_000)))
            let receipt = try await harness.perform(.train(order))
            let job = try #require(receipt.job)
            let began = ContinuousClock.now
            while harness.snapshot.jobs.first(where: { $0.id == job })?.progressText.hasPrefix("search 1 of 1000") != true {
                guard ContinuousClock.now - began < .seconds(30) else { throw EngineHarness.Missed(what: "a trial of job \(job)") }
                await harness.pass(seconds: 0.25)
                try await Task.sleep(for: .milliseconds(5))
            }
            try await harness.perform(.cancelJob(id: job))
            #expect(try await harness.finished(job).state == .cancelled)
            #expect(try harness.status().versions.count == 1)
        }
    }

    /// What does not depend on the machine's load.
    private func timeless(_ harness: EngineHarness) async throws -> [SearchTrial] {
        guard case .report(let report) = await harness.engine.history(.report(deployment: "flights", version: 2)).content else {
            throw EngineHarness.Missed(what: "a report")
        }
        return try #require(report.trials).map { trial in
            var trial = trial
            trial.seconds = 0
            return trial
        }
    }

    @Test("a running search shows its trials; stopped in its midst it goes on in the next engine, to the same version")
    func stopAndGoOn() async throws {
        let order = TrainOrder(
            deployment: "flights", path: EngineHarness.flights,
            training: TrainingRequest(algorithm: "boosted-trees", seed: 4, search: SearchOrder(trials: 16)))
        let whole = Mutex<(trials: [SearchTrial], hash: String?)>(([], nil))
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.train(order)
            let trials = try await timeless(harness)
            let hash = try harness.status().versions.first { $0.number == 2 }?.artefactHash
            whole.withLock { $0 = (trials, hash) }
        }
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            let id = Mutex<Int64>(0)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                let job = try #require(try await harness.perform(.train(order)).job)
                id.withLock { $0 = job }
                let began = ContinuousClock.now
                while harness.snapshot.jobs.first(where: { $0.id == job })?.search?.tried ?? 0 < 3 {
                    guard ContinuousClock.now - began < .seconds(30) else { throw EngineHarness.Missed(what: "trials of job \(job)") }
                    await harness.pass(seconds: 0.25)
                    try await Task.sleep(for: .milliseconds(2))
                }
                let search = try #require(harness.snapshot.jobs.first { $0.id == job }?.search)
                #expect(search.total == 16 && search.metric == "auc" && search.best.count <= SearchProgress.shown)
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let job = id.withLock { $0 }
                #expect(try await harness.finished(job).state == .done)
                #expect(harness.snapshot.jobs.first { $0.id == job }?.search == nil)
                let trials = try await timeless(harness)
                let hash = try harness.status().versions.first { $0.number == 2 }?.artefactHash
                #expect(whole.withLock { $0.trials == trials && $0.hash == hash && hash != nil })
                guard case .log(let lines) = await harness.engine.history(.jobLog(id: job, after: 0, limit: 100)).content else { return }
                #expect(lines.contains { $0.text.hasPrefix("goes on after ") })
                // Each training once, whichever engine did it.
                let trained = lines.filter { $0.text.hasPrefix("trial ") }.map { $0.text.prefix(22) }
                #expect(Set(trained).count == trained.count)
                let left = try? FileManager.default.contentsOfDirectory(atPath: directory + "/checkpoints")
                #expect(left?.isEmpty != false)
            }
        }
    }
}
