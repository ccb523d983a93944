/// Open jobs and the latest ended ones, as stored; what a training thread reports is laid over them when they are published.
struct JobBook {
    /// Ended jobs that are kept in memory.
    static let endedKept = 50

    /// All of them.
    private(set) var all: [JobStatus] = []
    /// The running or else a waiting job of each deployment that has one.
    private(set) var open: [String: Int64] = [:]
    /// The only job that a solitary engine runs.
    var own: Int64?
    /// The claims that are watched.
    var leases = LeaseWatch()

    /// Takes what is stored now.
    mutating func replace(_ jobs: [JobStatus]) {
        all = jobs
        open = [:]
        for job in jobs where job.state.isOpen && (open[job.deployment] == nil || job.state == .running) {
            open[job.deployment] = job.id
        }
    }

    /// Whether any job waits.
    var hasQueued: Bool { all.contains { $0.state == .queued } }
    /// Whether any job runs.
    var hasRunning: Bool { all.contains { $0.state == .running } }
    /// Jobs that wait or run.
    var openCount: Int { all.count { $0.state.isOpen } }

    /// As they are published: open jobs first, then the newest.
    func present(_ live: (Int64) -> JobBoard.Live?, held: String? = nil) -> [JobStatus] {
        all.map { job in
            var status = job.with(live(job.id))
            if let held, job.state == .running { status.progressText = held }
            return status
        }.sorted { a, b in a.state.isOpen != b.state.isOpen ? a.state.isOpen : a.id > b.id }
    }

    /// Why what runs stands still: a policy ordered it, and somebody has frozen learning since; nil when it goes on.
    ///
    /// What a person ordered goes on: a freeze stops what is automatic.
    func held(by freezes: [Freeze]) -> String? {
        for job in all where job.state == .running && job.createdBy.hasPrefix("policy:") {
            if let freeze = freezes.first(where: { $0.stops(.learning, in: job.deployment) }) {
                return "stands still: learning of \(job.deployment) is frozen by \(freeze.by)"
            }
        }
        return nil
    }
}
