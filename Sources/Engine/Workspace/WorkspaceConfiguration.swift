import Foundation
public import Monitoring
public import Store
import TOMLKit
import Tabular

/// What `flyball.toml` says; every key is optional.
///
/// ```toml
/// name = "prod-west"                  # shown in the header; else the directory's own name
/// listen = "127.0.0.1:8080"
/// group = "ops"                       # group that may reach the socket; needed with [operators]
/// webhook = "http://127.0.0.1:9000/"  # told of each alert that fires or resolves
/// [operators]
/// oncall = "operator"                 # login = viewer | operator | approver | admin
/// [serving]
/// require_tokens = false              # whether even this machine's own users need a token, for all but health
/// tls_certificate = "tls/server.pem"  # PEM, with the certificates between it and its authority; from this directory, or absolute
/// tls_key = "tls/server.key"
/// tls_client_ca = "tls/clients.pem"   # only clients with a certificate by one of these authorities are let in
/// grpc = "127.0.0.1:8081"             # gRPC, beside HTTP
/// [telemetry]
/// max_bytes = "10GiB"
/// max_age = "30d"
/// [monitoring]
/// window_rows = 1000
/// window = "60s"
/// latency_budget = "50ms"
/// [training]
/// threads = 1
/// cpu = "50%"                         # of all processors of the machine; else all of them
/// memory = "4GiB"                     # one that would take more is refused before it starts; else half of the machine's
/// disk = "2GiB"                       # of the data and checkpoints of one training; else as much as there is
/// [search]                            # cpu, memory, disk of the trials of a search; else as for a training
/// cpu = "25%"
/// [analysis]                          # cpu, memory of what somebody looks at: importances, comparisons
/// cpu = "25%"
/// [backup]
/// target = "/mnt/backup/flyball"      # on another disk, or another machine's
/// every = "24h"
/// keep = 7                            # good ones; older ones go only when a newer one has passed its drill
/// verify = true
/// rate = "32MiB"                      # a second, at most
/// cpu = "20%"
/// [gates]
/// non_inferiority = 0.02              # how much worse than the champion's a version's area may be; of numbers a share of the error
/// log_loss = 0.03                     # the same of the log loss, as a share of the constant's
/// calibration = 0.05                  # the same of the calibration error
/// undecided = false                   # whether an interval that reaches further than a margin makes a version wait
/// [limits]                            # what may become of what grows; the defaults are shown on System
/// labels = "10GiB"
/// labels_age = "365d"                 # else none goes for its age
/// data = "20GiB"
/// checkpoints = "4GiB"
/// artefacts = "20GiB"
/// segments = "10GiB"                  # older rows of the journal: never deleted
/// aside = "20GiB"
/// log = "64MiB"
/// early = 1000000                     # rows
/// jobs = 20000                        # ended ones
/// alerts = 100000                     # resolved ones
/// journal = 1000000                   # rows in control.db; older ones are in segments
/// warn = "7d"                         # so long before something is full an alert says so
/// [online]
/// answer = "versions"                 # where a policy does not say: live, or versions
/// cpu = "50%"
/// ```
public struct WorkspaceConfiguration: Sendable, Equatable {
    /// What the workspace is called; nil: as its directory is.
    public var name: String?
    /// `host:port`; nil: 127.0.0.1:8080 or the next free port.
    public var listen: String?
    /// Role by login name.
    public var operators: [String: Role] = [:]
    /// The group that may reach the socket.
    public var group: String?
    /// The listeners.
    public var serving = ServingConfiguration()
    /// How long traffic is kept.
    public var retention = Retention(maxBytes: 10 << 30, maxAgeMilliseconds: 30 * 86_400_000)
    /// When a drift window closes.
    public var windowing = DriftWindowing()
    /// The 99th percentile that the service light allows, milliseconds.
    public var latencyBudgetMilliseconds: Double = 50
    /// Where alerts are posted.
    public var webhook: String?
    /// What each class of work may take; a training no more than half of the machine's memory unless it is said.
    public var resources = ResourcePlan(memory: Int(clamping: ProcessInfo.processInfo.physicalMemory / 2))
    /// Backups by themselves; nil: none.
    public var backup: BackupConfiguration?
    /// What everything that grows may come to.
    public var limits = GrowthLimits()
    /// How much worse than the champion a version may be.
    public var margins = GateMargins()
    /// Who answers where a deployment learns label by label and its policy does not say.
    public var onlineAnswer = OnlineAnswer.versions

    /// The defaults.
    public init() {}

