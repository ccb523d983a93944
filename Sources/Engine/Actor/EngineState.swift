import Store

/// The end of the journal, and what has not reached it.
struct JournalState {
    /// Journal rows in a snapshot.
    static let recentRows = 200

    /// The latest rows, newest first.
    private(set) var recent: [JournalRow] = []
    /// Changes that hold though the control store refused them; written first when it takes writes again.
    var unwritten: [JournalEntry] = []
    /// The number of the newest of them that is kept on the disk beside the store.
    var kept: Int64?
    /// Why the control store refuses writes, if it does.
    var failure: String?

    /// Takes up the end of the stored journal, newest first.
    mutating func restore(_ rows: [JournalRow]) { recent = rows }

    /// Keeps a row that was written.
    mutating func remember(_ row: JournalRow) {
        recent.insert(row, at: 0)
        if recent.count > Self.recentRows { recent.removeLast(recent.count - Self.recentRows) }
    }
}

/// The event loops as the engine sees them.
struct PlaneState {
    /// What answers requests.
    var dataPlane: any DataPlane = NoDataPlane()
    /// Grows with each installed routing table.
    private(set) var generation: UInt64 = 0
    /// What each loop said last.
    private(set) var loops: [Int: LoopStatus] = [:]
    /// How long the last swap took.
    var lastSwapNanoseconds: UInt64?
    /// Who may ask what over them.
    var access = AccessBook()
    /// The routes of the table that was installed last.
    private var routes: [String: Route] = [:]

    /// The next routing table: as the last one but for some routes, nil for those that are gone.
    ///
    /// Complexity: O(changes), and a copy of the table, whose storage the loops hold: a pointer or two a deployment.
    mutating func nextTable(changing changes: [String: Route?]) -> RoutingTable {
        for (name, route) in changes { routes[name] = route }
        let change = RoutingTable.Change(since: generation, deployments: Set(changes.keys))
        generation += 1
        var table = RoutingTable(generation: generation, routes: routes, access: access.table)
        table.change = change
        return table
    }

    /// The next routing table, all of it anew.
    mutating func nextTable(_ routes: [String: Route]) -> RoutingTable {
        self.routes = routes
        generation += 1
        return RoutingTable(generation: generation, routes: routes, access: access.table)
    }

    /// The routing generation that a loop answered by when it was asked last; 0 before.
    func generation(of loop: Int) -> UInt64 { loops[loop]?.generation ?? 0 }

    /// Takes what a loop says of itself.
    mutating func note(_ harvest: LoopHarvest) {
        loops[harvest.loop] = LoopStatus(index: harvest.loop, requests: harvest.requests, generation: harvest.generation)
    }
}

/// What the engine has done by now, and what is due.
struct Pace {
    /// Snapshots a second, at most, beside those that an action publishes at once.
    static let publishMilliseconds: Int64 = 250
    /// The present is published this often though nothing has changed, milliseconds.
    static let idleMilliseconds: Int64 = 1_000

    /// Grows with each published snapshot.
    private(set) var generation: UInt64 = 0
    /// Signs of life given.
    var pulses: UInt64 = 0
    /// Whether something has changed since the last one.
    var isDirty = true
    /// By how much the machine's clock is away from the engine's, milliseconds, when it has jumped; else 0.
    private(set) var clockAway: Int64 = 0
    /// Whether labels are being joined with late predictions right now.
    var isSettling = false
    private var published: Int64 = 0
    private var second: Int64 = 0
    private var minute: Int64 = 0

    /// Whether a heartbeat publishes now.
    func isPublishingDue(at now: Int64) -> Bool { now - published >= (isDirty ? Self.publishMilliseconds : Self.idleMilliseconds) }

    /// A snapshot is made now.
    mutating func publish(at now: Int64) {
        generation += 1
        isDirty = false
        published = now
    }

    /// Takes note of the machine's clock; whether it has just jumped, or come back.
    mutating func noteClock(away: Int64) -> Bool {
        defer { clockAway = away }
        // One that is away goes on at its own pace: that is no further jump.
        return (away == 0) != (clockAway == 0)
    }

    /// The second that has begun since the last call, if one has.
    mutating func nextSecond(at now: Int64) -> Int64? {
        guard now / 1_000 != second else { return nil }
        second = now / 1_000
        return second
    }

    /// Whether a minute has begun since the last call; the first call begins none.
    mutating func isNextMinute(at now: Int64) -> Bool {
        let former = minute
        minute = now / 60_000
        return former != 0 && former != minute
    }
}

/// How far the engine has come in stopping.
struct Stopping {
    /// No new work is taken.
    var hasBegun = false
    /// The program that takes over, if one does.
    var successor: String?
    /// Everything is written.
    private(set) var isOver = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    /// Somebody waits for the end.
    mutating func wait(_ waiter: CheckedContinuation<Void, Never>) {
        if isOver { waiter.resume() } else { waiters.append(waiter) }
    }

    /// Everything is written: whoever waits is told.
    mutating func end() {
        isOver = true
        for waiter in waiters { waiter.resume() }
        waiters = []
    }
}

/// The threads that learn; none in an engine that only answers.
struct LearningThreads {
    /// Runs queued jobs.
    var trainer: TrainingThread?
    /// What learns label by label, and its thread; nil in an engine that runs no policies.
    var online: (worker: OnlineWorker, thread: TrainingThread)?
    /// The deployments whose labels wake the learner at once.
    var listening: Set<String> = []

    /// No more work is begun.
    func stop() {
        trainer?.stop()
        online?.worker.close()
        online?.thread.stop()
    }
}

/// Operators with a console open.
struct AttachedOperators {
    private var byToken: [Int: AttachedOperator] = [:]
    private var nextToken = 1

    /// In the order in which they came.
    var all: [AttachedOperator] { byToken.sorted { $0.key < $1.key }.map(\.value) }

    /// Returns the token to remove it by.
    mutating func add(_ attached: AttachedOperator) -> Int {
        defer { nextToken += 1 }
        byToken[nextToken] = attached
        return nextToken
    }

    mutating func remove(_ token: Int) { byToken[token] = nil }
}
