import Engine
import Foundation
import Learning
import Monitoring
import Tabular

/// Everything about one version, as lines.
struct VersionDetail {
    let version: VersionSummary
    /// All versions of the deployment, for the lineage.
    let all: [VersionSummary]
    let status: DeploymentStatus
    /// The deployment's alerts.
    let alerts: [Alert]
    let zone: TimeZone
    let asOf: Int64
    let glyphs: GlyphLevel
    /// What its training found, once that has come; nil for a version of an earlier release.
    var report: VersionReport?
    /// How much each column matters on its held-out rows.
    var importance = ImportanceState.computing

    private var set: Glyphs { glyphs.set }

    func lines(width: Int) -> [StyledText] {
        var text = DetailText(width: width)
        text.fact("state", VersionTable.state(version, advised: status.advised, glyphs) + StyledText("  " + version.algorithm))
        if let refused = version.gates.first(where: \.refuses) {
            text.fact("refused by", "\(refused.name): \(refused.detail)", .alert)
        }
        text.fact("created", "\(time(version.createdAt)) by \(version.createdBy)")
        text.fact("learnt from", version.source)
        text.fact(
            "rows",
            "\(FigureText.exact(version.trainRows)) trained, \(FigureText.exact(version.holdoutRows)) held out, "
                + "\(FigureText.figure(version.fitSeconds)) s")
        metrics(&text)
        sameRows(&text)
        gates(&text)
        decisions(&text)
        calibration(&text)
        slices(&text)
        ImportanceLines(state: importance, shares: version.importance, glyphs: set).add(to: &text)
        service(&text)
        settings(&text)
        trials(&text)
        lineage(&text)
        if !version.notes.isEmpty {
            text.heading("notes")
            for note in version.notes { text.paragraph(note, sign: StyledText(set.dash + " ", Style(.muted, on: .text))) }
        }
        return text.lines
    }

    private func metrics(_ text: inout DetailText) {
        guard !version.metrics.isEmpty else { return }
        text.heading("held-out metrics")
        for metric in version.metrics {
            var line = StyledText(TextWidth.pad(FigureText.quality(metric.value), to: 9), Style(.strong, on: .text))
            if let lower = metric.lower, let upper = metric.upper {
                line.append("\(FigureText.quality(lower)) to \(FigureText.quality(upper))")
                line.append("  \(metric.interval ?? "")", Style(.muted, on: .text))
            }
            line.append("  n \(FigureText.exact(metric.n))", Style(.muted, on: .text))
            text.fact(metric.name, line)
        }
    }

    /// Beside the champion of its time, or why not.
    private func sameRows(_ text: inout DetailText) {
        text.heading("against the champion, same rows")
        guard let paired = version.pairedFigures, !paired.figures.isEmpty else {
            let gate = version.gates.first { $0.undecided && $0.name == "against the champion" }
            return text.paragraph(gate?.detail ?? notCompared, .muted)
        }
        for figure in paired.figures {
            var line = StyledText(TextWidth.pad(FigureText.difference(figure.difference), to: 9), Style(.strong, on: .text))
            line.append("\(FigureText.difference(figure.lower)) to \(FigureText.difference(figure.upper))")
            let role: Role =
                switch figure.verdict {
                case .better: .ok
                case .worse: .alert
                case .same, .open: .muted
                }
            line.append("  \(figure.verdict.rawValue)", Style(role, on: .text))
            text.fact(figure.name, line)
        }
        text.paragraph("v\(paired.against), \(FigureText.exact(paired.rows)) rows", .muted)
    }

    /// Why a version has no figures beside a champion.
    private var notCompared: String {
        if version.online != nil { return "learnt label by label: `=` sets it beside another one" }
        let hadChampion = all.contains { $0.number < version.number && !$0.served.isEmpty }
        return hadChampion
            ? "not compared, or by an earlier release, which did not keep the figures: `=` sets it beside another one"
            : "there was no champion when it was trained"
    }

    private func gates(_ text: inout DetailText) {
        guard !version.gates.isEmpty else { return }
        text.heading("gates")
        for gate in version.gates {
            let light = Light(gate)
            let sign = StyledText(light.glyph(glyphs) + " ", Style(light.role, on: .text))
            let word = gate.passed ? gate.warning ? "passed with a warning" : "passed" : gate.undecided ? "undecided" : "REFUSED"
            text.paragraph("\(gate.name) \(word)", light == .ok ? .text : light.role, sign: sign)
            text.paragraph(gate.detail, .muted, indent: 2)
        }
    }

    /// From where on it calls a row positive; without a table only where somebody chose.
    private func decisions(_ text: inout DetailText) {
        let table = report?.decisions?.table
        guard table != nil || version.threshold != nil || report?.decisions?.classes != nil else { return }
        text.heading("decisions")
        if report?.decisions?.classes == nil {
            text.fact("positive", "from \(version.threshold?.words ?? "\(FigureText.figure(version.decidesFrom)) on")")
        }
        if let table { text.fact("held-out", table.confusion(at: version.decidesFrom).words) }
        text.paragraph("d shows curves, thresholds and gains", .muted)
    }

