import Engine
import Foundation
import Monitoring
import Store
import Tabular

/// What System shows, part by part, as lines of a width.
struct SystemSections {
    /// A heading with its lines.
    struct Section {
        var title: String
        var lines: [StyledText]
    }

    let snapshot: Snapshot
    let terminal: TerminalFacts
    let zone: TimeZone
    let asOf: Int64
    let width: Int
    let glyphs: GlyphLevel

    var system: SystemStatus { snapshot.system }
    /// Whether there is room for whole sentences.
    var isWide: Bool { width >= 58 }
    var newText: DetailText { DetailText(width: width, labelWidth: isWide ? 14 : 13) }
    private var dash: String { glyphs.set.dash }

    var all: [Section] {
        [engine] + damaged + [process, stores] + work + limits + backups + access + [queues, serving] + categories + [
            operators, terminalFacts, libraries,
        ]
    }

    /// Stored records that cannot be read; not shown while all can.
    private var damaged: [Section] {
        guard system.damagedCount > 0 else { return [] }
        var text = newText
        for record in system.damaged {
            text.paragraph(record.text, .alert, sign: StyledText(glyphs.set.alert + " ", Style(.alert, on: .text)))
        }
        let hidden = system.damagedCount - system.damaged.count
        if hidden > 0 { text.paragraph("and \(FigureText.exact(hidden)) more: see flyball doctor", .muted) }
        return [Section(title: "records that cannot be read, left as they are", lines: text.lines)]
    }

    private var engine: Section {
        let engine = snapshot.engine
        var text = newText
        text.fact("workspace", engine.workspace.isEmpty ? dash : engine.workspace + (engine.isDemo ? " (demo: windows are shortened)" : ""))
        text.fact("version", (engine.version.isEmpty ? dash : engine.version) + ", pid \(engine.pid)")
        let up = DurationText.text(max(0, asOf.subtractingReportingOverflow(engine.startedAt).partialValue))
        text.fact("up", up + ", since " + TimeText.recent(engine.startedAt, asOf: asOf, zone: zone))
        text.fact(
            "http", engine.http.map { (engine.speaksTLS == true ? "https://" : "") + $0 } ?? "no listener",
            engine.http == nil ? .warn : .text)
        if let grpc = engine.grpc { text.fact("grpc", grpc) }
        if let certificate = system.access.certificate { add(certificate, to: &text) }
        if let reason = engine.degraded { text.fact("degraded", reason, .alert) }
        for part in snapshot.engine.standstills ?? [] {
            text.fact("stands still", "\(part.name), since \(TimeText.recent(part.since, asOf: max(asOf, part.since), zone: zone))", .alert)
        }
        return Section(title: "engine", lines: text.lines)
    }

    /// Until when clients take the certificate, and why the newest one is not shown.
    private func add(_ certificate: CertificateStatus, to text: inout DetailText) {
        let day = TimeText.rfc3339(certificate.expiresAt).prefix(10)
        let isOver = certificate.isOver(at: asOf)
        text.fact(
            "certificate",
            "\(SafeText.escape(certificate.name)), \(isOver ? "expired on" : "until") \(day)"
                + (certificate.asksClients ? ", clients show theirs" : ""),
            isOver ? .alert : certificate.isNearEnd(at: asOf) ? .warn : .text)
        if let problem = certificate.problem { text.fact("", "a newer one is not used: \(problem)", .warn) }
    }

    private var process: Section {
        var text = newText
        let cores = system.cpuCores.isFinite ? max(0, system.cpuCores) : 0
        let share = system.processors > 0 ? cores / Double(system.processors) : nil
        text.fact("cpu", bar(share) + StyledText(" \(String(format: "%.2f", cores)) of \(system.processors) cores"))
        text.fact("memory", FigureText.bytes(system.residentBytes) + " resident")
        text.fact("threads", "\(system.threads)")
        let isTight = system.diskFreeBytes < 1 << 30
        text.fact("disk free", FigureText.bytes(system.diskFreeBytes), isTight ? .alert : .text)
        text.fact(
            "training", (isWide ? "gave way to serving for " : "waited ") + DurationText.text(system.bounds.yieldedMilliseconds),
            system.bounds.yieldedMilliseconds > 0 ? .text : .muted)
        return Section(title: "process", lines: text.lines)
    }

