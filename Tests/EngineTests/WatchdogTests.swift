import Engine
import Logging
import Synchronization
import Testing

/// What answers when the test lets it.
private final class Held: Sendable {
    let answers = Mutex<[@Sendable () -> Void]>([])

    func pulse(_ name: String, worked: (@Sendable () -> Int64)? = nil) -> Pulse {
        Pulse(name, worked: worked) { answer in self.answers.withLock { $0.append(answer) } }
    }

    func answer() {
        let due = answers.withLock { answers in
            defer { answers = [] }
            return answers
        }
        for answer in due { answer() }
    }
}

@Suite("The watchdog")
struct WatchdogTests {
    private static func watchdog(_ clock: ManualClock, _ seen: Seen) -> Watchdog {
        Watchdog(
            limit: 5, clock: clock.clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            backtraces: {
                seen.backtraces.add(1, ordering: .relaxed)
                return ["thread 1 flyball"]
            }, changed: { found in seen.reports.withLock { $0.append(found) } })
    }

    final class Seen: Sendable {
        let reports = Mutex<[[Standstill]]>([])
        let backtraces = Atomic(0)
    }

    @Test(
        "what gives no sign of life for five seconds is named once, with its beginning and the threads' backtraces, and gone when it goes on"
    )
    func standsStill() {
        let clock = ManualClock(1_000_000)
        let seen = Seen()
        let watchdog = Self.watchdog(clock, seen)
        let (stuck, well) = (Held(), Held())
        watchdog.watch([stuck.pulse("event loop 0"), well.pulse("engine")])
        for _ in 0..<5 {
            watchdog.look()
            well.answer()
            clock.advance(1_000)
        }
        #expect(seen.reports.withLock { $0.isEmpty } && watchdog.standstills.isEmpty)
        for _ in 0..<3 {
            watchdog.look()
            well.answer()
            clock.advance(1_000)
        }
        #expect(seen.reports.withLock { $0 } == [[Standstill(name: "event loop 0", since: 1_000_000)]])
        #expect(seen.backtraces.load(ordering: .relaxed) == 1)
        stuck.answer()
        #expect(watchdog.standstills.isEmpty && seen.reports.withLock { $0.count == 2 && $0.last == [] })
        watchdog.look()
        #expect(stuck.answers.withLock { $0.count } == 1)
    }

    @Test("what works all the time without a sign of life goes on for a minute; what neither works nor answers does not")
    func works() {
        let clock = ManualClock(0)
        let seen = Seen()
        let watchdog = Self.watchdog(clock, seen)
        let (busy, asleep) = (Held(), Held())
        watchdog.watch([busy.pulse("training", worked: { clock.clock.milliseconds() / 2 }), asleep.pulse("other", worked: { 3 })])
        for _ in 0..<59 {
            watchdog.look()
            clock.advance(1_000)
        }
        #expect(watchdog.standstills.map(\.name) == ["other"])
        for _ in 0..<3 {
            watchdog.look()
            clock.advance(1_000)
        }
        #expect(Set(watchdog.standstills.map(\.name)) == ["training", "other"])
    }

    @Test("a thread that waits for work answers at once, one that works with its next piece")
    func thread() {
        let thread = ThreadPulse()
        let seen = Seen()
        let pulse = thread.pulse("training")
        @Sendable func answer() { seen.backtraces.add(1, ordering: .relaxed) }
        pulse.ask(answer)
        #expect(seen.backtraces.load(ordering: .relaxed) == 1)
        thread.begin()
        pulse.ask(answer)
        #expect(seen.backtraces.load(ordering: .relaxed) == 1)
        thread.beat()
        #expect(seen.backtraces.load(ordering: .relaxed) == 2)
        pulse.ask(answer)
        thread.end()
        #expect(seen.backtraces.load(ordering: .relaxed) == 3)
        #expect(pulse.worked.map { $0() >= 0 } == true)
    }

    @Test("an engine whose queue does something else for too long is named in the snapshot meanwhile, and not afterwards")
    func held() async throws {
        try await EngineHarness.withDirectory { directory in
            var configuration = EngineConfiguration(workspace: try Workspace.open(path: directory + "/w"))
            configuration.standstillSeconds = 0.5
            configuration.runsJobs = false
            let engine = try await Engine.start(configuration)
            async let held: Void = engine.hold(seconds: 2)
            var named: [String] = []
            for _ in 0..<40 where named.isEmpty {
                try await Task.sleep(for: .milliseconds(50))
                named = engine.snapshot.engine.standstills?.map(\.name) ?? []
            }
            #expect(named == ["engine"])
            await held
            for _ in 0..<40 where engine.snapshot.hasBanner { try await Task.sleep(for: .milliseconds(50)) }
            #expect(!engine.snapshot.hasBanner)
            await engine.shutdown()
        }
    }

    @Test("an engine that is at rest has nothing that stands still, and its snapshot says that it watches")
    func quiet() async throws {
        try await EngineHarness.run { harness in
            await harness.engine.tick()
            #expect(harness.engine.snapshot.engine.standstills == [])
            #expect(!harness.engine.snapshot.hasBanner)
        }
    }
}
