import Engine
import Foundation
import Tabular

/// Columns, cells and search of the job queue's table.
enum JobTable {
    /// The columns; where there is room, what came of a job has enough for the beginning of a sentence.
    static func columns(width: Int) -> [TableColumn] {
        [
            TableColumn("JOB", width: 5, alignment: .right, key: "job"),
            TableColumn("STATE", width: 12, key: "state"),
            TableColumn("DEPLOYMENT", width: width >= 100 ? 16 : 10, flex: 3, maximum: 28),
            TableColumn("KIND", width: 6, priority: 7),
            TableColumn("ALGORITHM", width: 13, priority: 5),
            TableColumn("PROGRESS", width: width >= 100 ? 20 : 9, flex: 4, maximum: 40, priority: 1),
            TableColumn("ETA", width: 7, alignment: .right, priority: 2),
            TableColumn("TOOK", width: 7, alignment: .right, priority: 4),
            TableColumn("BY", width: 8, flex: 1, maximum: 16, priority: 3),
            TableColumn("TRIES", width: 5, alignment: .right, priority: 8),
            TableColumn("QUEUED", width: 11, priority: 6),
        ]
    }

    /// The cells of a job.
    static func row(_ job: JobStatus, asOf: Int64, zone: TimeZone, _ glyphs: GlyphLevel) -> [TableCell] {
        let isOver = !job.state.isOpen
        let dash = TableCell(glyphs.set.dash, .muted)
        return [
            TableCell("\(job.id)", isOver ? .muted : .text),
            TableCell(state(job, glyphs)),
            TableCell(job.deployment, isOver ? .muted : .text),
            TableCell(job.kind.rawValue, .muted),
            TableCell(job.algorithm, .muted),
            progress(job, glyphs),
            job.state == .running ? job.secondsLeft.flatMap { eta($0) }.map { TableCell($0) } ?? dash : dash,
            took(job, asOf: asOf).map { TableCell(DurationText.text($0), .muted) } ?? dash,
            TableCell(Operator.shortName(job.createdBy), .muted),
            TableCell("\(job.attempts)", job.attempts > 1 ? .warn : .muted),
            TableCell(TimeText.recent(job.createdAt, asOf: asOf, zone: zone), .muted),
        ]
    }

    /// Glyph and word for a state: `● running`, `✖ failed`.
    static func state(_ job: JobStatus, _ glyphs: GlyphLevel) -> StyledText {
        let set = glyphs.set
        let (glyph, word, role): (String, String, Role) =
            switch job.state {
            case .running where job.isCancelling: (set.paused, "cancelling", .warn)
            case .running: (set.selected, "running", .accent)
            case .queued: (set.unknown, "queued", .text)
            case .done: (set.ok, "done", .ok)
            case .failed: (set.alert, "failed", .alert)
            case .cancelled: (set.dash, "cancelled", .muted)
            case .parked: (set.paused, "parked", .alert)
            }
        return StyledText("\(glyph) \(word)", Style(role, on: .text))
    }

    /// A bar while it runs, else what came of it.
    private static func progress(_ job: JobStatus, _ glyphs: GlyphLevel) -> TableCell {
        switch job.state {
        case .running: .gauge(job.progress)
        case .queued: TableCell("waits", .muted)
        case .done: TableCell(job.result ?? "", .muted)
        case .failed, .parked: TableCell(job.error ?? "", .alert)
        case .cancelled: TableCell("at \(Int((min(max(job.progress.isFinite ? job.progress : 0, 0), 1) * 100).rounded(.down))) %", .muted)
        }
    }

    /// Time left as text; nil when it is not known.
    static func eta(_ seconds: Double) -> String? {
        guard seconds.isFinite, seconds >= 0, let milliseconds = Int64(exactly: (min(seconds, 1e9) * 1_000).rounded()) else { return nil }
        return milliseconds < 1_000 ? "1 s" : DurationText.text(milliseconds)
    }

    /// Milliseconds from the start to the end, or to now; nil before the start.
    static func took(_ job: JobStatus, asOf: Int64) -> Int64? {
        guard let started = job.startedAt else { return nil }
        let (length, overflow) = (job.finishedAt ?? asOf).subtractingReportingOverflow(started)
        return overflow ? nil : max(0, length)
    }

    /// What a filter looks at.
    static func searchTexts(_ job: JobStatus) -> [String] {
        [
            "\(job.id)", job.state.rawValue, job.deployment, job.kind.rawValue, job.algorithm, job.createdBy, job.result ?? "",
            job.error ?? "",
        ]
    }
}
