import Engine
import Monitoring

/// The alerts of the whole engine in a few characters, on every screen.
struct ChromeBadge {
    private let critical: Int
    private let warning: Int
    private let acknowledged: Int
    private let firing: [Alert]

    init(_ snapshot: Snapshot) {
        let firing = snapshot.alerts.filter { $0.state == .firing }
        critical = firing.count { $0.severity == .critical }
        warning = firing.count - critical
        acknowledged = snapshot.alerts.count { $0.state == .acknowledged }
        self.firing = firing
    }

    /// The alert that matters most of those that nobody is on: that deployment's first, critical before warning, then the oldest.
    func worst(of deployment: String? = nil) -> Alert? {
        let own = deployment == nil ? [] : firing.filter { $0.deployment == deployment }
        return (own.isEmpty ? firing : own).max { ($0.severity, -$0.onset) < ($1.severity, -$1.onset) }
    }

    /// `✖ 1  ▲ 2`; acknowledged ones only when nothing fires; nil when all is quiet.
    func styled(_ level: GlyphLevel) -> StyledText? {
        var text = StyledText([])
        if critical > 0 { text.append("\(level.set.alert) \(critical)", Style(.alert)) }
        if warning > 0 { text.append((critical > 0 ? " " : "") + "\(level.set.warn) \(warning)", Style(.warn)) }
        if text.isEmpty && acknowledged > 0 { text.append("\(level.set.info) \(acknowledged) acknowledged", Style(.info)) }
        return text.isEmpty ? nil : text
    }
}

/// What kind of workspace this is, by its name: `prod-west` is production, `demo` is a demo.
enum ChromeEnvironment: Equatable {
    case production, staging, other

    /// Reads the words of a name, which stand between dashes, dots or underscores.
    init(_ workspace: String) {
        let words = workspace.lowercased().split { !$0.isLetter }
        if words.contains("staging") || words.contains("stage") || words.contains("preprod") {
            self = .staging
        } else if words.contains("prod") || words.contains("production") {
            self = .production
        } else {
            self = .other
        }
    }

    /// What the coloured bar says; nil: there is none.
    var label: String? {
        switch self {
        case .production: "PROD"
        case .staging: "STAGE"
        case .other: nil
        }
    }

    var role: Role { self == .production ? .toastAlert : .environment }
}
