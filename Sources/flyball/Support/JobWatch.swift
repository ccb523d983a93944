import Engine
import Foundation
import Tabular

/// Follows a job to its end and shows how far it is.
struct JobWatch {
    /// Time between two looks.
    static let interval = Duration.milliseconds(100)
    /// A promotion that follows a job is waited for so many looks.
    static let looksAfterwards = 100

    let session: Session
    private var progress: ProgressLine?

    /// - Parameter isQuiet: shows nothing.
    init(_ session: Session, isQuiet: Bool = false) {
        self.session = session
        progress = isQuiet ? nil : ProgressLine()
    }

    /// Waits for the job's end.
    ///
    /// Throws when it failed or was cancelled.
    ///
    /// - Parameter untilServing: the order also makes the version champion, which follows the job's own end.
    mutating func wait(for id: Int64, deployment: String, untilServing: Bool) async throws -> JobStatus {
        defer { progress?.end() }
        let job = try await end(of: id)
        switch job.state {
        case .failed, .parked:
            throw CommandFailure("job \(id) failed: \(SafeText.escape(job.error ?? "\(deployment): see its log"))")
        case .cancelled: throw CommandFailure("job \(id) was cancelled: \(deployment): `flyball job retry \(id)` queues it again")
        case .queued, .running, .done: break
        }
        if untilServing { try await champion(of: deployment, job: job) }
        return job
    }

    private mutating func end(of id: Int64) async throws -> JobStatus {
        while true {
            let job = try await session.job(id)
            progress?.show(job.state == .queued ? "waiting" : job.progressText, fraction: job.progress)
            if !job.state.isOpen { return job }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// The first version answers a moment after its job has ended, unless a gate refused it.
    private func champion(of name: String, job: JobStatus) async throws {
        for _ in 0..<Self.looksAfterwards {
            let status = try await session.deployment(name)
            if status.champion != nil { return }
            if let version = status.versions.first, !version.blessed {
                throw CommandFailure(
                    "\(name) answers nothing yet: \(job.result ?? "its version was refused"): train another version or give it more data")
            }
            try await Task.sleep(for: Self.interval)
        }
        throw CommandFailure("\(name) answers nothing yet: \(job.result ?? "trained"): see `flyball versions \(name)` and log/engine.log")
    }
}

/// A bar on a terminal, a line at each new stage elsewhere; on standard error.
struct ProgressLine {
    private static let width = 30

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private var lastText = ""
    private var lastStage: Substring = ""
    private var lastTenth = -1

    /// Shows how far the work is, 0…1.
    mutating func show(_ text: String, fraction: Double) {
        let share = min(max(fraction.isFinite ? fraction : 0, 0), 1)
        if isTerminal {
            let filled = Int(share * Double(Self.width))
            let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: Self.width - filled)
            let line = "[\(bar)] \(Int(share * 100)) %  \(SafeText.escape(String(text.prefix(60))))"
            guard line != lastText else { return }
            lastText = line
            try? Output.write(Array("\r\u{1B}[K\(line)".utf8), to: STDERR_FILENO)
            return
        }
        let stage = text.prefix { $0 != ":" }
        let tenth = Int(share * 10)
        guard stage != lastStage || tenth > lastTenth else { return }
        lastStage = stage
        lastTenth = tenth
        Output.remark("\(Int(share * 100)) % \(SafeText.escape(text))")
    }

    /// Takes the bar away again.
    func end() {
        if isTerminal, !lastText.isEmpty { try? Output.write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO) }
    }
}
