/// What grows in a workspace for as long as its engine runs.
public enum GrowingThing: String, Codable, Sendable, CaseIterable {
    /// `labels.db`.
    case labels
    /// `telemetry.db`: logged traffic and series.
    case traffic
    /// Rows that were learnt from before their block was stored.
    case early
    /// `data/`: what versions learnt from.
    case data
    /// `checkpoints/`: what trainings that run have learnt so far.
    case checkpoints
    /// Models with their profiles and reports, in `control.db`.
    case artefacts
    /// Ended jobs with their logs, in `control.db`.
    case jobs
    /// Resolved alerts, in `control.db`.
    case alerts
    /// Rows of the journal in `control.db`.
    case journal
    /// `store/journal/`: older rows of the journal.
    case segments
    /// The fullest dictionary of categories.
    case categories
    /// `log/`.
    case log
    /// `store/aside/`: damaged stores as they were found, copies from before a new format.
    case aside
    /// The file system on which the workspace is.
    case disk

    /// What it is counted in.
    public enum Unit: String, Codable, Sendable {
        /// Bytes.
        case bytes
        /// Rows, or texts.
        case rows
    }

    /// What it is counted in.
    public var unit: Unit {
        switch self {
        case .early, .jobs, .alerts, .journal, .categories: .rows
        default: .bytes
        }
    }

    /// Whether something is refused or lost at its limit that somebody may still need: then somebody is told in time.
    public var needsPerson: Bool {
        switch self {
        case .labels, .artefacts, .segments, .aside, .disk: true
        default: false
        }
    }

    /// What happens when it has reached its limit.
    public var atLimit: String {
        switch self {
        case .labels: "the oldest whose rows are not logged any more go; a label that learning needs stays"
        case .traffic: "the oldest rows go"
        case .early: "the oldest go"
        case .data: "the oldest go, and their versions cannot be made again; a champion's, a pinned one's and an import stay"
        case .checkpoints: "those of jobs that ended go; a training that dies begins anew"
        case .artefacts: "nothing by itself: archive versions, or have a policy keep fewer"
        case .jobs: "the oldest ended ones go with their logs"
        case .alerts: "the oldest resolved ones go; the journal keeps them"
        case .journal: "older rows move to segments in store/journal, of one chain with the others"
        case .segments: "nothing: a journal is never deleted; make room, or raise the limit"
        case .categories: "new texts count as other"
        case .log: "the oldest file goes"
        case .aside: "nothing by itself: remove what nobody needs"
        case .disk: "changes, labels and the log of traffic are refused; answers go on"
        }
    }
}
