import GRDB

/// A job's row.
public struct JobRecord: Codable, Sendable, Equatable, Identifiable {
    /// Number; 0 before it is queued.
    public var id: Int64
    /// What it does.
    public var kind: String
    /// For which deployment.
    public var deployment: String
    /// The engine's own JSON: the order.
    public var payload: String
    /// Higher runs first.
    public var priority: Int
    /// `queued running done failed cancelled parked`.
    public var state: String
    /// Attempts begun.
    public var attempts: Int
    /// Grows with each claim; a result with an older fence is discarded.
    public var fence: Int64
    /// Who runs it.
    public var worker: String?
    /// Until when the claim holds, UTC milliseconds.
    public var leaseUntil: Int64?
    /// UTC milliseconds.
    public var createdAt: Int64
    /// UTC milliseconds.
    public var startedAt: Int64?
    /// UTC milliseconds.
    public var finishedAt: Int64?
    /// 0…1.
    public var progress: Double
    /// Progress in words.
    public var progressText: String
    /// What it made.
    public var result: String?
    /// Why it made nothing.
    public var error: String?
    /// Who asked for it.
    public var createdBy: String
    /// Whether somebody asked it to stop.
    public var cancelRequested: Bool

    /// Makes a record.
    public init(
        id: Int64, kind: String, deployment: String, payload: String, priority: Int, state: String, attempts: Int, fence: Int64,
        worker: String?,
        leaseUntil: Int64?, createdAt: Int64, startedAt: Int64?, finishedAt: Int64?, progress: Double, progressText: String,
        result: String?,
        error: String?, createdBy: String, cancelRequested: Bool
    ) {
        self.id = id
        self.kind = kind
        self.deployment = deployment
        self.payload = payload
        self.priority = priority
        self.state = state
        self.attempts = attempts
        self.fence = fence
        self.worker = worker
        self.leaseUntil = leaseUntil
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.progress = progress
        self.progressText = progressText
        self.result = result
        self.error = error
        self.createdBy = createdBy
        self.cancelRequested = cancelRequested
    }

    init(_ row: Row) throws(StoreFailure) {
        self.init(
            id: try row.integer("id"), kind: try row.text("kind"), deployment: try row.text("deployment"), payload: try row.text("payload"),
            priority: try row.narrow("priority"), state: try row.text("state"), attempts: try row.narrow("attempts"),
            fence: try row.integer("fence"), worker: try row.optionalText("worker"), leaseUntil: try row.optionalInteger("lease_until"),
            createdAt: try row.integer("created_at"), startedAt: try row.optionalInteger("started_at"),
            finishedAt: try row.optionalInteger("finished_at"), progress: try row.real("progress"),
            progressText: try row.text("progress_text"),
            result: try row.optionalText("result"), error: try row.optionalText("error"), createdBy: try row.text("created_by"),
            cancelRequested: try row.flag("cancel_requested"))
        try row.checkIntact()
    }
}

/// A line of a job's log.
public struct JobLogRecord: Codable, Sendable, Equatable {
    /// From 1.
    public var number: Int64
    /// UTC milliseconds.
    public var time: Int64
    /// The line.
    public var text: String
}

extension ControlReader {
    /// The running jobs whose lease is over; a row that cannot be read is none of them.
    public func expiredClaims(now: Int64) throws -> [ExpiredClaim] {
        try Row.fetchAll(
            database, sql: "SELECT id, fence, lease_until FROM job WHERE state = 'running' AND lease_until < ? ORDER BY id",
            arguments: [now]
        ).compactMap { row in
            guard let id = try? row.integer("id"), let fence = try? row.integer("fence"), let until = try? row.integer("lease_until")
            else { return nil }
            return ExpiredClaim(job: id, fence: fence, leaseUntil: until)
        }
    }

    /// Jobs in those states, newest first, before an id.
    public func jobs(states: [String], limit: Int, before: Int64?) throws -> Salvage<JobRecord> {
        let marks = states.map { _ in "?" }.joined(separator: ", ")
        var arguments = StatementArguments(states)
        arguments += [before ?? .max, limit]
        return salvage(
            try Row.fetchAll(
                database, sql: CheckedTable.job.select(database) + " WHERE state IN (\(marks)) AND id < ? ORDER BY id DESC LIMIT ?",
                arguments: arguments))
    }

