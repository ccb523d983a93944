/// Where an operator can be: a screen, and what it is about.
package enum Place: Hashable, Sendable, Codable {
    case fleet
    case deployment(String)
    case drift(String)
    case why(String)
    case versions(String)
    case jobs
    case alerts
    case journal
    case predictions(String)
    case system
    case help

    /// The kind of place, which decides the commands that are at hand.
    package var kind: Kind {
        switch self {
        case .fleet: .fleet
        case .deployment: .deployment
        case .drift: .drift
        case .why: .why
        case .versions: .versions
        case .jobs: .jobs
        case .alerts: .alerts
        case .journal: .journal
        case .predictions: .predictions
        case .system: .system
        case .help: .help
        }
    }

    /// The deployment that it is about, if it is about one.
    package var deployment: String? {
        switch self {
        case .deployment(let name), .drift(let name), .why(let name), .versions(let name), .predictions(let name): name
        case .fleet, .jobs, .alerts, .journal, .system, .help: nil
        }
    }

    /// Kinds of place, in the order of their digit keys (1 is the first); those at the end have none.
    package enum Kind: String, Hashable, Sendable, CaseIterable, Codable {
        case fleet, deployment, drift, versions, jobs, alerts, journal, predictions, system, help, why

        /// The digit that goes there.
        var digit: Int? {
            switch self {
            case .fleet: 1
            case .deployment: 2
            case .drift: 3
            case .versions: 4
            case .jobs: 5
            case .alerts: 6
            case .journal: 7
            case .predictions: 8
            case .system: 9
            case .help, .why: nil
            }
        }
    }
}
