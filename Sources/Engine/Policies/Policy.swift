import Learning
import TOMLKit
import Tabular

/// What a deployment may do by itself.
public enum Automation: String, Codable, Sendable, CaseIterable {
    /// Nothing.
    case manual
    /// Trains and gates by itself; a person promotes.
    case advise
    /// Trains, gates and promotes by itself.
    case auto
}

/// The rules by which a deployment turns its loop.
///
/// Text form: TOML, kept in the control store and journalled at each change.
public struct Policy: Sendable, Equatable {
    /// How far it goes by itself.
    public var automation = Automation.advise
    /// Whether a raised drift alarm starts a training.
    public var onDrift = true
    /// A drop of realized quality that starts a training, beyond the value at promotion: of an area, or as a share of an error.
    public var onQualityDrop: Double?
    /// Train whenever the champion is this old, milliseconds.
    public var every: Int64?
    /// Train after this many new labels.
    public var afterLabels: Int?
    /// Labelled traffic younger than this is learnt from, milliseconds.
    public var window: Int64 = 30 * 86_400_000
    /// Fewer labelled rows than this start nothing.
    public var minimumLabels = 500
    /// Least time between two automatic trainings, milliseconds.
    public var cooldown: Int64 = 600_000
    /// The algorithm; empty: the champion's.
    public var algorithm = ""
    /// Automatic promotions a day when the policy says nothing: one every five minutes, as online learning publishes, and some more.
    public static let standardPromotionsPerDay = 300

    /// Automatic promotions a day, of trainings and of what was learnt online alike.
    public var promotionsPerDay = Policy.standardPromotionsPerDay
    /// Versions kept: the newest, and those that are pinned or needed.
    public var versionsKept = 50
    /// Learning label by label.
    public var online = OnlinePolicy()

    /// The default: advise, on drift.
    public init() {}

    /// Does nothing by itself: what stands in for a policy that cannot be read.
    static var none: Policy {
        var policy = Policy()
        policy.automation = .manual
        policy.onDrift = false
        return policy
    }

    /// Reads TOML: either flat, or under `[deployment.NAME]` as the design writes it.
    public static func parse(_ text: String, deployment: String) throws(WorkspaceFailure) -> Policy {
        var table: TOMLTable
        do { table = try TOMLText.table(text) } catch { throw .configuration(key: "policy", reason: "\(error)") }
        var prefix = ""
        if let nested = table["deployment"]?.table {
            guard let own = nested[deployment]?.table, nested.keys.count == 1, table.keys.count == 1 else {
                throw .configuration(key: "deployment", reason: "exactly one section [deployment.\(deployment)] is needed")
            }
            table = own
            prefix = "deployment.\(deployment)."
        }
        var reader = TOMLReader(table: table, path: prefix)
        var policy = Policy()
        if let text = try reader.string("automation") {
            guard let automation = Automation(rawValue: text) else {
                let why = text == "approve" ? "approve (a second person) is not in this version: " : ""
                throw .configuration(key: prefix + "automation", reason: why + "one of manual, advise, auto is needed")
            }
            policy.automation = automation
        }
        if let retrain = try reader.table("retrain") { try policy.readRetrain(retrain, path: prefix + "retrain.") }
        if let promote = try reader.table("promote") {
            var inner = TOMLReader(table: promote, path: prefix + "promote.")
            if let most = try inner.integer("max_per_day", in: 1...10_000) { policy.promotionsPerDay = most }
            try inner.finish(notYet: ["steps", "bake", "guard_slices"])
        }
        if let online = try reader.table("online"), let kept = try policy.online.read(online, path: prefix + "online.") {
            // Policies of earlier releases kept so many of what was learnt online only.
            policy.versionsKept = max(policy.versionsKept, kept)
        }
        if let versions = try reader.table("versions") {
            var inner = TOMLReader(table: versions, path: prefix + "versions.")
            if let count = try inner.integer("keep", in: 1...100_000) { policy.versionsKept = count }
            try inner.finish()
        }
        try reader.finish(notYet: ["fallback"])
        return policy
    }

    private mutating func readRetrain(_ table: TOMLTable, path: String) throws(WorkspaceFailure) {
        var inner = TOMLReader(table: table, path: path)
        if let flag = try inner.boolean("on_drift") { onDrift = flag }
        if let period = try inner.duration("every") { every = period }
        if let count = try inner.integer("after_labels", in: 1...1_000_000_000) { afterLabels = count }
        if let length = try inner.duration("window") { window = length }
        if let count = try inner.integer("minimum_labels", in: 1...1_000_000_000) { minimumLabels = count }
        if let pause = try inner.duration("cooldown") { cooldown = pause }
        if let names = try inner.strings("algorithm") {
            guard names.count == 1, let name = names.first else {
                throw .configuration(
                    key: path + "algorithm", reason: "exactly one is needed: training several side by side is not in this version")
            }
            do { _ = try AlgorithmRegistry.named(name) } catch { throw .configuration(key: path + "algorithm", reason: "\(error)") }
            algorithm = name
        }
        if let drop = try inner.number("on_quality_drop", in: 0.001...0.5) { onQualityDrop = drop }
        try inner.finish()
    }

    /// The TOML text of the policy.
    public var text: String {
        var lines = ["automation = \"\(automation.rawValue)\"", "", "[retrain]", "on_drift = \(onDrift)"]
        if let every { lines.append("every = \"\(Self.duration(every))\"") }
        if let onQualityDrop { lines.append("on_quality_drop = \(onQualityDrop)") }
        if let afterLabels { lines.append("after_labels = \(afterLabels)") }
        lines.append("window = \"\(Self.duration(window))\"")
        lines.append("minimum_labels = \(minimumLabels)")
        lines.append("cooldown = \"\(Self.duration(cooldown))\"")
        if !algorithm.isEmpty { lines.append("algorithm = \"\(algorithm)\"") }
        lines += ["", "[promote]", "max_per_day = \(promotionsPerDay)", "", "[versions]", "keep = \(versionsKept)", ""]
        if online != OnlinePolicy() { lines += ["[online]"] + online.lines(Self.duration) + [""] }
        return lines.joined(separator: "\n")
    }

    /// The triggers in words, for the screen.
    public var triggers: [String] {
        var result: [String] = []
        guard automation != .manual else { return result }
        if onDrift { result.append("on drift") }
        if let onQualityDrop { result.append("on a quality drop of \(onQualityDrop)") }
        if let every { result.append("every \(Self.duration(every))") }
        if let afterLabels { result.append("after \(afterLabels) labels") }
        return result
    }

    private static func duration(_ milliseconds: Int64) -> String {
        for (unit, size) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] where milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
