import Engine
import Learning
import Monitoring
import Store
import Synchronization
import Tabular
import Testing

/// The queue as the engine works it off, with real trainings.
@Suite("Jobs of an engine", .serialized)
struct JobTests {
    /// A training that lasts far longer than any test.
    static let endless = TrainOrder(
        deployment: "flights",
        path: EngineHarness.flights,
        training: TrainingRequest(
            algorithm: "boosted-trees",
            settings: ["trees": "10000", "leaves": "1024", "min-leaf": "1"]))

    private func running(_ harness: EngineHarness, _ id: Int64) async throws {
        // The first loss shows that the training itself has begun, not only its preparations.
        let timer = ContinuousClock.now
        while harness.snapshot.jobs.first(where: { $0.id == id })?.curve.isEmpty != false {
            guard ContinuousClock.now - timer < .seconds(30) else { throw EngineHarness.Missed(what: "a loss of job \(id)") }
            await harness.pass(seconds: 0.25)
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test("a running training shows progress, loss curve and log, and ends within two seconds of a cancel")
    func cancel() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let id = try #require(try await harness.perform(.train(Self.endless)).job)
            try await running(harness, id)
            let live = try #require(harness.snapshot.jobs.first { $0.id == id })
            #expect(live.state == .running)
            #expect(live.progress > 0 && live.progress < 1)
            #expect(live.progressText.contains("loss"), "\(live.progressText)")
            let asked = ContinuousClock.now
            let receipt = try await harness.perform(.cancelJob(id: id), by: EngineHarness.oncall)
            #expect(try await harness.finished(id).state == .cancelled)
            #expect(ContinuousClock.now - asked < .seconds(2))
            #expect(receipt.inverse == .retryJob(id: id))
            #expect(try harness.status().versions.count == 1)
            #expect(try harness.status().loop?.ended == "cancelled")
            guard case .log(let lines) = await harness.engine.history(.jobLog(id: id, after: 0, limit: 100)).content else {
                throw EngineHarness.Missed(what: "the log")
            }
            #expect(lines.first?.text == "began, attempt 1")
            // Queued again it begins anew.
            try await harness.perform(.retryJob(id: id))
            try await running(harness, id)
            try await harness.perform(.cancelJob(id: id))
            try await harness.finished(id)
        }
    }