    /// All jobs, page by page, newest first: those of a state that is not known here too.
    ///
    /// - Returns: the page, and the number before which the next one begins; nil after the last.
    public func jobPage(limit: Int, before: Int64?) throws -> (jobs: Salvage<JobRecord>, oldest: Int64?) {
        let rows = try Row.fetchAll(
            database, sql: CheckedTable.job.select(database) + " WHERE id < ? ORDER BY id DESC LIMIT ?",
            arguments: [before ?? .max, limit])
        return (salvage(rows), try rows.last?.integer("id"))
    }

    func salvage(_ rows: [Row]) -> Salvage<JobRecord> {
        salvage("job", rows, key: { RowKey.number($0, column: "id") }) { row throws(StoreFailure) in try JobRecord(row) }
    }

    /// One job.
    public func job(_ id: Int64) throws -> JobRecord? {
        try Row.fetchOne(database, sql: CheckedTable.job.select(database) + " WHERE id = ?", arguments: [id]).map { try JobRecord($0) }
    }

    /// Lines of a job's log after a number, oldest first; one that cannot be read says so.
    public func log(_ id: Int64, after: Int64, limit: Int) throws -> [JobLogRecord] {
        try Row.fetchAll(
            database,
            sql: CheckedTable.jobLog.select(database, "number, time, text") + " WHERE job = ? AND number > ? ORDER BY number LIMIT ?",
            arguments: [id, after, limit]
        ).map { row in
            let number = try row.integer("number")
            do throws(StoreFailure) {
                try row.checkIntact()
                return JobLogRecord(number: number, time: try row.integer("time"), text: try row.text("text"))
            } catch { return JobLogRecord(number: number, time: 0, text: "this line cannot be read: \(error.bare)") }
        }
    }
}

extension ControlTransaction {
    /// Attempts that a job has before it is parked for a person.
    public static let attemptLimit = 3
    /// Lines that a job's log keeps.
    static let logLimit = 10_000

    /// Queues a job; returns its number.
    ///
    /// Refused when `ControlStore.jobLimit` are open.
    public func enqueue(_ record: JobRecord) throws -> Int64 {
        let open = try Row.fetchOne(database, sql: "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')")?.integer(at: 0) ?? 0
        guard open < ControlStore.jobLimit else {
            throw StoreFailure.full("job queue: \(ControlStore.jobLimit) jobs are open: cancel some, or wait")
        }
        try database.execute(
            sql: """
                INSERT INTO job (kind, deployment, payload, priority, state, attempts, fence, created_at, progress, progress_text, created_by,
                    cancel_requested) VALUES (?, ?, ?, ?, 'queued', 0, 0, ?, 0, ?, ?, 0)
                """,
            arguments: [
                record.kind, record.deployment, record.payload, record.priority, record.createdAt, record.progressText, record.createdBy,
            ])
        return database.lastInsertedRowID
    }

    /// Claims the next job: highest priority first; of equal ones that of the deployment with the fewest running, then of the deployment whose
    /// last turn is longest ago, then the oldest.
    ///
    /// Complexity: O(queued jobs).
    public func claimNext(worker: String, leaseUntil: Int64, now: Int64) throws -> JobRecord? {
        var passedOver: [Int64] = []
        while let id = try nextQueued(but: passedOver) {
            // A job that cannot be read stays in the queue, and holds up no other.
            do { return try claim(id, worker: worker, leaseUntil: leaseUntil, now: now) } catch StoreFailure.corrupt {
                passedOver.append(id)
            }
        }
        return nil
    }

