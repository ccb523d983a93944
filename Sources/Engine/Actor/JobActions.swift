import Learning
import Logging
import Monitoring
import Store
import Tabular

extension EngineCore {
    /// What a version is trained with when nobody says otherwise.
    static let standardAlgorithm = "boosted-trees"

    // MARK: Ordering work

    func deploy(_ order: DeployOrder, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        guard Names.isValid(order.name) else {
            throw .invalid(
                what: "deployment name \(SafeText.escape(String(order.name.prefix(80))))",
                advice: "use lower-case letters, digits and dashes, at most 63, beginning with a letter or digit")
        }
        if fleet.removals.contains(order.name) {
            throw .refused(what: "\(order.name) is being removed", advice: "try again in a moment")
        }
        let standing = entries[order.name]
        try checkAlgorithm(order.training, order.options.task)
        try checkAllowance(order.training, request)
        try checkPath(order.path)
        if let holdout = order.holdout { try checkPath(holdout) }
        try checkSplit(order.training, columns: nil)
        var policy = Policy()
        if let text = order.policy {
            do { policy = try Policy.parse(text, deployment: order.name) } catch { throw .invalid(what: "policy", advice: "\(error)") }
            try check(policy, order.options.task)
        }
        let current = now()
        var memory = DeploymentMemory()
        memory.createdBy = who.journalName
        let record = DeploymentRecord(
            name: order.name, createdAt: current, schema: nil, state: DeploymentState.empty.rawValue, champion: nil, lastKnownGood: nil,
            dataHash: nil, payload: try storable { () throws(StoreFailure) in try memory.stored() })
        let change = Change(
            verb: .deploy, deployment: order.name, summary: "ordered \(order.name) from \(SafeText.escape(fileName(order.path)))",
            reason: request.reason,
            details: ["target": order.options.target, "algorithm": order.training.algorithm].merging(allowance(order.training)) { $1 }
                .merging(division(order.training, order.holdout)) { $1 })
        var job: Int64 = 0
        var nextNumber: UInt32 = 1
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            nextNumber = try transaction.nextVersionNumber(of: order.name)
            if standing == nil { try transaction.insert(record) } else { try transaction.update(record) }
            try transaction.setPolicy(order.name, policy.text)
            job = try transaction.enqueue(
                try Self.job(kind: .deploy, deployment: order.name, payload: .deploy(order), by: who, at: current, priority: 0))
        }
        let dictionaries = standing?.categories ?? Categories(stored: [])
        let entry = DeploymentEntry(
            record: record, memory: memory, versions: VersionBook(), nextNumber: nextNumber, categories: dictionaries, policy: policy,
            windowing: workspace.configuration.windowing, now: current)
        // A learner of an earlier deployment of this name has nothing to say of this one.
        entry.online = OnlineWatch(epoch: Int(truncatingIfNeeded: current))
        entries[order.name] = entry
        return queued(change, row: row, nanoseconds: nanoseconds, job: job)
    }

    func train(_ order: TrainOrder, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let entry = try entry(order.deployment)
        if let path = order.path { try checkPath(path) }
        try checkAllowance(order.training, request)
        var resolved = resolve(order, entry)
        if !who.isAutomatic {
            // Only a policy's word promotes by itself, in the policy's name.
            resolved.promoteWhenBlessed = false
            resolved.trigger = nil
        }
        if let holdout = resolved.holdout { try checkPath(holdout) }
        try checkSplit(resolved.training, columns: entry.record.schema?.features.map(\.name))
        try checkAlgorithm(resolved.training, entry.record.schema?.target.task)
        let current = now()
        let trigger = resolved.trigger?.rawValue ?? who.name
        let change = Change(
            verb: .train, deployment: entry.name,
            summary: "ordered a \(resolved.training.algorithm) version of \(entry.name) from "
                + (order.path.map { SafeText.escape(fileName($0)) } ?? "labelled traffic")
                + (resolved.training.search.map { ", the best of \($0.trials) settings" } ?? ""),
            reason: request.reason,
            details: ["trigger": trigger, "algorithm": resolved.training.algorithm].merging(allowance(resolved.training)) { $1 }
                .merging(division(resolved.training, resolved.holdout)) { $1 })
        var job: Int64 = 0
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            job = try transaction.enqueue(
                try Self.job(kind: .train, deployment: entry.name, payload: .train(resolved), by: who, at: current, priority: 0))
        }
        entry.memory.policy.lastTraining = current
        entry.memory.policy.labelsAtLastTraining = entry.labels.accepted
        if entry.drift.isRaised { entry.memory.policy.answeredDrift = true }
        if entry.quality.raisedSince != nil { entry.memory.policy.answeredQuality = true }
        if resolved.trigger == .onDrift { entry.memory.policy.driftAnswered() }
        var turn = LoopClock(trigger: trigger)
        if let alert = alerts.open(entry.name, kind: AlertKind.drift) {
            turn.onset = alert.onset
            turn.detected = alert.raisedAt
        }
        turn.queued = current
        entry.memory.loop = turn
        entry.isMemoryDirty = true
        return queued(change, row: row, nanoseconds: nanoseconds, job: job)
    }

    /// Fills in what the order leaves open: the champion's algorithm, each of its settings that is not given, the policy's window.
    ///
    /// A search begins with the champion's settings; it varies those that can be searched and are not given.
    private func resolve(_ order: TrainOrder, _ entry: DeploymentEntry) -> TrainOrder {
        var order = order
        let model = entry.championSummary ?? entry.versions.newest
        if order.training.algorithm.isEmpty { order.training.algorithm = model?.algorithm ?? Self.standardAlgorithm }
        if let model, model.algorithm == order.training.algorithm {
            let given = order.training.settings
            let searchable = order.training.search == nil ? [] : Search.settings(of: model.algorithm)
            let free = searchable.subtracting(given.keys)
            order.training.settings = model.settings.filter { !free.contains($0.key) }.merging(given) { $1 }
            order.training.search?.start = model.settings.filter { free.contains($0.key) }
        }
        if order.window == nil { order.window = entry.policy.window }
        order.training.allowedLeakage = order.training.allowedLeakage ?? model?.allowedLeakage
        order.heldIn = nil
        if order.training.split == nil, order.holdout == nil { follow(entry.orderedDivision, &order) }
        return order
    }

    /// Rows are divided as somebody ordered it for the version before.
    private func follow(_ version: VersionSummary?, _ order: inout TrainOrder) {
        guard let version, var rule = version.split?.rule else { return }
        // A search looks at rows that a cross-validation judges on.
        if order.training.search != nil { rule.folds = nil }
        if order.training.holdout != TrainingRequest.standardHoldout { rule.share = order.training.holdout }
        order.training.split = rule
        if rule.kind == .file { order.heldIn = version.dataHash }
    }

    /// How rows were asked to be divided, for the journal.
    private func division(_ training: TrainingRequest, _ holdout: String?) -> [String: String] {
        if let holdout { return ["split": "judged by \(SafeText.escape(fileName(holdout)))"] }
        return training.split.map { ["split": $0.words] } ?? [:]
    }

    /// - Parameter columns: the deployment's, where they are known.
    private func checkSplit(_ training: TrainingRequest, columns: [String]?) throws(ActionFailure) {
        guard let rule = training.split else { return }
        if let fault = rule.fault { throw .invalid(what: "split", advice: fault) }
        guard let group = rule.group, let columns, !columns.contains(group) else { return }
        let near = Names.nearest(to: group, in: columns).map { ": did you mean \(SafeText.escape($0))?" } ?? ""
        throw .invalid(what: "column of units \(SafeText.escape(group))", advice: "name a column of the deployment\(near)")
    }

    /// Columns that may tell the target by themselves, for the journal.
    private func allowance(_ training: TrainingRequest) -> [String: String] {
        guard let allowed = training.allowedLeakage, !allowed.isEmpty else { return [:] }
        return ["allow-leakage": allowed.map { SafeText.escape($0) }.joined(separator: ", ")]
    }

    /// Whoever allows a column that looks like the target says why.
    private func checkAllowance(_ training: TrainingRequest, _ request: ActionRequest) throws(ActionFailure) {
        guard let allowed = training.allowedLeakage, !allowed.isEmpty else { return }
        guard request.reason?.isEmpty == false else {
            throw .invalid(what: "allow-leakage without a reason", advice: "say with --reason why the column is known in time")
        }
        guard allowed.count <= 100, allowed.allSatisfy({ $0.utf8.count <= 1_000 }) else {
            throw .invalid(what: "allow-leakage of \(allowed.count) columns", advice: "name at most 100")
        }
    }

    private func queued(_ change: Change, row: JournalRow, nanoseconds: UInt64, job: Int64) -> Receipt {
        if configuration.isSolitary { jobs.own = job }
        refreshJobsLoggingFailure()
        trainer?.poke()
        return receipt(change, row: row, nanoseconds: nanoseconds, job: job)
    }

    private static func job(
        kind: JobKind, deployment: String, payload: JobPayload, by who: Operator, at time: Int64, priority: Int
    ) throws(StoreFailure) -> JobRecord {
        JobRecord(
            id: 0, kind: kind.rawValue, deployment: deployment, payload: try payload.stored(), priority: priority,
            state: JobState.queued.rawValue,
            attempts: 0,
            fence: 0, worker: nil, leaseUntil: nil, createdAt: time, startedAt: nil, finishedAt: nil, progress: 0, progressText: "waiting",
            result: nil, error: nil, createdBy: who.journalName, cancelRequested: false)
    }

    /// - Parameter task: what is to be predicted, where that is known already.
    private func checkAlgorithm(_ training: TrainingRequest, _ task: PredictionTask?) throws(ActionFailure) {
        do throws(LearningFailure) {
            if let task { try Training.check(training, task: task) } else { try Training.check(training) }
        } catch {
            throw .invalid(what: "algorithm \(SafeText.escape(training.algorithm))", advice: "\(error)")
        }
        guard training.holdout > 0, training.holdout < 1 else {
            throw .invalid(what: "hold-out share \(training.holdout)", advice: "choose between 0 and 1, such as 0.2")
        }
    }

    /// A policy's algorithm must be able to learn what is predicted.
    func check(_ policy: Policy, _ task: PredictionTask?) throws(ActionFailure) {
        guard let task, !policy.algorithm.isEmpty else { return }
        do { try Training.check(TrainingRequest(algorithm: policy.algorithm), task: task) } catch {
            throw .invalid(what: "policy: retrain.algorithm \(policy.algorithm)", advice: "\(error)")
        }
    }

    /// Bytes of the longest reference to data: some thousand files.
    private static let longestReference = 256 << 10

    /// Paths must be absolute here: the engine may run in another directory than whoever asked.
    private func checkPath(_ text: String) throws(ActionFailure) {
        let paths = text.utf8.count <= Self.longestReference ? (try? DataReference(text))?.paths ?? [] : []
        guard !paths.isEmpty, paths.allSatisfy({ $0.hasPrefix("/") && $0.utf8.count < 4_096 && !$0.utf8.contains(0) }) else {
            throw .invalid(what: "file \(SafeText.escape(String(text.prefix(120))))", advice: "give an absolute path")
        }
    }

    private func fileName(_ text: String) -> String { DataReference.title(of: text) }

    // MARK: Acting on jobs

    func cancelJob(_ id: Int64, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let job = try job(id)
        let change = Change(
            verb: request.action.facts.verb, deployment: job.deployment, summary: "cancelled job \(id)", reason: request.reason)
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            try transaction.cancelJob(id, now: self.now())
            try transaction.appendLog(id, time: self.now(), line: "cancelled by \(who.journalName)")
        }
        _ = jobBoard.cancel(id)
        refreshJobsLoggingFailure()
        return receipt(change, row: row, nanoseconds: nanoseconds, job: id)
    }

    func retryJob(_ id: Int64, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let job = try job(id)
        let change = Change(
            verb: request.action.facts.verb, deployment: job.deployment, summary: "queued job \(id) again", reason: request.reason)
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            try transaction.retryJob(id, now: self.now())
            try transaction.appendLog(id, time: self.now(), line: "queued again by \(who.journalName)")
        }
        return queued(change, row: row, nanoseconds: nanoseconds, job: id)
    }

    func raiseJob(_ id: Int64, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let job = try job(id)
        let change = Change(
            verb: request.action.facts.verb, deployment: job.deployment, summary: "moved job \(id) to the front", reason: request.reason)
        let (row, nanoseconds) = try commit(change, by: who) { try $0.raiseJob(id) }
        refreshJobsLoggingFailure()
        return receipt(change, row: row, nanoseconds: nanoseconds, job: id)
    }

    private func job(_ id: Int64) throws(ActionFailure) -> JobRecord {
        let found: JobRecord?
        do { found = try stores.control.read { try $0.job(id) } } catch { throw .store("\(error)") }
        guard let found else { throw .notFound(kind: "job", name: "\(id)", nearest: nil) }
        return found
    }

    func refreshJobsLoggingFailure() {
        do { try refreshJobs() } catch { logger.error("jobs: \(error)") }
    }
}