    private var stores: Section {
        var text = newText
        for store in system.stores {
            let durability = store.durability == "FULL" ? "survives power loss" : "may lose its last moments"
            let sign =
                store.readOnlyReason == nil
                ? StyledText(glyphs.set.ok + " ", Style(.ok, on: .text)) : StyledText(glyphs.set.alert + " ", Style(.alert, on: .text))
            text.fact(
                store.name,
                sign + StyledText(TextWidth.pad(FigureText.bytes(store.sizeBytes), to: 9, alignment: .right) + "  ")
                    + StyledText(isWide ? "\(store.durability): \(durability)" : store.durability, Style(.muted, on: .text)))
            if let reason = store.readOnlyReason { text.fact("", "read-only: \(reason)", .alert) }
        }
        return Section(title: "stores", lines: text.lines)
    }

    /// Tokens, and attempts that were refused; not shown where there is neither.
    private var access: [Section] {
        let access = system.access
        let refused = access.refused.filter { $0.value > 0 }
        guard !access.tokens.isEmpty || access.requiresTokens || !refused.isEmpty else { return [] }
        var text = newText
        for token in access.tokens.prefix(Self.shownTokens) { text.fact(SafeText.escape(token.name), words(token)) }
        let hidden = access.tokens.count - Self.shownTokens
        if hidden > 0 { text.paragraph("and \(FigureText.exact(hidden)) more: see flyball token list", .muted) }
        if access.requiresTokens { text.fact("without one", "health alone is answered, on this machine too") }
        let reasons = refused.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\(FigureText.exact($0.value)) \($0.key)" }
        text.fact(
            "refused", reasons.isEmpty ? "nothing" : reasons.joined(separator: ", "),
            access.refusedLastMinute > 0 ? .warn : .muted)
        return [Section(title: "tokens", lines: text.lines)]
    }

    /// Tokens that have room.
    private static let shownTokens = 12

    private func words(_ token: TokenStatus) -> StyledText {
        let isOver = token.expiresAt.map { $0 <= asOf } ?? false
        let used = token.lastUsed.map { "used " + TimeText.recent($0, asOf: asOf, zone: zone) } ?? "not used yet"
        var line = StyledText(token.scopes.map(\.rawValue).joined(separator: ","), Style(isOver ? .alert : .text, on: .text))
        if isOver { line.append(" expired", Style(.alert, on: .text)) }
        if isWide, let names = token.deployments { line.append(" of " + SafeText.escape(names.joined(separator: ",")), .text) }
        line.append(", " + used, Style(.muted, on: .text))
        return line
    }

    /// Whether there is a backup that can be relied upon; not shown where nobody has planned or made one.
    private var backups: [Section] {
        let status = system.backup
        guard status.plan != nil || status.last != nil || status.outcome != nil || status.running != nil else { return [] }
        var text = newText
        let light = status.light(at: asOf)
        let (sign, role): (String, Role) =
            switch light {
            case .ok: (glyphs.set.ok, .ok)
            case .warn: (glyphs.set.warn, .warn)
            case .alert: (glyphs.set.alert, .alert)
            case .unknown: (glyphs.set.unknown, .muted)
            }
        text.paragraph(SafeText.escape(status.words(at: asOf)), role, sign: StyledText(sign + " ", Style(role, on: .text)))
        if let run = status.running {
            let share = run.total > 0 ? Double(run.done) / Double(run.total) : 0
            text.fact(
                run.isDrill ? "being tried" : "being made",
                run.isDrill
                    ? StyledText("restored aside, to see that it can be") : bar(share) + StyledText(" \(FigureText.bytes(run.done))"))
        }
        if let last = status.last {
            text.fact(
                "last good", "number \(last.number), \(TimeText.recent(last.at, asOf: asOf, zone: zone)), journal to row \(last.journal)")
            text.fact("size", FigureText.bytes(last.bytes) + ", " + FigureText.bytes(last.added) + " of them new")
        }
        if let plan = status.plan {
            text.fact("target", SafeText.escape(plan.target))
            let every = plan.everyMilliseconds.map { "every " + DurationText.text($0) } ?? "when ordered"
            text.fact("plan", "\(every), keeps \(plan.keep)" + (plan.verifies ? ", each is tried" : ""))
        }
        if let drill = status.drill {
            text.fact(
                "last drill",
                "number \(drill.number), \(TimeText.recent(drill.at, asOf: asOf, zone: zone)), "
                    + (drill.failure == nil ? "passed" : "failed"), drill.failure == nil ? .text : .alert)
        }
        return [Section(title: "backup", lines: text.lines)]
    }

    private var queues: Section {
        var text = newText
        for queue in system.queues {
            let share = queue.capacity > 0 ? Double(queue.depth) / Double(queue.capacity) : nil
            var line = bar(share)
            line.append(" \(FigureText.exact(queue.depth)) of \(FigureText.exact(queue.capacity))")
            if queue.dropped > 0 { line.append("  \(FigureText.exact(queue.dropped)) dropped", Style(.warn, on: .text)) }
            text.fact(queue.name, line)
        }
        return Section(title: "queues", lines: text.lines)
    }

