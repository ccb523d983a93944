import Foundation
package import Logging
import Synchronization

/// Something that must go on: asked for a sign of life, it answers when its turn comes.
public struct Pulse: Sendable {
    /// What an operator calls it: `event loop 0`.
    public var name: String
    /// Asks; the answer may come from any thread, at once or much later.
    public var ask: @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void
    /// Processor time that it has used, milliseconds, where working counts as a sign of life; nil where it does not.
    public var worked: (@Sendable () -> Int64)?

    /// Makes a pulse.
    public init(
        _ name: String, worked: (@Sendable () -> Int64)? = nil, ask: @escaping @Sendable (_ answer: @escaping @Sendable () -> Void) -> Void
    ) {
        self.name = name
        self.worked = worked
        self.ask = ask
    }
}

/// A part of the engine that gives no sign of life.
public struct Standstill: Codable, Sendable, Equatable {
    /// What stands still.
    public var name: String
    /// Since when, UTC milliseconds.
    public var since: Int64

    /// Makes one.
    public init(name: String, since: Int64) {
        self.name = name
        self.since = since
    }
}

/// A thread of its own that asks every part for a sign of life each second, and says which one stands still, and where.
///
/// It uses nothing that it watches: neither the engine's queue nor a pool. What it finds goes to the log at once, with every thread's backtrace,
/// and to whoever shows it.
package final class Watchdog: Sendable {
    /// Without a sign of life for this long a part stands still, seconds.
    package static let limitSeconds = 5.0
    /// A part that works all the time without a sign of life stands still after this long, seconds.
    private static let workingSeconds = 60.0
    /// Processor time that counts as work within the limit, milliseconds.
    private static let leastWork: Int64 = 50
    /// Between two rounds, at most, seconds; at least five rounds fit into the limit.
    private static let roundSeconds = 1.0

    private struct Watch {
        var pulse: Pulse
        /// When it was asked, nanoseconds of a monotonic clock; nil: it has answered.
        var asked: UInt64?
        /// Its processor time then.
        var worked: Int64 = 0
        /// UTC milliseconds since which it stands still; nil: it goes on.
        var since: Int64?
    }

    private struct State {
        var watches: [Watch] = []
        var isStopped = false
    }

    private let limit: Double
    private let clock: EngineClock
    private let logger: Logger
    private let backtraces: @Sendable () -> [String]
    private let changed: @Sendable ([Standstill]) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - limit: seconds without a sign of life.
    ///   - backtraces: what every thread of the process does now, a line each.
    ///   - changed: called, on the watchdog's thread or on that of a part that goes on, with what stands still now.
    package init(
        limit: Double = limitSeconds, clock: EngineClock, logger: Logger, backtraces: @escaping @Sendable () -> [String],
        changed: @escaping @Sendable ([Standstill]) -> Void
    ) {
        self.limit = limit
        self.clock = clock
        self.logger = logger
        self.backtraces = backtraces
        self.changed = changed
    }

    /// Watches these too.
    package func watch(_ pulses: [Pulse]) { state.withLock { $0.watches += pulses.map { Watch(pulse: $0) } } }

    /// Starts the thread.
    func start() {
        let thread = Thread { [weak self] in
            Thread.current.name = "flyball.watch"
            while let self, !self.state.withLock({ $0.isStopped }) {
                self.look()
                Thread.sleep(forTimeInterval: min(Self.roundSeconds, self.limit / 5))
            }
        }
        thread.start()
    }

    /// Watches no more.
    func stop() { state.withLock { $0.isStopped = true } }

    /// What stands still now, that which does so longest first.
    package var standstills: [Standstill] {
        state.withLock { state in
            state.watches.compactMap { watch in watch.since.map { Standstill(name: watch.pulse.name, since: $0) } }.sorted {
                $0.since < $1.since
            }
        }
    }

    /// One round: asks whoever has answered, and looks at the others.
    package func look() {
        let now = clock.nanoseconds()
        var due: [(index: Int, pulse: Pulse)] = []
        let late = state.withLock { state in
            var late: [(index: Int, pulse: Pulse, asked: UInt64)] = []
            for index in state.watches.indices {
                let watch = state.watches[index]
                if let asked = watch.asked {
                    if watch.since == nil, seconds(asked, now) >= limit { late.append((index, watch.pulse, asked)) }
                } else {
                    state.watches[index].asked = now
                    due.append((index, watch.pulse))
                }
            }
            return late
        }
        for (index, pulse) in due {
            if let worked = pulse.worked?() { state.withLock { $0.watches[index].worked = worked } }
            pulse.ask { [weak self] in self?.answered(index, asked: now) }
        }
        for (index, pulse, asked) in late where !isWorking(index, pulse, for: seconds(asked, now)) { mark(index, pulse, asked, now) }
    }

    private func seconds(_ from: UInt64, _ to: UInt64) -> Double { to > from ? Double(to - from) / 1e9 : 0 }

    private func isWorking(_ index: Int, _ pulse: Pulse, for seconds: Double) -> Bool {
        guard let worked = pulse.worked?(), seconds < Self.workingSeconds else { return false }
        let share = Double(Self.leastWork) * seconds / limit
        return Double(worked - state.withLock { $0.watches[index].worked }) >= share
    }

    private func mark(_ index: Int, _ pulse: Pulse, _ asked: UInt64, _ now: UInt64) {
        let silent = seconds(asked, now)
        let since = clock.milliseconds() - Int64(silent * 1_000)
        let isSo = state.withLock { state in
            // It may have answered meanwhile.
            guard state.watches[index].asked == asked else { return false }
            state.watches[index].since = since
            return true
        }
        guard isSo else { return }
        // Said first: looking at every thread may take seconds.
        changed(standstills)
        logger.critical("\(pulse.name) has stood still for \(Int(silent)) s; what every thread does:")
        for line in backtraces() { logger.critical("\(line)") }
    }

    private func answered(_ index: Int, asked: UInt64) {
        let now = clock.nanoseconds()
        let name = state.withLock { state -> String? in
            guard state.watches[index].asked == asked else { return nil }
            state.watches[index].asked = nil
            defer { state.watches[index].since = nil }
            return state.watches[index].since == nil ? nil : state.watches[index].pulse.name
        }
        guard let name else { return }
        logger.notice("\(name) goes on after \(Int(seconds(asked, now))) s")
        changed(standstills)
    }
}
