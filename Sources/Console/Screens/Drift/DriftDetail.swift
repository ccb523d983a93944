import Engine
import Monitoring

/// How verdicts are coloured and titled.
enum DriftWording {
    static func role(_ state: DriftState) -> Role {
        switch state {
        case .ok: .text
        case .warn: .warn
        case .drift: .alert
        case .calendar, .notEnoughData, .referenceTooSmall, .waiting, .muted: .muted
        }
    }

    /// `2 of 18 columns unlike training, window of 1,000 rows`.
    static func title(_ status: DeploymentStatus) -> String {
        guard let report = status.drift else { return "drift" }
        let bad = report.features.count { $0.state == .drift }
        let count = report.features.count
        return "\(bad) of \(count) column\(count == 1 ? "" : "s") unlike training, window of \(FigureText.exact(report.n)) rows"
    }
}

/// All that is said of one column in the last window.
struct DriftDetail {
    let feature: FeatureDrift
    let status: DeploymentStatus
    let context: ScreenContext

    func lines(width: Int) -> [StyledText] {
        var text = DetailText(width: width)
        guard let report = status.drift else { return [] }
        text.paragraph(feature.words(in: report), DriftWording.role(feature.state))
        if let changing = feature.changingWords {
            let since = feature.verdict?.changing?.since.map { ", since \(ChromeTime.short($0, context))" } ?? ""
            text.paragraph(changing + since, .alert)
        }
        said(&text)
        text.gap()
        text.fact("PSI", "\(FigureText.figure(feature.psi)), usual up to \(FigureText.figure(feature.threshold))")
        if let verdict = feature.verdict { figures(verdict, &text) } else { independent(&text) }
        text.fact(
            "missing",
            "\(FigureText.figure(feature.missing * 100)) %, in training \(FigureText.figure(feature.referenceMissing * 100)) %")
        text.fact("rows", "\(FigureText.exact(report.n)) now, \(FigureText.exact(feature.m)) in training")
        text.fact("window", "\(ChromeTime.short(report.windowStart, context)) to \(ChromeTime.short(report.windowEnd, context))")
        long(report, &text)
        return text.lines
    }

    /// What operators have said of the column, the last window notwithstanding.
    private func said(_ text: inout DetailText) {
        if let mute = status.tuning?.mute(feature.feature, at: context.asOf) {
            let until = mute.until.map { "until \(ChromeTime.short($0, context))" } ?? "until somebody unmutes it"
            text.fact("muted", "\(until) by \(mute.by)" + (mute.reason.map { ": \($0)" } ?? ""), .info)
        }
        if let floor = status.tuning?.floors[feature.feature] {
            text.fact("drifts", "from a PSI of \(FigureText.figure(floor)) beyond what is expected", .info)
        }
    }

    private func figures(_ verdict: ColumnVerdict, _ text: inout DetailText) {
        for (name, statistic) in [("shape", DriftStatistic.shape), ("new values", .new), ("gaps", .missing)] {
            let own = verdict[statistic]
            let share = statistic == .new ? "\(FigureText.figure(verdict.newShare * 100)) % of rows, " : ""
            text.fact(
                name,
                "\(share)PSI \(FigureText.figure(own.psi)), expected \(FigureText.figure(own.expected)), p \(FigureText.figure(own.pValue))",
                DriftWording.role(own.state))
        }
        if let changing = verdict.changing {
            let own = changing.worst
            text.fact(
                "before", "PSI \(FigureText.figure(own.psi)) against the 16 windows before, expected \(FigureText.figure(own.expected))",
                DriftWording.role(changing.state))
        }
        text.fact(
            "stretches",
            verdict.isDependent
                ? "those of the training differ by more than counting explains" : "those of the training differ as independent rows do")
    }

    private func independent(_ text: inout DetailText) {
        text.fact("excess", "\(FigureText.figure(feature.excess)), p \(FigureText.figure(feature.pValue))")
        text.fact("judged", "as if rows were independent: this version has no table of healthy stretches, train a new one", .muted)
    }

    private func long(_ report: DriftReport, _ text: inout DetailText) {
        let own = (report.long ?? []).filter { $0.columns.contains { $0.name == feature.feature } }
        for verdict in own { text.fact("together", verdict.words, .alert) }
    }
}
