import Foundation
import Synchronization
import Workload

/// How a replay goes: a line that renews itself on a terminal, one every ten seconds elsewhere; on standard error.
final class ReplayProgress: Sendable {
    private static let linesApart = 10.0

    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let lastLine = Mutex(0.0)

    func update(_ report: ReplayReport) {
        let text =
            "\(report.requests) requests, \(FigureTexts.one(report.requestsPerSecond)) a second, \(report.failed) failed, "
            + "p99 \(FigureTexts.milliseconds(report.p99Microseconds / 1_000)), \(report.labelsAccepted) labels"
        if isTerminal {
            try? Output.write(Array("\r\u{1B}[K\(text)".utf8), to: STDERR_FILENO)
            return
        }
        let isDue = lastLine.withLock { last in
            guard report.elapsedSeconds - last >= Self.linesApart else { return false }
            last = report.elapsedSeconds
            return true
        }
        if isDue { Output.remark(text) }
    }

    /// Takes the line away.
    func end() {
        if isTerminal { try? Output.write(Array("\r\u{1B}[K".utf8), to: STDERR_FILENO) }
    }
}
