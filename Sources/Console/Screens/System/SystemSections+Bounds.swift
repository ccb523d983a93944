import Engine
import Tabular

/// What work may take, and what grows.
extension SystemSections {
    /// Classes of work with their shares and what they have given way; not shown while nothing holds any of it back.
    var work: [Section] {
        let all = system.bounds.resources.filter(\.isWorthTelling)
        guard all.contains(where: { $0.cpuShare < 1 || $0.opening < 1 || $0.heldBy != nil }) else { return [] }
        var text = newText
        for one in all {
            if let reason = one.heldBy {
                text.fact(one.job.rawValue, SafeText.escape(reason), .warn)
                continue
            }
            var line = bar(one.cpuShare * one.opening)
            line.append(" " + percent(one.cpuShare) + (isWide ? " of the machine" : ""))
            if one.opening < 1 { line.append(", now \(percent(one.opening)) of it", Style(.warn, on: .text)) }
            text.fact(one.job.rawValue, line)
            if one.yieldedMilliseconds > 0 || one.boundedMilliseconds > 0 {
                let yielded = DurationText.text(one.yieldedMilliseconds)
                let bounded = DurationText.text(one.boundedMilliseconds)
                text.fact("", isWide ? "waited \(yielded) for serving, \(bounded) for its share" : "waited \(yielded), \(bounded)", .muted)
            }
        }
        return [Section(title: "work beside serving", lines: text.lines)]
    }

    /// What grows, with its limit, its growth and the day on which it is full; not shown before it was measured.
    var limits: [Section] {
        let all = system.bounds.limits
        guard !all.isEmpty else { return [] }
        var text = newText
        for one in all {
            var line = bar(one.share)
            line.append(" " + figure(one.size, one.unit) + (one.limit.map { " of \(figure($0, one.unit))" } ?? ""))
            if let perDay = one.perDay, abs(perDay) >= 1, isWide {
                let size = figure(Int64(min(abs(perDay), 9e18)), one.unit)
                line.append(", \(perDay < 0 ? "-" : "+")\(size) a day", Style(.muted, on: .text))
            }
            if let end = end(of: one) { line.append((isWide ? ", " : " ") + end.words, Style(end.role, on: .text)) }
            text.fact(one.thing.rawValue, line)
            // What a person must do something about is told before it comes to that.
            if one.isPressing { text.fact("", "then " + one.atLimit, .warn) }
        }
        return [Section(title: "limits", lines: text.lines)]
    }

    private func end(of one: GrowthStatus) -> (words: String, role: Role)? {
        if one.share >= 1 { return ("full", one.thing.needsPerson ? .alert : .muted) }
        guard let full = one.fullAt else { return nil }
        let day = TimeText.rfc3339(full).prefix(10)
        return ("full \(isWide ? "on " : "")\(day)", one.isPressing ? .warn : .muted)
    }

    private func figure(_ size: Int64, _ unit: GrowingThing.Unit) -> String {
        unit == .bytes ? FigureText.bytes(size) : isWide ? FigureText.exact(size) + " rows" : FigureText.count(Double(size))
    }

    private func percent(_ share: Double) -> String { "\(Int((min(max(share, 0), 1) * 100).rounded()))%" }
}