    @Test("waiting jobs keep their order, one that is raised goes first, one that is cancelled never runs")
    func order() async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            let blocking = try #require(try await harness.perform(.train(Self.endless)).job)
            try await running(harness, blocking)
            var quick: [Int64] = []
            for seed: UInt64 in 0..<3 {
                let order = TrainOrder(
                    deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: seed))
                quick.append(try #require(try await harness.perform(.train(order)).job))
            }
            try await harness.perform(.raiseJob(id: quick[2]))
            try await harness.perform(.cancelJob(id: quick[0]))
            let refusal = await harness.refusal(.raiseJob(id: blocking))
            #expect(refusal == .refused(what: "job \(blocking) is running", advice: "only a waiting job can move to the front"))
            try await harness.perform(.cancelJob(id: blocking))
            for id in quick { try await harness.finished(id) }
            #expect(try harness.status().versions.map(\.seed) == [1, 2, 0])
            #expect(harness.snapshot.jobs.first { $0.id == quick[0] }?.state == .cancelled)
        }
    }

    @Test("an engine that stops puts its running job back, and the next one finishes it; the attempt does not count")
    func stopAndGoOn() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            let id = Mutex<Int64>(0)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                let job = try #require(try await harness.perform(.train(Self.endless)).job)
                id.withLock { $0 = job }
                try await running(harness, job)
            }
            var options = EngineHarness.Options()
            options.runsJobs = false
            try await EngineHarness.run(in: directory, clock: clock, options) { harness in
                let job = try #require(harness.snapshot.jobs.first { $0.id == id.withLock { $0 } })
                #expect(job.state == .queued)
                #expect(job.attempts == 0)
                #expect(try harness.status().state == .live)
            }
        }
    }

    @Test("a job under which thirteen engines have died is parked with the reason and an alert, not sooner; a person queues it again")
    func parked() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            let id = Mutex<Int64>(0)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                id.withLock { $0 = 2 }
            }
            var options = EngineHarness.Options()
            options.runsJobs = false
            for death in 0...13 {
                try await EngineHarness.run(in: directory, clock: clock, options) { harness in
                    if death == 0 { try await harness.perform(.train(Self.endless)) }
                    let job = try #require(harness.snapshot.jobs.first { $0.id == 2 })
                    // The end of an engine is no fault of the job; after ten it may be.
                    #expect(job.attempts == max(0, death - 10))
                    #expect(job.state == (death < 13 ? .queued : .parked))
                    guard death < 13 else {
                        #expect(job.error == "3 attempts, the last: its engine ended")
                        #expect(try harness.status().alerts(in: harness.snapshot).map(\.kind) == [.training])
                        try await harness.perform(.retryJob(id: 2))
                        let again = try #require(harness.snapshot.jobs.first { $0.id == 2 })
                        #expect(again.state == .queued && again.attempts == 0)
                        return
                    }
                    // Claimed by a worker that dies with its process.
                    let store = try ControlStore(directory: directory + "/store")
                    #expect(try store.write { try $0.claimNext(worker: "w", leaseUntil: 1, now: 0) }?.id == 2)
                }
            }
        }
    }

    @Test("a worker that lost its lease discards its late result, and the journal says so; the job has one result")
    func late() async throws {
        try await EngineHarness.withDirectory { directory in
            try await EngineHarness.run(in: directory, clock: ManualClock(EngineHarness.may)) { harness in
                try await harness.deploy()
                let id = try #require(try await harness.perform(.train(Self.endless)).job)
                try await running(harness, id)
                let store = try ControlStore(directory: directory + "/store")
                let taken = try store.write { transaction in
                    for claim in try transaction.expiredClaims(now: .max) { _ = try transaction.requeue(claim, now: .max) }
                    return try transaction.claim(id, worker: "another", leaseUntil: .max, now: 0)
                }
                #expect(taken?.fence == 3)
                // The next renewal notices; the worker gives up by itself.
                harness.clock.advance(3_000)
                try await harness.wait("the discarded result") { $0.recent.first?.entry.verb == "job discard" }
                let row = try #require(harness.snapshot.recent.first)
                #expect(row.entry.summary == "discarded a late result of job \(id): attempt 1 lost it")
                #expect(try store.read { try $0.job(id) }?.worker == "another")
                #expect(try harness.status().versions.count == 1)
            }
        }
    }

    @Test("the 10,001st open job is refused; the banner stays dark, since the store is sound")
    func bounded() async throws {
        try await EngineHarness.withDirectory { directory in
            var options = EngineHarness.Options()
            options.runsJobs = false
            let clock = ManualClock(EngineHarness.may)
            try await EngineHarness.run(in: directory, clock: clock) { try await $0.deploy() }
            let store = try ControlStore(directory: directory + "/store")
            try store.write { transaction in
                let record = try #require(try transaction.job(1))
                for _ in 0..<ControlStore.jobLimit { _ = try transaction.enqueue(record) }
            }
            try await EngineHarness.run(in: directory, clock: clock, options) { harness in
                let order = TrainOrder(deployment: "flights", training: TrainingRequest(algorithm: ""))
                let refusal = await harness.refusal(.train(order))
                #expect(refusal == .store("job queue: 10000 jobs are open: cancel some, or wait"))
                #expect(harness.snapshot.engine.degraded == nil)
            }
        }
    }

    @Test("an engine that was started for one command runs that command's job only")
    func solitary() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may)
            var options = EngineHarness.Options()
            options.runsJobs = false
            try await EngineHarness.run(in: directory, clock: clock) { try await $0.deploy() }
            let order = TrainOrder(deployment: "flights", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic"))
            try await EngineHarness.run(in: directory, clock: clock, options) { _ = try await $0.perform(.train(order)) }
            options = EngineHarness.Options()
            options.isSolitary = true
            try await EngineHarness.run(in: directory, clock: clock, options) { harness in
                try await harness.train(order)
                #expect(harness.snapshot.jobs.map(\.state) == [.queued, .done, .done])
                #expect(harness.snapshot.jobs.first?.id == 2)
            }
        }
    }
}
