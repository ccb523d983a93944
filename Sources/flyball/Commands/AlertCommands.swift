import ArgumentParser
import Engine
import Monitoring
import Tabular

/// The verb `alerts`.
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "List alerts, newest first.",
        discussion: """
            flyball alerts
            flyball alerts --all --json
            """)

    @OptionGroup var place: WorkspaceOption
    @Flag(help: "Resolved ones too.") var all = false
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .reading) { session in
            let alerts = try await session.ask(.alerts(limit: 200), \.asAlerts).filter { all || $0.state != .resolved }
            if json.isJSON { return try Output.json(alerts.map { AlertDocument($0) }) }
            if alerts.isEmpty { return Output.remark(all ? "no alert yet" : "no open alert") }
            var table = TextTable(["ALERT", "STATE", "SEVERITY", "DEPLOYMENT", "KIND", "SINCE", "WHAT"], rightAligned: [0])
            for alert in alerts {
                let by = alert.acknowledgedBy.map { ", \($0) is on it" } ?? ""
                table.add([
                    "\(alert.id)", alert.state.rawValue, alert.severity.rawValue, alert.deployment, alert.kind.rawValue,
                    TimeText.rfc3339(alert.raisedAt),
                    alert.title + (alert.state == .acknowledged ? by : ""),
                ])
            }
            try table.print()
        }
    }
}

/// An alert as `alerts --json` prints it.
struct AlertDocument: Encodable {
    var id: Int64
    var deployment: String
    var kind: String
    var severity: String
    var state: String
    var title: String
    var reasons: [HealthReason]
    var raisedAt: String
    var onset: String
    var acknowledgedBy: String?
    var acknowledgedUntil: String?
    var note: String?
    var resolvedAt: String?
    var runbook: String
    /// What is probably behind it, as it was found when it was raised.
    var cause: String?

    init(_ alert: Alert) {
        id = alert.id
        deployment = alert.deployment
        kind = alert.kind.rawValue
        severity = alert.severity.rawValue
        state = alert.state.rawValue
        title = alert.title
        reasons = alert.reasons
        raisedAt = TimeText.rfc3339(alert.raisedAt)
        onset = TimeText.rfc3339(alert.onset)
        acknowledgedBy = alert.acknowledgedBy
        acknowledgedUntil = alert.acknowledgedUntil.map { TimeText.rfc3339($0) }
        note = alert.note
        resolvedAt = alert.resolvedAt.map { TimeText.rfc3339($0) }
        runbook = alert.runbook
        cause = alert.cause
    }
}

/// The verb `ack`.
struct AckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Acknowledge an alert: say that you are on it.",
        discussion: """
            Without --for it holds until the alert resolves.

            flyball ack 12 --for 2h --note "asked the data team"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The alert's number.") var id: Int64
    @Option(name: .customLong("for"), help: ArgumentHelp("How long it holds.", valueName: "duration")) var length: DurationArgument?
    @Option(help: ArgumentHelp("What you found.", valueName: "text")) var note: String?
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            let now = EngineClock.system.milliseconds()
            let (until, isTooFar) = now.addingReportingOverflow(length?.milliseconds ?? 0)
            if isTooFar { throw CommandFailure.usage("--for is too long: leave it out to hold until the alert resolves") }
            try await session.order(.acknowledge(alert: id, until: length == nil ? nil : until, note: note), reason: nil, json: json)
        }
    }
}

/// The verb `note`.
struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note", abstract: "Write a note into the journal, for whoever looks next.",
        discussion: """
            flyball note "carrier feed is late until noon, asked the data team" --deployment flight-delay
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "What to remember.") var text: String
    @Option(help: ArgumentHelp("What it is about; everything when left out.", valueName: "name")) var deployment: String?
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.note(deployment: deployment, text: text), reason: nil, json: json)
        }
    }
}
