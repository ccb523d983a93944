import Monitoring
import Tabular

/// What an operator says of a column of a deployment's traffic.
public enum TuningChange: Codable, Sendable, Equatable {
    /// It is no alarm, until a time (UTC milliseconds; nil: until somebody says otherwise).
    case mute(until: Int64?, reason: String?)
    /// It is one again.
    case unmute
    /// It drifts from this PSI beyond what is expected on; nil: from the standard.
    case floor(Double?)

    /// In a few words, of a column: `mute temp`.
    func summary(_ column: String) -> String {
        switch self {
        case .mute: "mute \(column)"
        case .unmute: "unmute \(column)"
        case .floor(let effect): "let \(column) drift from a PSI of \(Figures.short(effect ?? Drift.driftExcess))"
        }
    }

    /// What it leaves of what was said before.
    func applied(to former: DriftTuning, column: String, by who: String, at now: Int64) -> DriftTuning {
        var tuning = former.pruned(at: now)
        switch self {
        case .mute(let until, let reason): tuning.mutes[column] = DriftTuning.Mute(until: until, by: who, reason: reason)
        case .unmute: tuning.mutes[column] = nil
        case .floor(let effect): tuning.floors[column] = effect
        }
        return tuning
    }

    /// What says again what was said before; nil where there is nothing to say.
    func inverse(_ former: DriftTuning, column: String) -> TuningChange {
        switch self {
        case .mute, .unmute: former.mutes[column].map { .mute(until: $0.until, reason: $0.reason) } ?? .unmute
        case .floor: .floor(former.floors[column])
        }
    }

    /// Why it cannot be said of a column; nil when it can.
    func refusal(_ column: String, _ former: DriftTuning, columns: [String]?) -> ActionFailure? {
        if let columns, !columns.contains(column) {
            return .notFound(kind: "column", name: SafeText.escape(column), nearest: Names.nearest(to: column, in: columns))
        }
        let name = SafeText.escape(column)
        switch self {
        case .mute(let until, _):
            guard let known = former.mutes[column], known.until == until, until == nil else { return nil }
            return .refused(what: "\(name) is muted already by \(known.by)", advice: "nothing to do")
        case .unmute: return former.mutes[column] == nil ? .refused(what: "\(name) is not muted", advice: "nothing to do") : nil
        case .floor(nil):
            return former.floors[column] == nil ? .refused(what: "\(name) drifts from the standard already", advice: "nothing to do") : nil
        case .floor(let effect?):
            return DriftTuning.effects.contains(effect)
                ? nil
                : .invalid(
                    what: "drift of \(name) from a PSI of \(Figures.short(effect))",
                    advice:
                        "say a number from \(Figures.short(DriftTuning.effects.lowerBound)) to \(Figures.short(DriftTuning.effects.upperBound))"
                )
        }
    }
}
