import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular

/// The words of a report: what a person who reads no charts should know.
enum ReportText {
    /// Text between tags or in an attribute; what could move or reorder the line is made visible first.
    static func escaped(_ text: String) -> String {
        SafeText.escape(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;").replacing(
            "\"", with: "&quot;")
    }

    /// `2026-11-30 02:14 UTC`.
    static func time(_ milliseconds: Int64) -> String { String(TimeText.local(milliseconds, zone: .gmt).dropLast(3)) + " UTC" }

    /// A figure with its interval, if it has one.
    static func figure(_ value: Double, _ lower: Double?, _ upper: Double?) -> String {
        guard let lower, let upper else { return Figures.short(value) }
        return "\(Figures.short(value)) (\(Figures.short(lower)) to \(Figures.short(upper)))"
    }

    /// How a thousand is written: `12 345 678` with narrow blanks.
    static func grouped(_ count: Int64) -> String {
        var digits = Array(String(count.magnitude))
        var place = digits.count - 3
        while place > 0 {
            digits.insert("\u{202F}", at: place)
            place -= 3
        }
        return (count < 0 ? "-" : "") + String(digits)
    }

    /// The sentences at the top.
    static func summary(_ facts: ReportFacts) -> [String] {
        [traffic(facts), champion(facts), quality(facts), data(facts), trouble(facts)].compactMap(\.self)
    }

    /// How many there were, by a series of so many a second: each second that was counted weighs one.
    static func total(_ points: [SeriesPoint]) -> Double {
        points.filter { $0.n > 0 && $0.mean.isFinite }.reduce(0) { $0 + $1.mean * $1.n }
    }

    private static func traffic(_ facts: ReportFacts) -> String? {
        let requests = total(facts.series[.requests] ?? [])
        guard requests >= 1 else { return "It answered nothing in this time." }
        let errors = total(facts.series[.errors] ?? [])
        let about = "It answered about \(grouped(Int64(requests.rounded()))) requests"
        let failed = errors < 0.5 ? "none failed" : "\(Figures.short(errors / max(requests, errors) * 100)) % failed"
        let slow = (facts.series[.latencyP99] ?? []).filter { $0.n > 0 }.max { $0.mean < $1.mean }
        return about + "; \(failed)"
            + (slow.map { "; 99 of 100 were answered within \(Figures.short($0.mean)) ms at the worst time, \(time($0.time))" } ?? "") + "."
    }

    private static func champion(_ facts: ReportFacts) -> String? {
        guard let number = facts.deployment.champion else { return "No version answers." }
        let served = facts.versions.filter { $0.served.contains { ($0.until ?? .max) > facts.from && $0.from < facts.until } }
        let since = facts.versions.first { $0.number == number }?.served.last { $0.until == nil }?.from
        let state = facts.deployment.state == .live ? "answers" : "would answer, but the deployment is \(facts.deployment.state.rawValue)"
        let others = served.count > 1 ? "; \(served.count) versions answered in turn" : ""
        return "v\(number) \(state)" + (since.map { " since \(time($0))" } ?? "") + others + "."
    }

    private static func quality(_ facts: ReportFacts) -> String? {
        if let quality = facts.deployment.quality, let primary = quality.primary {
            let before = quality.atPromotion.map { "; it was \(Figures.short($0.value)) when the version was promoted" } ?? ""
            let alarm = quality.since.map { ", and is below what is tolerated since \(time($0))" } ?? ""
            return
                "Where the truth has come, its \(primary.name) is \(figure(primary.value, primary.lower, primary.upper))\(before)\(alarm)."
        }
        guard let estimate = facts.deployment.qualityEstimate, let primary = estimate.primary else {
            return "How good its answers were is not known: too few labels have come."
        }
        let trust = estimate.isTrusted ? "" : ", which is not to be relied on"
        return
            "Without labels, its \(primary.name) is estimated at \(figure(primary.value, primary.lower, primary.upper))\(trust) (\(estimate.calibration))."
    }

    private static func data(_ facts: ReportFacts) -> String? {
        guard let drift = facts.deployment.drift else { return nil }
        let moved = drift.inOrder.filter { $0.state == .drift || $0.state == .warn }.map(\.feature)
        guard !moved.isEmpty else { return "Its inputs look like those that it learnt from." }
        let others = moved.count > 3 ? " and \(moved.count - 3) more" : ""
        return "Its inputs differ from those that it learnt from: \(moved.prefix(3).joined(separator: ", "))\(others)."
    }

    private static func trouble(_ facts: ReportFacts) -> String? {
        let open = facts.alerts.filter { $0.state != .resolved }
        guard !facts.alerts.isEmpty else { return "No alert was raised." }
        return
            "\(facts.alerts.count == 1 ? "One alert" : "\(facts.alerts.count) alerts") stood in this time, \(open.isEmpty ? "none still does" : "\(open.count) still open")."
    }
}
