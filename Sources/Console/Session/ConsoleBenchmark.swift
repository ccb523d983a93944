import Engine
import Foundation
import Monitoring
package import Tabular

/// Measures the console against its own budgets: how long a key takes to be drawn, and how many bytes a minute of running charts costs.
package enum ConsoleBenchmark {
    /// What design 3 allows from a key to its frame, 99th percentile, milliseconds.
    private static let keyBudgetMilliseconds = 16.0
    /// And for a frame while nobody types, bytes.
    private static let frameBudgetBytes = 1_024.0
    private static let deployments = 1_000
    private static let keys = 2_000

    /// The figures; no terminal and no engine is needed.
    package static func run() -> [BenchmarkFigure] {
        var figures: [BenchmarkFigure] = []
        let times = keyTimes()
        let p99 = times[min(times.count - 1, times.count * 99 / 100)]
        figures.append(
            BenchmarkFigure(
                name: "key to frame at 200x60 with \(deployments) deployments, p99", value: p99, unit: "ms",
                against: "a budget of \(Int(keyBudgetMilliseconds)) ms", ratio: keyBudgetMilliseconds / p99))
        figures.append(
            BenchmarkFigure(
                name: "key to frame at 200x60 with \(deployments) deployments, median", value: times[times.count / 2], unit: "ms",
                against: "the same budget", ratio: keyBudgetMilliseconds / times[times.count / 2]))
        for (name, line) in [("fleet", ""), ("deployment", "deployment model-00000")] {
            let frames = steadyFrames(line)
            guard !frames.isEmpty else { continue }
            let mean = Double(frames.reduce(0, +)) / Double(frames.count)
            figures.append(
                BenchmarkFigure(
                    name: "steady frame on \(name) at 200x60, mean of \(frames.count)", value: mean, unit: "bytes",
                    against: "a budget of \(Int(frameBudgetBytes)) bytes; the largest took \(frames.max() ?? 0)",
                    ratio: frameBudgetBytes / mean))
        }
        return figures
    }

    /// Milliseconds from a key's arrival to the bytes of its frame, sorted: moving, paging, filtering, opening and leaving.
    private static func keyTimes() -> [Double] {
        let clock = ManualClock(start)
        let session = session(clock)
        defer { session.close() }
        _ = session.nextDelta()
        let names = ["j", "j", "pagedown", "enter", "esc", "G", "k", "g", "/", "7", "enter", "esc", ">", "pageup", ":", "p", "esc"]
        let pressed = names.compactMap { Key(name: $0) }
        var times: [Double] = []
        for index in 0..<keys {
            clock.advance(1_000)
            // Each key meets a newer present, so that no order of rows is remembered from the one before.
            if index % 4 == 0 { session.publish(snapshot(generation: UInt64(index + 2), at: clock.clock.milliseconds())) }
            let from = EngineClock.system.nanoseconds()
            session.receive(.key(pressed[index % pressed.count]))
            _ = session.nextDelta()?.encode()
            session.drawn()
            times.append(Double(EngineClock.system.nanoseconds() - from) / 1e6)
        }
        return times.sorted()
    }

    /// The bytes of each frame of a minute in which four snapshots a second arrive and every figure moves.
    private static func steadyFrames(_ line: String) -> [Int] {
        let clock = ManualClock(start)
        let session = session(clock)
        defer { session.close() }
        if !line.isEmpty {
            for scalar in (":" + line).unicodeScalars { session.receive(.key(.character(scalar))) }
            session.receive(.key(Key(.enter)))
        }
        // The pages come from other threads; two seconds are far more than they need.
        for _ in 0..<200 {
            clock.advance(1_000)
            _ = session.nextDelta()
            if let surface = session.surface, !surface.text.contains("loading") { break }
            Thread.sleep(forTimeInterval: 0.01)
        }
        clock.advance(15_000)
        _ = session.nextDelta()
        var sizes: [Int] = []
        for step in 0..<240 {
            clock.advance(250)
            session.publish(snapshot(generation: UInt64(1_000_000 + step), at: clock.clock.milliseconds()))
            if let delta = session.nextDelta() { sizes.append(delta.encode().count) }
        }
        return sizes
    }

    private static let start: Int64 = 1_366_293_600_000

    private static func session(_ clock: ManualClock) -> ConsoleSession {
        var terminal = TerminalFacts()
        terminal.glyphs = .braille
        terminal.depth = .truecolor
        return ConsoleSession(
            opening: ConsoleOpening(width: 200, height: 60, timeZone: "UTC", terminal: terminal), link: WaveLink(),
            snapshot: snapshot(generation: 1, at: start),
            operatorName: "bench", role: .admin, clock: clock.clock, wake: {})
    }

    /// A fleet in every state, its figures moving with the time.
    private static func snapshot(generation: UInt64, at time: Int64) -> Snapshot {
        var snapshot = Snapshot.empty(asOf: time)
        snapshot.generation = generation
        snapshot.engine.workspace = "bench"
        snapshot.deployments = (0..<deployments).map { index in
            let digits = "\(index)"
            var status = DeploymentStatus(name: "model-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits)
            let wave = WaveLink.wave(time, phase: index)
            status.state = index % 17 == 3 ? .paused : .live
            status.champion = UInt32(index % 40 + 1)
            status.requestsPerSecond = 400 + 60 * wave
            status.latencyP50Milliseconds = 0.3 + 0.02 * wave
            status.latencyP99Milliseconds = 1.2 + 0.1 * wave
            status.meanScore = 0.3 + 0.01 * wave
            let light: Monitoring.Light = index % 50 == 0 ? .alert : index % 9 == 0 ? .warn : .ok
            status.health = Health(
                service: .ok, data: light, quality: .unknown, freshness: .ok,
                reasons: [
                    HealthReason(
                        signal: "PSI", subject: "wind_speed", light: light, value: 0.2, threshold: 0.1, unit: "", n: 1_000, since: start,
                        text: "wind_speed drifted: PSI 0.2, significant from 0.03 at n 1000")
                ])
            status.predictions = time / 10 + Int64(index)
            return status
        }
        return snapshot
    }
}

/// An engine that knows only waves.
private struct WaveLink: EngineLink {
    /// Between −1 and 1, once round in 40 s.
    static func wave(_ time: Int64, phase: Int) -> Double { sin(Double(time % 40_000) / 40_000 * 2 * .pi + Double(phase)) }

    func perform(_ request: ActionRequest) async -> Result<Receipt, ActionFailure> { .failure(.unavailable("a benchmark changes nothing")) }

    func history(_ query: HistoryQuery) async -> HistoryPage {
        guard case .series(_, _, let from, let until, let points) = query, points > 0 else {
            return HistoryPage(asOf: 0, content: .journal([]))
        }
        let step = max(1, (until - from) / Int64(points))
        let rows = (0..<Int64(points)).map { index in
            let value = 400 + 60 * Self.wave(from + index * step, phase: 0)
            return SeriesPoint(time: from + index * step, mean: value, low: value, high: value, n: 1)
        }
        return HistoryPage(asOf: until, content: .series(rows))
    }
}
