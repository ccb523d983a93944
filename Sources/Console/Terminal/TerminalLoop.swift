import Foundation
import Synchronization

/// Runs a console on a terminal: input goes in, frames come out, and nothing happens when nothing changes.
///
/// Blocks its thread, which must be the terminal's own. Keys are drawn at once; what comes by itself at most `framesPerSecond` times a second.
package final class TerminalLoop: Sendable {
    package static let framesPerSecond = 20
    /// How long after a key every change is drawn at once, milliseconds: its effect may come from another process.
    private static let keyPatience: Int64 = 150

    /// What the screen was left for.
    package enum Ending: Equatable, Sendable {
        case console(ConsoleEnding)
        /// The frames cannot be drawn.
        case broken(FrameFailure)
    }

    private let wake: TerminalWake
    private let clock: @Sendable () -> Int64
    private let orders = Mutex(Orders())

    private struct Orders {
        var ending: ConsoleEnding?
        var isSuspended = false
    }

    /// - Parameter clock: milliseconds that only go forward.
    package init(wake: TerminalWake, clock: @escaping @Sendable () -> Int64 = TerminalLoop.milliseconds) {
        self.wake = wake
        self.clock = clock
    }

    /// The monotonic clock.
    package static func milliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Ends the loop from another thread.
    package func end(_ ending: ConsoleEnding) {
        orders.withLock { if $0.ending == nil { $0.ending = ending } }
        wake.call()
    }

    /// Gives the terminal back for a while, or takes it again, from another thread.
    package func suspend(_ isSuspended: Bool) {
        orders.withLock { $0.isSuspended = isSuspended }
        wake.call()
    }

    /// Runs until the console ends, the terminal goes away, or `end` is called.
    ///
    /// The terminal is restored and the model closed then.
    ///
    /// - Parameter onSuspend: the terminal has been given back, because of `ctrl-z` or of `suspend`; nil: there is nobody to give it back to.
    package func run(_ model: any ConsoleModel, on terminal: any Terminal, onSuspend: (() -> Void)? = nil) -> Ending {
        defer {
            terminal.restore()
            model.close()
        }
        var pace = Pace(clock: clock)
        var isSuspended = false
        var typed = TypedText()
        model.receive(.resize(terminal.size))
        while true {
            if let ending = model.ending ?? orders.withLock({ $0.ending }) { return .console(ending) }
            if !isSuspended, pace.isDue {
                if let delta = model.nextDelta() {
                    do throws(FrameFailure) { try terminal.draw(delta) } catch { return .broken(error) }
                    pace.drew()
                    for case .save(let path, let content) in delta.effects {
                        model.receive(.saved(path: path, failure: save(content, of: terminal, to: path, typed)))
                        pace.hurry()
                    }
                    // What waits now was typed before the frame was there: the model hears of it first.
                    let early = terminal.wait(milliseconds: 0)
                    if early.isWoken { pace.isAwaited = true }
                    if let ending = take(early.events, model, terminal, &pace, &typed, canSuspend: onSuspend != nil) { return ending }
                    model.drawn()
                } else {
                    pace.isAwaited = false
                }
            }
            let input = terminal.wait(milliseconds: isSuspended ? nil : pace.milliseconds)
            if input.isWoken { pace.isAwaited = true }
            if let ending = take(input.events, model, terminal, &pace, &typed, canSuspend: onSuspend != nil) { return ending }
            let wanted = orders.withLock { $0.isSuspended }
            if wanted != isSuspended, let onSuspend {
                isSuspended = wanted
                if wanted {
                    terminal.suspend()
                    onSuspend()
                } else {
                    terminal.resume()
                    model.receive(.resize(terminal.size))
                    pace.hurry()
                }
            }
        }
    }

    /// Hands input to the model, but for the keys that are the terminal's own; how it ended, if it has.
    private func take(
        _ events: [InputEvent], _ model: any ConsoleModel, _ terminal: any Terminal, _ pace: inout Pace, _ typed: inout TypedText,
        canSuspend: Bool
    ) -> Ending? {
        for event in events {
            typed.take(event)
            switch event {
            case .hangup:
                model.receive(.hangup)
                return .console(.hangup)
            case .key(Key(.character("z"), .control)) where canSuspend: orders.withLock { $0.isSuspended = true }
            case .key(Key(.character("l"), .control)): terminal.redraw()
            // The way out when nobody answers.
            case .key(Key(.character("\\"), .control)): return .console(.detached)
            default:
                model.receive(event)
                pace.hurry()
            }
        }
        return nil
    }

    /// Keeps a text, or the screen, in a file; why not, when it cannot.
    ///
    /// The console may run in another process, under another user: its frames name no file that was not typed here.
    private func save(_ content: String?, of terminal: any Terminal, to path: String, _ typed: TypedText) -> String? {
        guard typed.contains(path) else {
            return "type the file's name without corrections: files are written only under a name that was typed"
        }
        if let content { return FreshFile.write(content, to: path) }
        guard let picture = terminal.picture else { return "nothing is shown yet" }
        return FreshFile.write(picture.content(ScreenImage.Format(fileName: path)), to: path)
    }

    /// When the next frame may be drawn.
    private struct Pace {
        let clock: @Sendable () -> Int64
        /// Whether there may be something to draw.
        var isAwaited = true
        private var earliest = Int64.min
        private var hurriesUntil = Int64.min

        init(clock: @escaping @Sendable () -> Int64) { self.clock = clock }

        mutating func drew() { earliest = clock() + Int64(1_000 / TerminalLoop.framesPerSecond) }

        mutating func hurry() {
            isAwaited = true
            hurriesUntil = clock() + TerminalLoop.keyPatience
        }

        private var left: Int64 {
            let now = clock()
            return now < hurriesUntil || now >= earliest ? 0 : earliest - now
        }

        var isDue: Bool { isAwaited && left == 0 }

        /// How long to wait when nothing comes; nil: for ever.
        var milliseconds: Int? { isAwaited ? Int(left) : nil }
    }
}
