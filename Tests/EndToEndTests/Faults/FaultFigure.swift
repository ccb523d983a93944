import Foundation

/// What a fault was tried with and what came of it: a line of the table.
struct FaultFigure: Sendable {
    /// What must hold.
    var promise: String
    /// What was done, with its numbers.
    var tried = ""
    /// What did not hold; empty when all did.
    var wrong: [String] = []
    /// Why it could not be tried here, if it could not.
    var skipped: String?
    /// How long it took.
    var seconds = 0.0

    init(_ promise: String) { self.promise = promise }

    /// In the table.
    var verdict: String { skipped.map { "not tried: \($0)" } ?? (wrong.isEmpty ? "holds" : "**\(wrong.count) wrong**") }

    /// In a sentence, for a test that fails.
    var complaint: String { "\(promise): \(tried): \(wrong.count) wrong:\n  " + wrong.prefix(20).joined(separator: "\n  ") }
}

/// The figures of a run.
struct FaultTable: Sendable {
    var seed: UInt64
    var figures: [FaultFigure] = []

    /// In Markdown, as docs/reliability.md has it.
    var markdown: String {
        var lines = ["| promise | tried | seen | seconds |", "|---|---|---|---|"]
        lines += figures.map { "| \($0.promise) | \($0.tried) | \($0.verdict) | \(Int($0.seconds.rounded())) |" }
        let total = Int(figures.reduce(0) { $0 + $1.seconds }.rounded())
        lines.append("")
        lines.append("`FAULTS_SEED=\(seed) make faults`, \(total) seconds of work.")
        let complaints = figures.filter { !$0.wrong.isEmpty }.map(\.complaint)
        return (lines + complaints).joined(separator: "\n") + "\n"
    }
}

/// How much of each fault is tried.
struct FaultScale: Sendable {
    /// Rounds of kill -9.
    var kills: Int
    /// Disk errors at the N-th call, N from 1 to this, for each store, call and error.
    var nth: [Int]
    /// Starts on a full disk.
    var fullStarts: Int
    /// Flipped bytes.
    var flips: Int
    /// Predictions between two jumps of the clock.
    var clockRows: Int
    /// Rounds of work while every write is short.
    var shortRounds: Int
    /// Whether what takes minutes of waiting is tried.
    var waits: Bool

    /// `make faults`.
    static let full = FaultScale(
        kills: 200, nth: [1, 2, 3, 5, 8], fullStarts: 6, flips: 2_000, clockRows: 300, shortRounds: 4, waits: true)
    /// A part of the slow suite.
    static let small = FaultScale(kills: 8, nth: [1, 3], fullStarts: 2, flips: 40, clockRows: 60, shortRounds: 1, waits: false)
}
