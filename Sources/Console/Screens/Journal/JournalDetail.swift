import Engine
import Foundation
import Store
import Tabular

/// A whole journal entry, and what a walk along the chain found, as lines.
enum JournalDetail {
    /// Everything about an entry.
    static func lines(_ row: JournalRow, zone: TimeZone, width: Int) -> [StyledText] {
        let entry = row.entry
        var text = DetailText(width: width, labelWidth: 12)
        text.fact("when", TimeText.local(entry.time, zone: zone) + "  " + TimeText.rfc3339(entry.time))
        text.fact("who", entry.actor)
        let isByToken = entry.actor.hasPrefix("token:")
        text.fact(
            "uid",
            entry.uid.map { "\($0), attested by the kernel" }
                ?? (isByToken ? "none: known by its token, over HTTP" : "none: the engine acted by itself"),
            entry.uid == nil && !isByToken ? .muted : .text)
        text.fact("role", entry.role)
        text.fact("verb", entry.verb, JournalTable.role(entry.verb))
        text.fact("deployment", entry.deployment ?? "none", entry.deployment == nil ? .muted : .text)
        text.fact("what", entry.summary, .strong)
        text.fact("reason", entry.reason ?? "none given", entry.reason == nil ? .muted : .text)
        let details = details(entry.details)
        if !details.isEmpty {
            text.heading("details")
            for (name, value) in details { text.fact(name, value) }
        }
        text.heading("chain")
        text.fact("row", FigureText.exact(row.sequence))
        text.fact("hash", row.hash)
        text.fact("after", row.previousHash, .muted)
        return text.lines
    }

    /// The details by name; those that are no JSON object of texts as they are.
    private static func details(_ text: String) -> [(String, String)] {
        guard !text.isEmpty, text != "{}" else { return [] }
        guard let object = try? JSONDecoder().decode([String: String].self, from: Data(text.utf8)) else { return [("", text)] }
        return object.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The verdict on the chain, and what it guarantees.
    static func lines(_ state: PageState, width: Int, zone: TimeZone, glyphs: GlyphLevel) -> [StyledText] {
        var text = DetailText(width: width, labelWidth: 12)
        guard case .ready(let page) = state else {
            text.paragraph("walking along the chain", .muted)
            return text.lines
        }
        switch page.content {
        case .verification(let verdict):
            let sign = verdict.isIntact ? glyphs.set.ok : glyphs.set.alert
            let role: Role = verdict.isIntact ? .ok : .alert
            let word = verdict.isIntact ? "the journal is intact" : "the journal was tampered with"
            text.line(StyledText("\(sign) \(word)", Style(role, on: .text, .bold)))
            text.gap()
            text.fact("walked", "\(FigureText.exact(verdict.rows)) rows at \(TimeText.local(page.asOf, zone: zone, format: .second))")
            if let bad = verdict.firstBad { text.fact("first bad", "row \(FigureText.exact(bad)): \(verdict.problem ?? "")", .alert) }
            text.fact("guarantee", verdict.guarantee)
            if let checkpoint = verdict.checkpoint {
                text.heading("checkpoint, to be kept on another machine")
                text.fact("row", FigureText.exact(checkpoint.sequence))
                text.fact("hash", checkpoint.hash)
            }
        case .failed(let reason): text.paragraph("the journal cannot be read: \(reason)", .alert)
        default: text.paragraph("the engine gave another answer than the one that was asked for", .alert)
        }
        return text.lines
    }
}

/// Columns and cells of the journal's table.
enum JournalTable {
    static let columns = [
        TableColumn("ROW", width: 6, alignment: .right, priority: 5),
        TableColumn("TIME", width: 11),
        TableColumn("WHO", width: 8, flex: 1, maximum: 16, priority: 3),
        TableColumn("VERB", width: 14, priority: 4),
        TableColumn("DEPLOYMENT", width: 12, flex: 1, maximum: 24, priority: 2),
        TableColumn("WHAT", width: 20, flex: 4),
        TableColumn("REASON", width: 14, flex: 2, priority: 6),
    ]

    static func row(_ row: JournalRow, asOf: Int64, zone: TimeZone) -> [TableCell] {
        let entry = row.entry
        return [
            TableCell("\(row.sequence)", .muted),
            TableCell(TimeText.recent(entry.time, asOf: asOf, zone: zone), .muted),
            TableCell(Operator.shortName(entry.actor), entry.uid == nil ? .muted : .text),
            TableCell(entry.verb, role(entry.verb)),
            TableCell(entry.deployment ?? "", .accent),
            TableCell(entry.summary),
            TableCell(entry.reason ?? "", .muted),
        ]
    }

    /// A row that cannot be shown: its number and why.
    static func placeholder(_ sequence: Int64, _ text: String, _ role: Role) -> [TableCell] {
        [TableCell("\(sequence)", .muted), TableCell("", role), "", "", "", TableCell(text, role), ""]
    }

    /// How a verb stands out.
    static func role(_ verb: String) -> Role {
        switch verb {
        case "rollback", "pause", "freeze": .warn
        case "alert", "train failed": .alert
        case "promote", "resume", "unfreeze": .accent
        case "alert resolved": .ok
        default: .text
        }
    }
}
