import Engine
import Foundation
import Learning
import Monitoring
import Tabular

/// How deployments are spoken of: the same words in every list, panel and sentence.
extension DeploymentStatus {
    /// How much attention it asks for: the lower, the more.
    var concern: Int {
        if state == .failed { return 0 }
        return switch health.overall {
        case .alert: state == .paused ? 2 : 0
        case .warn: state == .paused ? 2 : 1
        case .ok, .unknown: state == .paused ? 2 : state == .empty ? 3 : 4
        }
    }

    /// Its light: what it does not do outweighs how well it does it.
    var light: Light {
        switch state {
        case .failed: .alert
        case .paused: .paused
        case .empty: .unknown
        case .live: Light(health.overall)
        }
    }

    /// The word at its light: `data`, `ok`, `paused`.
    var healthWords: String {
        switch state {
        case .failed: return "failed"
        case .paused: return "paused"
        case .empty: return "empty"
        case .live: break
        }
        let worst = health.overall
        if worst == .ok { return "ok" }
        if worst == .unknown { return "no data" }
        return healthParts.first { $0.light == worst }?.word ?? "ok"
    }

    /// The four lights with their words, in order.
    var healthParts: [(word: String, light: Monitoring.Light)] {
        [("service", health.service), ("data", health.data), ("quality", health.quality), ("fresh", health.freshness)]
    }

    /// The version that answers, in the registry.
    var championSummary: VersionSummary? { champion.flatMap { number in versions.first { $0.number == number } } }

    /// How good its answers are, marked by where that is from: realized from labels, else estimated (dimmed
    /// where scores are not known to be calibrated), else on the champion's hold-out.
    var qualityText: (text: String, role: Role)? {
        guard let realized = quality?.primary else {
            if let estimated = qualityEstimate?.primary {
                return ("\(FigureText.figure(estimated.value)) est", qualityEstimate?.isTrusted == true ? .text : .muted)
            }
            return heldOutQuality.map { ($0, .muted) }
        }
        let role: Role =
            switch health.quality {
            case .alert: .alert
            case .warn: .warn
            case .ok, .unknown: .text
            }
        return ("\(FigureText.figure(realized.value)) real", role)
    }

    /// The champion's first metric, on its hold-out: the only quality that is known without judged labels.
    var heldOutQuality: String? {
        championSummary?.metrics.first.map { "\(FigureText.figure($0.value)) \(Self.short($0.name))" }
    }

    /// When the loop last turned: the last promotion, or else the champion's birth.
    var lastTurn: Int64? {
        loop?.promoted ?? loop?.firstAnswer ?? championSummary?.served.last?.from ?? championSummary?.createdAt
    }

    private static func short(_ metric: String) -> String {
        switch metric.lowercased() {
        case "auc", "rmse", "mae": metric.uppercased()
        case "accuracy": "acc"
        default: metric
        }
    }

    /// The worst feature of the last window as a figure with its sign, and the role that colours it.
    func driftText(_ glyphs: Glyphs) -> (text: String, role: Role) {
        guard let worst = drift?.worst else { return (glyphs.dash, .muted) }
        let figure = FigureText.figure(worst.psi)
        return switch worst.state {
        case .ok, .calendar, .muted: (figure + " ", .text)
        case .warn: (figure + glyphs.up, .warn)
        case .drift: (figure + glyphs.up, .alert)
        case .notEnoughData, .referenceTooSmall, .waiting: (figure + "?", .muted)
        }
    }
}

extension Light {
    /// The light of a monitor, as it is drawn.
    init(_ light: Monitoring.Light) {
        switch light {
        case .ok: self = .ok
        case .unknown: self = .unknown
        case .warn: self = .warn
        case .alert: self = .alert
        }
    }
}

extension HealthReason {
    /// `n 24,180  since 13:41` with as much as is known.
    func evidence(_ context: ScreenContext) -> String {
        var parts: [String] = []
        if n > 0 { parts.append("n \(FigureText.exact(n))") }
        if since > 0 { parts.append("since \(ChromeTime.short(since, context))") }
        return parts.joined(separator: "  ")
    }

    /// `96 %, threshold 10 %`.
    var figures: String {
        let suffix = unit.isEmpty ? "" : " \(unit)"
        return "\(FigureText.figure(value))\(suffix), threshold \(FigureText.figure(threshold))\(suffix)"
    }
}

/// Whole numbers for people.
enum CountText {
    /// `8 deployments`.
    static func deployments(_ count: Int) -> String { count == 1 ? "1 deployment" : "\(count) deployments" }

    /// What a window still lacks: `640 of 1,000 rows, 38 of 60 s`; only the seconds once it has its rows.
    static func fill(_ fill: WindowFill) -> String {
        let rows = "\(FigureText.exact(fill.rows)) of \(FigureText.exact(fill.rowsNeeded)) rows"
        let seconds = "\(fill.milliseconds / 1_000) of \(fill.millisecondsNeeded / 1_000) s"
        guard fill.milliseconds < fill.millisecondsNeeded else { return rows }
        return fill.rows < fill.rowsNeeded ? "\(rows), \(seconds)" : seconds
    }
}