    private func nextQueued(but passedOver: [Int64]) throws -> Int64? {
        let marks = passedOver.map { _ in "?" }.joined(separator: ", ")
        return try Row.fetchOne(
            database,
            sql: """
                WITH waiting AS (SELECT id, deployment, priority FROM job WHERE state = 'queued' AND id NOT IN (\(marks)))
                SELECT MIN(q.id) AS id FROM waiting AS q LEFT JOIN turn AS t ON t.deployment = q.deployment
                WHERE q.priority = (SELECT MAX(priority) FROM waiting)
                GROUP BY q.deployment
                ORDER BY (SELECT COUNT(*) FROM job AS r WHERE r.state = 'running' AND r.deployment = q.deployment), COALESCE(t.number, 0), MIN(q.id)
                LIMIT 1
                """, arguments: StatementArguments(passedOver))?.integer("id")
    }

    /// Claims that job, if it waits.
    ///
    /// The fence grows, so that an earlier claimant's result no longer counts.
    public func claim(_ id: Int64, worker: String, leaseUntil: Int64, now: Int64) throws -> JobRecord? {
        // Read first: nothing of a job that cannot be read is changed.
        guard try job(id) != nil else { return nil }
        try database.execute(
            sql: """
                UPDATE job SET state = 'running', attempts = attempts + 1, fence = fence + 1, worker = ?, lease_until = ?, started_at = ?,
                    finished_at = NULL, progress = 0, progress_text = 'starting', error = NULL, result = NULL, cancel_requested = 0
                WHERE id = ? AND state = 'queued'
                """,
            arguments: [worker.storable, leaseUntil, now, id])
        guard database.changesCount == 1, let job = try job(id) else { return nil }
        // Turns are counted, not timed: two claims within one millisecond still have an order.
        try database.execute(
            sql: "INSERT OR REPLACE INTO turn VALUES (?, 1 + (SELECT COALESCE(MAX(number), 0) FROM turn))", arguments: [job.deployment])
        return job
    }

    /// Prolongs a claim; false when it is no longer held.
    public func renew(_ id: Int64, fence: Int64, leaseUntil: Int64) throws -> Bool {
        try changed("UPDATE job SET lease_until = ? WHERE id = ? AND fence = ? AND state = 'running'", [leaseUntil, id, fence])
    }

    /// Reports progress; false when the claim is no longer held.
    public func progress(_ id: Int64, fence: Int64, fraction: Double, text: String) throws -> Bool {
        try changed(
            "UPDATE job SET progress = ?, progress_text = ? WHERE id = ? AND fence = ? AND state = 'running'",
            [fraction.isFinite ? fraction : 0, text.storable, id, fence])
    }

    /// Records a job's end, once: false when the fence is stale, and then nothing has changed.
    public func finish(_ id: Int64, fence: Int64, state: String, result: String?, error: String?, now: Int64) throws -> Bool {
        try changed(
            """
            UPDATE job SET state = ?, result = ?, error = ?, finished_at = ?, lease_until = NULL, progress = CASE ? WHEN 'done' THEN 1 ELSE progress END
            WHERE id = ? AND fence = ? AND state = 'running'
            """, [state, result?.storable, error?.storable, now, state, id, fence])
    }

    /// Puts a running job back; the attempt does not count.
    ///
    /// False when the fence is stale.
    public func requeue(_ id: Int64, fence: Int64, now: Int64) throws -> Bool {
        try changed(
            """
            UPDATE job SET state = 'queued', attempts = attempts - 1, worker = NULL, lease_until = NULL, progress_text = 'waiting again'
            WHERE id = ? AND fence = ? AND state = 'running'
            """, [id, fence])
    }

    /// At the start of an engine: every running job lost its worker.
    ///
    /// Queued again, or parked after the last attempt. Returns those touched.
    ///
    /// The end of an engine is no fault of the job, unless so many end under it that it may be: until then the attempt does not count.
    public func requeueRunning(now: Int64) throws -> [JobRecord] {
        // Each claim and each end raise the fence by one.
        try database.execute(
            sql: "UPDATE job SET attempts = MAX(0, attempts - 1) WHERE state = 'running' AND fence < ?", arguments: [2 * Self.engineLimit])
        return try release("state = 'running'", [], now, "its engine ended")
    }

    /// Engines that may end under a job before its attempts count.
    private static let engineLimit = 10