    /// Reads the TOML text.
    ///
    /// A key that is not known, or a value that does not fit, is an error that names it.
    public static func parse(_ text: String) throws(WorkspaceFailure) -> WorkspaceConfiguration {
        let table: TOMLTable
        do { table = try TOMLText.table(text) } catch {
            throw .configuration(key: "flyball.toml", reason: "\(error)")
        }
        var reader = TOMLReader(table: table, path: "")
        var result = WorkspaceConfiguration()
        result.name = try reader.string("name")
        if let name = result.name, !(1...40).contains(name.count) || name.contains(where: \.isNewline) {
            throw .configuration(key: "name", reason: "a name has 1 to 40 characters in one line")
        }
        result.listen = try reader.string("listen")
        result.group = try reader.string("group")
        result.webhook = try reader.string("webhook")
        if let operators = try reader.table("operators") {
            for name in operators.keys {
                guard let text = operators[name]?.string, let role = Role(rawValue: text) else {
                    throw .configuration(key: "operators.\(name)", reason: "the role is one of viewer, operator, approver, admin")
                }
                result.operators[name] = role
            }
            if !result.operators.isEmpty, result.group == nil {
                throw .configuration(
                    key: "group", reason: "name the Unix group that the [operators] are in, so that they can reach the socket")
            }
        }
        if let serving = try reader.table("serving") {
            var inner = TOMLReader(table: serving, path: "serving.")
            result.serving = try ServingConfiguration.parse(&inner)
        }
        if let telemetry = try reader.table("telemetry") {
            var inner = TOMLReader(table: telemetry, path: "telemetry.")
            if let bytes = try inner.bytes("max_bytes") { result.retention.maxBytes = bytes }
            if let age = try inner.duration("max_age") { result.retention.maxAgeMilliseconds = age }
            try inner.finish()
        }
        if let monitoring = try reader.table("monitoring") {
            var inner = TOMLReader(table: monitoring, path: "monitoring.")
            if let rows = try inner.integer("window_rows", in: 100...1_000_000) { result.windowing.rows = rows }
            if let window = try inner.duration("window") { result.windowing.milliseconds = window }
            if let cooldown = try inner.duration("cooldown") { result.windowing.cooldownMilliseconds = cooldown }
            if let budget = try inner.duration("latency_budget") { result.latencyBudgetMilliseconds = Double(budget) }
            try inner.finish()
        }
        if let training = try reader.table("training") {
            var inner = TOMLReader(table: training, path: "training.")
            if let threads = try inner.integer("threads", in: 1...64) { result.resources.trainingThreads = threads }
            try result.resources[.training].read(&inner, hasDisk: true)
            try inner.finish()
        }
        for (job, hasDisk) in [(JobClass.search, true), (.analysis, false)] {
            guard let section = try reader.table(job.rawValue) else { continue }
            var inner = TOMLReader(table: section, path: job.rawValue + ".")
            try result.resources[job].read(&inner, hasDisk: hasDisk)
            try inner.finish()
        }
        if let backup = try reader.table("backup") {
            var inner = TOMLReader(table: backup, path: "backup.")
            if let share = try inner.share("cpu") { result.resources[.backup].cpu = share }
            result.backup = try BackupConfiguration.parse(&inner)
        }
        if let limits = try reader.table("limits") {
            var inner = TOMLReader(table: limits, path: "limits.")
            result.limits = try GrowthLimits.parse(&inner)
        }
        if let gates = try reader.table("gates") {
            var inner = TOMLReader(table: gates, path: "gates.")
            if let margin = try inner.number("non_inferiority", in: 0...1) { result.margins.nonInferiority = margin }
            if let margin = try inner.number("log_loss", in: 0...1) { result.margins.logLoss = margin }
            if let margin = try inner.number("calibration", in: 0...1) { result.margins.calibration = margin }
            if let isUndecided = try inner.boolean("undecided") { result.margins.isWideUndecided = isUndecided }
            try inner.finish()
        }
        if let online = try reader.table("online") {
            var inner = TOMLReader(table: online, path: "online.")
            if let text = try inner.string("answer") {
                guard let answer = OnlineAnswer(rawValue: text) else {
                    throw .configuration(key: "online.answer", reason: "one of live, versions is needed")
                }
                result.onlineAnswer = answer
            }
            if let share = try inner.share("cpu") { result.resources[.online].cpu = share }
            try inner.finish()
        }
        try reader.finish()
        return result
    }
}

extension ResourceBounds {
    /// Reads what a section says of a class.
    mutating func read(_ reader: inout TOMLReader, hasDisk: Bool) throws(WorkspaceFailure) {
        if let share = try reader.share("cpu") { cpu = share }
        if let bytes = try reader.bytes("memory") { memory = Int(clamping: bytes) }
        if hasDisk, let bytes = try reader.bytes("disk") { disk = bytes }
    }
}
