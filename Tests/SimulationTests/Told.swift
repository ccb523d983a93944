import Engine
import Store
import Tabular

/// What the world outside was told by the engine: it must stay so, whatever happens.
struct Told {
    /// What became of a change.
    enum Word: Equatable {
        /// Acknowledged.
        case done
        /// Refused.
        case refused
        /// Nobody heard: it was under way when the engine ended.
        case unheard
    }

    /// By the reason that was given with a change; each is given once.
    var changes: [String: Word] = [:]
    /// Labels that were taken: prediction id → value.
    var labels: [String: [String: String]] = [:]
    /// Those of them whose prediction was not in the log yet: one that never comes there takes its label with it after a day.
    var pending: Set<String> = []
    /// The end of the journal at the last look.
    var journal: (sequence: Int64, hash: String) = (0, JournalRow.genesis)
}

/// What must be the same before and after an end of the engine.
struct Present: Equatable {
    struct Deployment: Equatable {
        var champion: UInt32?
        var isPaused = false
    }

    var deployments: [String: Deployment] = [:]
    /// Who set what, as texts.
    var freezes: Set<String> = []

    init(_ snapshot: Snapshot) {
        for status in snapshot.deployments {
            deployments[status.name] = Deployment(
                champion: status.champion, isPaused: status.state == .paused)
        }
        freezes = Set(snapshot.frozen.map { "\($0.deployment ?? "all") \($0.scope.rawValue) \($0.by)" })
    }
}

/// Something that must not be.
struct Violation: Error, CustomStringConvertible {
    var what: String
    var description: String { what }
}