    private var serving: Section {
        var text = newText
        let generations = Set(system.loops.map(\.generation))
        let total = system.loops.reduce(Int64(0)) { $0.addingReportingOverflow($1.requests).partialValue }
        for loop in system.loops {
            let share = total > 0 ? Double(loop.requests) / Double(total) : nil
            let requests = isWide ? FigureText.exact(loop.requests) + " requests, routing" : FigureText.count(Double(loop.requests)) + ","
            text.fact(
                (isWide ? "event loop " : "loop ") + "\(loop.index)", bar(share) + StyledText(" \(requests) table \(loop.generation)"))
        }
        if system.loops.isEmpty { text.fact("event loops", "none", .muted) }
        if generations.count > 1 { text.fact("", "a swap is under way: loops differ", .warn) }
        let swap = system.lastSwapNanoseconds.map { FigureText.latency(nanoseconds: Double($0)) }
        text.fact("last swap", swap.map { $0 + (isWide ? " from commit to last loop" : "") } ?? "none yet", swap == nil ? .muted : .text)
        let unlogged = FigureText.exact(system.unlogged) + (isWide ? " predictions answered, not logged" : " predictions")
        text.fact("unlogged", system.unlogged == 0 ? "none" : unlogged, system.unlogged == 0 ? .text : .warn)
        return Section(title: "serving", lines: text.lines)
    }

    /// The fullest columns, one a deployment; nothing where no deployment has categories.
    private var categories: [Section] {
        let fills = snapshot.deployments.compactMap { status in status.categories.map { (name: status.name, fill: $0) } }
            .sorted { ($1.fill.share, $0.name) < ($0.fill.share, $1.name) }
        guard !fills.isEmpty else { return [] }
        var text = newText
        for (name, fill) in fills.prefix(Self.shownFills) {
            var line = bar(fill.share)
            line.append(
                " " + SafeText.escape(fill.feature) + ": " + FigureText.exact(fill.trafficTexts) + (isWide ? " texts of traffic, " : " + "))
            line.append(FigureText.exact(fill.pinnedTexts) + (isWide ? " of trainings" : ""))
            if fill.turnedAway > 0 { line.append("  \(FigureText.exact(fill.turnedAway)) as other", Style(.warn, on: .text)) }
            text.fact(name, line)
        }
        return [Section(title: "fullest categories", lines: text.lines)]
    }

    /// Deployments whose fullest column is shown.
    private static let shownFills = 5

    private var operators: Section {
        var text = newText
        for one in snapshot.operators {
            let since = TimeText.recent(one.since, asOf: asOf, zone: zone)
            text.fact(
                one.name, isWide ? "\(one.role.rawValue), uid \(one.uid), \(one.origin), since \(since)" : "\(one.role.rawValue), \(since)")
        }
        if snapshot.operators.isEmpty { text.paragraph("nobody", .muted) }
        return Section(title: "operators", lines: text.lines)
    }

    private var terminalFacts: Section {
        var text = newText
        text.fact("TERM", terminal.name.isEmpty ? dash : terminal.name)
        if let fallback = terminal.fallback { text.fact("fallback", fallback, .warn) }
        text.fact("colours", terminal.depth.name)
        text.fact("glyphs", terminal.glyphs.rawValue + (terminal.isUTF8 ? ", UTF-8" : ", not UTF-8"), terminal.isUTF8 ? .text : .warn)
        text.fact("zone", zone.identifier)
        return Section(title: "this terminal", lines: text.lines)
    }

    private var libraries: Section {
        var text = newText
        for (name, version) in system.libraries.sorted(by: { $0.key < $1.key }) { text.fact(name, version) }
        if system.libraries.isEmpty { text.paragraph(dash, .muted) }
        return Section(title: "libraries", lines: text.lines)
    }

    /// A bar of ten cells, coloured as it fills.
    func bar(_ share: Double?) -> StyledText {
        let cells = width >= 50 ? 10 : 5
        let known = min(max(share ?? 0, 0), 1)
        // Whatever is there shows, however little.
        let filled = known > 0 ? max(1, Int((known * Double(cells)).rounded())) : 0
        let role: Role = known >= 0.9 ? .alert : known >= 0.7 ? .warn : .accent
        return StyledText(String(repeating: glyphs.set.full, count: filled), Style(role, on: .text))
            + StyledText(String(repeating: glyphs.set.shade, count: cells - filled), Style(.muted, on: .text))
    }
}