    private func calibration(_ text: inout DetailText) {
        guard let found = report?.calibration else { return }
        text.heading("calibration")
        text.fact("method", found.method)
        var error = StyledText(FigureText.quality(found.errorAfter), Style(.strong, on: .text))
        if found.method != "none" { error.append("  \(FigureText.quality(found.errorBefore)) without it", Style(.muted, on: .text)) }
        text.fact("error", error)
        text.paragraph("predicted \(set.arrow) observed, in ten groups of the same size", .muted)
        for point in found.points {
            let isOff = point.predicted < point.lower || point.predicted > point.upper
            var line = StyledText("  \(FigureText.quality(point.predicted)) \(set.arrow) ", Style(.muted, on: .text))
            line.append(FigureText.quality(point.observed), Style(isOff ? .warn : .text, on: .text))
            line.append("  \(FigureText.quality(point.lower)) to \(FigureText.quality(point.upper))", Style(.muted, on: .text))
            line.append("  n \(FigureText.exact(point.n))", Style(.muted, on: .text))
            text.line(line)
        }
    }

    private func slices(_ text: inout DetailText) {
        guard let slices = report?.slices, !slices.isEmpty else { return }
        text.heading("by slice")
        for slice in slices {
            guard let metric = slice.metrics.first else { continue }
            var line = StyledText(FigureText.quality(metric.value), Style(.strong, on: .text))
            if let lower = metric.lower, let upper = metric.upper {
                line.append("  \(FigureText.quality(lower)) to \(FigureText.quality(upper))")
            }
            line.append("  \(metric.name)  n \(FigureText.exact(slice.n))", Style(.muted, on: .text))
            text.fact("\(slice.feature) \(slice.value)", line)
        }
    }

    private func service(_ text: inout DetailText) {
        text.heading("service")
        if version.served.isEmpty { text.paragraph(version.blessed ? "never answered" : "never answered: refused", .muted) }
        for interval in version.served {
            let until = interval.until ?? asOf
            let length = until.subtractingReportingOverflow(interval.from)
            var line = StyledText("\(time(interval.from)) \(set.arrow) ")
            line.append(interval.until.map { time($0) } ?? "now", Style(interval.until == nil ? .ok : .text, on: .text))
            line.append("  " + DurationText.text(length.overflow ? 0 : max(0, length.partialValue)), Style(.muted, on: .text))
            text.line(line)
            for alert in alerts where alert.raisedAt >= interval.from && alert.raisedAt <= until {
                text.paragraph(
                    "\(time(alert.raisedAt)) " + (alert.title.hasPrefix(alert.kind.rawValue) ? "" : alert.kind.rawValue + ": ")
                        + alert.title, .muted,
                    sign: StyledText("  \(set.warn) ", Style(alert.state == .firing ? .alert : .warn, on: .text)))
            }
        }
    }

    private func settings(_ text: inout DetailText) {
        text.heading("settings")
        for (name, value) in version.settings.sorted(by: { $0.key < $1.key }) { text.fact(name, value) }
        text.fact("seed", "\(version.seed)")
    }

    /// What the search for its settings tried, the best first.
    private func trials(_ text: inout DetailText) {
        guard let search = SearchProgress(report?.trials ?? []) else { return }
        let table = TrialTable(search: search, glyphs: glyphs)
        text.gap()
        text.line(table.heading)
        for line in table.lines(width: text.width) { text.line(line) }
        if let remainder = table.remainder { text.paragraph("\(remainder): `flyball card` has them all", .muted) }
    }

    private func lineage(_ text: inout DetailText) {
        text.heading("lineage")
        let before = all.filter { $0.number < version.number && !$0.served.isEmpty }.first { other in
            other.served.contains { $0.from <= version.createdAt && ($0.until ?? .max) >= version.createdAt }
        }
        text.fact("taught while", before.map { "\($0.name) answered" } ?? "nothing answered", before == nil ? .muted : .text)
        text.fact("data", version.dataHash)
        let sharing = all.filter { $0.number != version.number && $0.dataHash == version.dataHash && !version.dataHash.isEmpty }
        if !sharing.isEmpty { text.fact("", "the same data as " + sharing.map(\.name).joined(separator: ", ")) }
        text.fact("artefact", version.artefactHash ?? "not kept", version.artefactHash == nil ? .muted : .text)
        for (name, release) in version.libraries.sorted(by: { $0.key < $1.key }) { text.fact(name, release, .muted) }
    }

    private func time(_ milliseconds: Int64) -> String { String(TimeText.local(milliseconds, zone: zone, format: .full).dropLast(3)) }
}
