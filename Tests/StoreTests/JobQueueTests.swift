import GRDB
import Store
import Testing

@Suite("Job queue")
struct JobQueueTests {
    private func claim(_ store: ControlStore, now: Int64 = 10, lease: Int64 = 100) throws -> JobRecord? {
        try store.write { try $0.claimNext(worker: "w", leaseUntil: lease, now: now) }
    }

    @Test("a job is claimed once, with a lease and a fence that grows with each claim")
    func claimedOnce() throws {
        try Scratch.control { store in
            let id = try store.write { try $0.enqueue(Scratch.job("a")) }
            let job = try #require(try claim(store))
            #expect(
                job.id == id && job.state == "running" && job.attempts == 1 && job.fence == 1 && job.worker == "w" && job.leaseUntil == 100)
            #expect(try claim(store) == nil)
            #expect(try store.read { try $0.expiredClaims(now: 100) }.isEmpty)
            let claims = try store.read { try $0.expiredClaims(now: 101) }
            #expect(claims == [ExpiredClaim(job: id, fence: 1, leaseUntil: 100)])
            #expect(try store.write { try $0.requeue(claims[0], now: 101) }?.state == "queued")
            #expect(try store.write { try $0.requeue(claims[0], now: 101) } == nil)
            #expect(try #require(try claim(store)).fence == 3)
        }
    }

    @Test("the higher priority goes first; among equals deployments take turns, each in the order of its own")
    func fairness() throws {
        try Scratch.control { store in
            let order = ["a", "a", "a", "b", "b", "c"]
            for name in order { _ = try store.write { try $0.enqueue(Scratch.job(name)) } }
            _ = try store.write { try $0.enqueue(Scratch.job("z", priority: 5)) }
            var claimed: [JobRecord] = []
            while let job = try claim(store) {
                claimed.append(job)
                #expect(try store.write { try $0.finish(job.id, fence: job.fence, state: "done", result: nil, error: nil, now: 11) })
            }
            #expect(claimed.map(\.deployment) == ["z", "a", "b", "c", "a", "b", "a"])
            for name in ["a", "b"] {
                let ids = claimed.filter { $0.deployment == name }.map(\.id)
                #expect(ids == ids.sorted())
            }
        }
    }

    @Test("a claim that was prolonged after it was looked at stays")
    func prolonged() throws {
        try Scratch.control { store in
            let id = try store.write { try $0.enqueue(Scratch.job("a")) }
            let job = try #require(try claim(store))
            let claims = try store.read { try $0.expiredClaims(now: 200) }
            #expect(try store.write { try $0.renew(id, fence: job.fence, leaseUntil: 150) })
            #expect(try store.write { try $0.requeue(claims[0], now: 200) } == nil)
            #expect(try store.read { try $0.job(id) }?.state == "running")
        }
    }

    @Test("a deployment with a running job comes after one without")
    func runningCounts() throws {
        try Scratch.control { store in
            for name in ["a", "a", "b"] { _ = try store.write { try $0.enqueue(Scratch.job(name)) } }
            #expect(try claim(store)?.deployment == "a")
            #expect(try claim(store)?.deployment == "b")
            #expect(try claim(store)?.deployment == "a")
        }
    }

    @Test("whoever lost the fence can neither report, nor prolong, nor finish, nor put back")
    func staleFence() throws {
        try Scratch.control { store in
            _ = try store.write { try $0.enqueue(Scratch.job("a")) }
            let stale = try #require(try claim(store))
            try store.write { transaction in
                for claim in try transaction.expiredClaims(now: .max) { _ = try transaction.requeue(claim, now: .max) }
            }
            let current = try #require(try claim(store))
            let held = try store.write { transaction in
                [
                    try transaction.renew(stale.id, fence: stale.fence, leaseUntil: 9_999),
                    try transaction.progress(stale.id, fence: stale.fence, fraction: 1, text: "x"),
                    try transaction.finish(stale.id, fence: stale.fence, state: "done", result: "mine", error: nil, now: 1),
                    try transaction.requeue(stale.id, fence: stale.fence, now: 1),
                    try transaction.progress(current.id, fence: current.fence, fraction: .nan, text: "half\0way"),
                    try transaction.finish(current.id, fence: current.fence, state: "done", result: "theirs", error: nil, now: 1),
                    try transaction.finish(current.id, fence: current.fence, state: "failed", result: nil, error: "again", now: 2),
                ]
            }
            #expect(held == [false, false, false, false, true, true, false])
            let job = try #require(try store.read { try $0.job(stale.id) })
            #expect(job.state == "done" && job.result == "theirs" && job.progress == 1)
        }
    }

    @Test("three attempts whose worker was lost, then parked with the reason; a retry gives all three back")
    func parked() throws {
        try Scratch.control { store in
            let id = try store.write { try $0.enqueue(Scratch.job("a")) }
            for attempt in 1...3 {
                #expect(try claim(store, lease: 4)?.attempts == attempt)
                try store.write { transaction in
                    for claim in try transaction.expiredClaims(now: 5) { _ = try transaction.requeue(claim, now: 5) }
                }
            }
            let job = try #require(try store.read { try $0.job(id) })
            #expect(job.state == "parked" && job.error == "3 attempts, the last: its worker stalled" && job.finishedAt == 5)
            #expect(try claim(store) == nil)
            try store.write { try $0.retryJob(id, now: 6) }
            #expect(try claim(store)?.attempts == 1)
        }
    }

    @Test("ten engines that end under a job are no fault of it; those after them count as its attempts")
    func engineEnds() throws {
        try Scratch.control { store in
            let id = try store.write { try $0.enqueue(Scratch.job("a")) }
            for end in 1...13 {
                #expect(try claim(store)?.attempts == max(1, end - 10))
                _ = try store.write { try $0.requeueRunning(now: 5) }
            }
            let job = try #require(try store.read { try $0.job(id) })
            #expect(job.state == "parked" && job.error == "3 attempts, the last: its engine ended")
        }
    }

    @Test("a cancel ends a waiting job at once and a running one with its worker's word; when the worker is lost, without")
    func cancelled() throws {
        try Scratch.control { store in
            let waiting = try store.write { try $0.enqueue(Scratch.job("a")) }
            try store.write { try $0.cancelJob(waiting, now: 7) }
            #expect(try store.read { try $0.job(waiting) }?.state == "cancelled")
            let running = try store.write { try $0.enqueue(Scratch.job("a")) }
            _ = try claim(store)
            try store.write { try $0.cancelJob(running, now: 8) }
            let asked = try #require(try store.read { try $0.job(running) })
            #expect(asked.state == "running" && asked.cancelRequested)
            #expect(try store.write { try $0.requeueRunning(now: 9) }.map(\.state) == ["cancelled"])
        }
    }

    @Test("a job that is put back keeps its attempt, and a raised one goes first")
    func putBackAndRaised() throws {
        try Scratch.control { store in
            let ids = try (0..<3).map { _ in try store.write { try $0.enqueue(Scratch.job("a")) } }
            let first = try #require(try claim(store))
            #expect(try store.write { try $0.requeue(first.id, fence: first.fence, now: 1) })
            #expect(try store.read { try $0.job(first.id) }?.attempts == 0)
            try store.write { try $0.raiseJob(ids[2]) }
            #expect(try claim(store)?.id == ids[2])
        }
    }

    @Test("the 10,001st open job is refused, and there is room again when one has ended")
    func bounded() throws {
        try Scratch.control { store in
            try store.write { transaction in for _ in 0..<ControlStore.jobLimit { _ = try transaction.enqueue(Scratch.job("a")) } }
            #expect(throws: StoreFailure.full("job queue: 10000 jobs are open: cancel some, or wait")) {
                try store.write { try $0.enqueue(Scratch.job("a")) }
            }
            try store.write { try $0.cancelJob(1, now: 1) }
            #expect(try store.write { try $0.enqueue(Scratch.job("a")) } == 10_001)
        }
    }

    @Test("a job's log comes in order, in pages, and keeps its newest 10,000 lines")
    func log() throws {
        try Scratch.control { store in
            let id = try store.write { try $0.enqueue(Scratch.job("a")) }
            try store.write { transaction in
                for line in 1...10_005 { try transaction.appendLog(id, time: Int64(line), line: "\(line)") }
            }
            #expect(try store.read { try $0.log(id, after: 0, limit: 3) }.map(\.number) == [6, 7, 8])
            #expect(try store.read { try $0.log(id, after: 10_003, limit: 9) }.map(\.text) == ["10004", "10005"])
            try store.write { try $0.appendLog(id, time: 1, line: String(repeating: "é", count: 9_000)) }
            #expect(try store.read { try $0.log(id, after: 10_005, limit: 1) }.first?.text.count == 4_000)
        }
    }

    @Test(
        "a job's row that somebody spoiled is an error, never a crash",
        arguments: ["fence = 'x'", "attempts = 99999999999999999999", "payload = X'FF'"])
    func spoiled(change: String) throws {
        try Scratch.directory { path in
            let store = try ControlStore(directory: path)
            let id = try store.write { try $0.enqueue(Scratch.job("a")) }
            try Scratch.tamper(path + "/control.db", "UPDATE job SET \(change)")
            #expect(throws: StoreFailure.self) { _ = try store.read { try $0.job(id) } }
        }
    }
}
