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
    func present(_ live: (Int64) -> JobBoard.Live?) -> [JobStatus] {
        all.map { $0.with(live($0.id)) }.sorted { a, b in a.state.isOpen != b.state.isOpen ? a.state.isOpen : a.id > b.id }
    }
}
