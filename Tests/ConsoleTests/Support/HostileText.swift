import Engine
import Learning
import Monitoring
import Store

/// Texts that break terminals and layouts, and a present in which every text from outside is one of them.
enum HostileText {
    /// Escape sequences, C1 controls, line breaks, direction overrides, wide and combining characters, invisible ones, and sheer length.
    static let all: [String] = [
        "\u{1B}]0;title\u{07}\u{1B}[2J\u{1B}[31mred", "a\rb\nc\td\u{8}e\u{7F}f", "\u{9B}31mC1\u{90}q",
        "abc\u{202E}fdp.exe\u{2066}x\u{2069}",
        "漢字仮名交じり文の長い名前がここに続く", "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}" + String(repeating: "\u{301}", count: 1_000),
        "a\u{200B}\u{FEFF}\u{2028}b\u{2029}",
        "👩‍👩‍👧‍👦 family 🇩🇪 flag ⚠️ sign", String(repeating: "x", count: 4_000), "", " ", "\u{0}nul", "מערכת عربى mixed",
    ]

    /// The standard present with hostile names, features, reasons, errors, notes and summaries.
    static let snapshot: Snapshot = {
        var snapshot = SampleSnapshot.standard
        var next = 0
        func text() -> String {
            defer { next += 1 }
            return all[next % all.count]
        }
        snapshot.engine.workspace = text()
        snapshot.engine.degraded = text()
        snapshot.engine.http = text()
        for index in snapshot.deployments.indices {
            snapshot.deployments[index].name = text()
            snapshot.deployments[index].algorithm = text()
            snapshot.deployments[index].policy.blocked = text()
            snapshot.deployments[index].loop?.trigger = text()
            snapshot.deployments[index].loop?.ended = text()
            for reason in snapshot.deployments[index].health.reasons.indices {
                snapshot.deployments[index].health.reasons[reason].text = text()
                snapshot.deployments[index].health.reasons[reason].subject = text()
            }
            for marker in snapshot.deployments[index].markers.indices { snapshot.deployments[index].markers[marker].text = text() }
            if let features = snapshot.deployments[index].drift?.features.indices {
                for feature in features { snapshot.deployments[index].drift?.features[feature].feature = text() }
            }
            for version in snapshot.deployments[index].versions.indices {
                spoil(&snapshot.deployments[index].versions[version], text)
            }
        }
        snapshot.deployments.sort { $0.name < $1.name }
        for index in snapshot.jobs.indices {
            snapshot.jobs[index].deployment = text()
            snapshot.jobs[index].progressText = text()
            snapshot.jobs[index].createdBy = text()
            snapshot.jobs[index].algorithm = text()
            snapshot.jobs[index].search = SampleSearch.running
            for trial in SampleSearch.running?.best.indices ?? 0..<0 {
                snapshot.jobs[index].search?.best[trial].settings = [text(): text(), "trees": text()]
                if trial == 2 { snapshot.jobs[index].search?.best[trial].error = text() }
            }
            snapshot.jobs[index].search?.metric = text()
            if snapshot.jobs[index].error != nil { snapshot.jobs[index].error = text() }
            if snapshot.jobs[index].result != nil { snapshot.jobs[index].result = text() }
        }
        for index in snapshot.alerts.indices {
            snapshot.alerts[index].deployment = text()
            snapshot.alerts[index].title = text()
            snapshot.alerts[index].note = text()
            snapshot.alerts[index].runbook = text()
        }
        for index in snapshot.operators.indices { snapshot.operators[index].name = text() }
        for index in snapshot.recent.indices {
            snapshot.recent[index].entry.actor = text()
            snapshot.recent[index].entry.deployment = text()
            snapshot.recent[index].entry.summary = text()
            snapshot.recent[index].entry.reason = text()
            snapshot.recent[index].entry.details = text()
        }
        for index in snapshot.system.stores.indices { snapshot.system.stores[index].readOnlyReason = text() }
        snapshot.system.libraries[text()] = text()
        return snapshot
    }()

    /// A deployment whose predictions are hostile too.
    static let predicted = snapshot.deployments.max { $0.versions.count < $1.versions.count }?.name ?? ""

    private static func spoil(_ version: inout VersionSummary, _ text: () -> String) {
        version.algorithm = text()
        version.createdBy = text()
        version.source = text()
        version.notes = [text(), text()]
        version.settings = [text(): text(), "trees": text()]
        for index in version.gates.indices { version.gates[index].detail = text() }
        for index in version.importance.indices { version.importance[index].feature = text() }
    }
}