    /// While an engine runs: puts back the job of a claim, if nobody has prolonged it since it was looked at.
    ///
    /// Queued again, or parked after the last attempt. Returns the job if it was touched.
    public func requeue(_ claim: ExpiredClaim, now: Int64) throws -> JobRecord? {
        try release(
            "state = 'running' AND id = ? AND fence = ? AND lease_until = ?", [claim.job, claim.fence, claim.leaseUntil], now,
            "its worker stalled"
        ).first
    }

    private func release(_ condition: String, _ arguments: StatementArguments, _ now: Int64, _ why: String) throws -> [JobRecord] {
        let ids = try Row.fetchAll(database, sql: "SELECT id FROM job WHERE \(condition) ORDER BY id", arguments: arguments).map {
            try $0.integer("id")
        }
        for id in ids {
            try database.execute(
                sql: """
                    UPDATE job SET state = CASE WHEN cancel_requested THEN 'cancelled' WHEN attempts >= ?1 THEN 'parked' ELSE 'queued' END,
                        error = CASE WHEN attempts >= ?1 AND NOT cancel_requested THEN ?2 ELSE error END, worker = NULL, lease_until = NULL,
                        fence = fence + 1, finished_at = CASE WHEN cancel_requested OR attempts >= ?1 THEN ?3 ELSE NULL END,
                        progress_text = CASE WHEN cancel_requested OR attempts >= ?1 THEN ?4 ELSE 'waiting again' END
                    WHERE id = ?5
                    """,
                arguments: [Self.attemptLimit, "\(Self.attemptLimit) attempts, the last: \(why)", now, why, id])
        }
        return try ids.compactMap { id in
            let sql = try CheckedTable.job.select(database) + " WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else { return nil }
            // One that cannot be read is put back all the same; lists show what is wrong with it.
            return salvage([row]).records.first
        }
    }

    /// Cancels: a waiting job at once, a running one as soon as its worker looks.
    public func cancelJob(_ id: Int64, now: Int64) throws {
        try database.execute(
            sql: """
                UPDATE job SET cancel_requested = 1, state = CASE state WHEN 'queued' THEN 'cancelled' ELSE state END,
                    finished_at = CASE state WHEN 'queued' THEN ? ELSE finished_at END
                WHERE id = ? AND state IN ('queued', 'running')
                """,
            arguments: [now, id])
    }

    /// Queues an ended job again, with all its attempts.
    public func retryJob(_ id: Int64, now: Int64) throws {
        try database.execute(
            sql: """
                UPDATE job SET state = 'queued', attempts = 0, cancel_requested = 0, error = NULL, result = NULL, started_at = NULL,
                    finished_at = NULL, progress = 0, progress_text = 'waiting again'
                WHERE id = ? AND state IN ('failed', 'cancelled', 'parked')
                """,
            arguments: [id])
    }

    /// Moves a waiting job to the front.
    public func raiseJob(_ id: Int64) throws {
        try database.execute(
            sql: "UPDATE job SET priority = 1 + (SELECT MAX(priority) FROM job WHERE state = 'queued') WHERE id = ? AND state = 'queued'",
            arguments: [id])
    }

    /// Adds a line to a job's log, at most 4,000 characters of it; beyond 10,000 lines the oldest go.
    public func appendLog(_ id: Int64, time: Int64, line: String) throws {
        let row = try Row.fetchOne(database, sql: "SELECT COALESCE(MAX(number), 0) AS last FROM job_log WHERE job = ?", arguments: [id])
        let number = (try row?.integer("last") ?? 0) + 1
        try database.execute(
            sql: "INSERT INTO job_log (job, number, time, text) VALUES (?, ?, ?, ?)",
            arguments: [id, number, time, String(line.prefix(4_000)).storable])
        if number > Self.logLimit {
            try database.execute(sql: "DELETE FROM job_log WHERE job = ? AND number <= ?", arguments: [id, number - Int64(Self.logLimit)])
        }
    }

    private func changed(_ sql: String, _ arguments: StatementArguments) throws -> Bool {
        try database.execute(sql: sql, arguments: arguments)
        return database.changesCount == 1
    }
}
