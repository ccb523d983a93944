import Foundation
import Tabular

/// The verdicts in words: the same ones on screen, on the command line, in alerts and in the journal.
extension FeatureDrift {
    /// What is said of the column, without its name: `ok`, `unlike training: …`, `runs with the calendar: is the month of time`.
    public func words(in report: DriftReport) -> String {
        switch state {
        case .calendar: return "runs with the calendar: \(calendar ?? "moves with time")"
        case .muted: return muteWords
        case .notEnoughData: return "not enough data: \(report.n) rows, needs \(Drift.minimumRows)"
        case .waiting:
            let progress = report.learning.map { ", \($0.windows) of \($0.needed)" } ?? ""
            return "training rows came in no order: learning from traffic how much windows differ\(progress)"
        case .referenceTooSmall:
            return "reference too small: \(Figures.grouped(m)) rows, needs \(Figures.grouped(report.referenceNeeded ?? 1_000))"
        case .ok, .warn, .drift: break
        }
        guard let verdict else { return independentWords }
        if state == .ok { return verdict.isBlind ? blindWords(report) : okWords(verdict) }
        switch verdict.worst {
        case .new: return "\(Figures.short(verdict.newShare * 100)) % \(verdict.newWords), training had none"
        case .missing: return "\(Figures.short(missing * 100)) % missing, training had \(Figures.short(referenceMissing * 100)) %"
        case .shape:
            let figures = "(PSI \(Figures.short(psi)), usual \(Figures.short(threshold)))"
            // Figures first: lists cut what does not fit.
            return state == .drift
                ? "unlike training \(figures): no stretch of this length in training explains it" : "a little unlike training \(figures)"
        }
    }

    /// Who muted it, until when, and what is measured meanwhile.
    private var muteWords: String {
        let until = mute?.until.map { " until \(TimeText.rfc3339($0))" } ?? ""
        let why = mute?.reason.map { ": \($0)" } ?? ""
        return "muted\(until) by \(mute?.by ?? "somebody")\(why) (PSI \(Figures.short(psi)), usual \(Figures.short(threshold)))"
    }

    /// What is said of `changing now`, if it is.
    public var changingWords: String? {
        guard let changing = verdict?.changing, changing.state == .drift || changing.state == .warn else { return nil }
        let worst = changing.worst
        let what = changing.missing.state == changing.state && changing.shape.state != changing.state ? "missing values " : ""
        return
            "changing now: \(what)against the 16 windows before (PSI \(Figures.short(worst.psi)), usual \(Figures.short(worst.expected)))"
    }

    /// A version of an earlier release, judged as if rows were independent.
    private var independentWords: String {
        switch state {
        case .ok: "within what chance allows"
        case .warn: "shifted a little: PSI \(Figures.short(psi)), significant from \(Figures.short(threshold)) at n \(n)"
        default: "drifted: PSI \(Figures.short(psi)), significant from \(Figures.short(threshold)) at n \(n)"
        }
    }

    private func okWords(_ verdict: ColumnVerdict) -> String {
        // Where counting alone explains it there is nothing to say.
        guard verdict.isDependent, psi > 2 * Double(degreesOfFreedom) * (1 / Double(max(1, n)) + 1 / Double(max(1, m))) else { return "ok" }
        return "differs as stretches of the training did (usual here: PSI up to \(Figures.short(threshold)))"
    }

    private func blindWords(_ report: DriftReport) -> String {
        "moves too much to be judged by windows of \(Figures.grouped(report.n)) rows"
    }
}

extension ColumnVerdict {
    /// What the rows are that the training cannot explain.
    fileprivate var newWords: String { isText ? "new texts" : "numbers far out of range" }
}

extension LongVerdict {
    /// In words: `in 4,000 rows of 4 windows together dep_delay is unlike training (PSI 0.4, usual 0.2)`.
    public var words: String {
        let names = columns.prefix(3).map(\.name).joined(separator: ", ")
        let figures = columns.first.map { " (PSI \(Figures.short($0.verdict.shape.psi)), usual \(Figures.short($0.verdict.usual)))" } ?? ""
        return "in \(Figures.grouped(rows)) rows of \(windows) windows together \(names) is unlike training\(figures)"
    }
}

extension Figures {
    /// A whole number with its thousands apart: `12,000`.
    public static func grouped(_ value: Int) -> String {
        var text = ""
        for (index, digit) in String(abs(value)).reversed().enumerated() {
            if index > 0, index.isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + String(text.reversed())
    }
}
