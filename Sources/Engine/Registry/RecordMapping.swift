import Learning
import Monitoring
package import Store

// What is stored as a JSON object in a row, or as an artefact of its own. The numbers are raised by whoever changes what is stored.
extension VersionSummary: StoredRecord { package static var format: Int { 1 } }
extension VersionReport: StoredRecord { package static var format: Int { 1 } }
extension ReferenceProfile: StoredRecord { package static var format: Int { 1 } }
extension Alert: StoredRecord { package static var format: Int { 1 } }
extension DeploymentMemory: StoredRecord { package static var format: Int { 1 } }
extension AccessToken: StoredRecord { package static var format: Int { 1 } }
extension JobPayload: StoredRecord { package static var format: Int { 1 } }

/// The kinds of records that are stored as JSON, for whoever tries them all.
package enum RecordKind: CaseIterable, Sendable {
    case version, report, profile, alert, memory, job

    /// A stored text as it would be stored again, or why it is none of the kind.
    package func rewritten(_ text: String) -> Result<String, any Error> {
        switch self {
        case .version: Self.rewritten(VersionSummary.self, text)
        case .report: Self.rewritten(VersionReport.self, text)
        case .profile: Self.rewritten(ReferenceProfile.self, text)
        case .alert: Self.rewritten(Alert.self, text)
        case .memory: Self.rewritten(DeploymentMemory.self, text)
        case .job: Self.rewritten(JobPayload.self, text)
        }
    }

    private static func rewritten<Record: StoredRecord>(_ type: Record.Type, _ text: String) -> Result<String, any Error> {
        Result { try Record(stored: text).stored() }
    }
}

extension ReferenceProfile {
    /// From an artefact's bytes: its own form, or the JSON of former releases.
    package init(artefact bytes: [UInt8]) throws(RecordFailure) {
        guard Self.isEncoded(bytes) else {
            self = try ReferenceProfile(stored: String(decoding: bytes, as: UTF8.self))
            return
        }
        guard let profile = ReferenceProfile(encoded: bytes) else { throw .unreadable("it is no drift reference that this flyball knows") }
        self = profile
    }
}

extension DeploymentMemory {
    /// From the registry's row, whose state must be known as well.
    init(_ record: DeploymentRecord) throws(RecordFailure) {
        guard DeploymentState(rawValue: record.state) != nil else { throw .unreadable("state \(record.state) is not known here") }
        self = try DeploymentMemory(stored: record.payload)
    }
}

extension VersionSummary {
    /// From the registry's row: the payload holds the summary as it was made; the row's own columns hold what has changed since.
    package init(_ record: VersionRecord) throws(RecordFailure) {
        var summary = try VersionSummary(stored: record.payload)
        guard let state = VersionState(rawValue: record.state) else { throw .unreadable("state \(record.state) is not known here") }
        guard summary.number == record.number else { throw .unreadable("its payload is of \(summary.name)") }
        summary.state = state
        summary.blessed = record.blessed
        summary.artefactHash = record.artefactHash
        self = summary
    }

    /// The registry's row.
    package func record(deployment: String, profileHash: String?, reportHash: String?) throws(StoreFailure) -> VersionRecord {
        VersionRecord(
            deployment: deployment, number: number, createdAt: createdAt, algorithm: algorithm, state: state.rawValue,
            artefactHash: artefactHash,
            profileHash: profileHash, reportHash: reportHash, dataHash: dataHash, blessed: blessed, payload: try stored())
    }
}

extension Alert {
    init(_ record: AlertRecord) throws(RecordFailure) {
        let alert = try Alert(stored: record.payload)
        guard alert.id == record.id else { throw .unreadable("its payload is of alert \(alert.id)") }
        self = alert
    }

    /// An alert whose row cannot be read, so that somebody looks: it says why, and is changed by nobody.
    init(unreadable record: AlertRecord, _ damage: DamagedRecord, foundAt time: Int64) {
        self.init(
            id: record.id, deployment: record.deployment, kind: AlertKind(rawValue: record.kind), severity: .critical,
            // What stands there is not known: it counts as what asks for attention.
            state: AlertState(rawValue: record.state) == .resolved ? .resolved : .firing,
            title: "this alert cannot be read: \(damage.text)", reasons: [], raisedAt: time, onset: time,
            runbook: "1. `flyball doctor` lists every record that cannot be read. "
                + "2. Use the newer flyball that wrote it, or restore control.db.")
    }

    func record() throws(StoreFailure) -> AlertRecord {
        AlertRecord(id: id, deployment: deployment, kind: kind.rawValue, state: state.rawValue, payload: try stored())
    }
}

extension Freeze {
    init(_ record: FreezeRecord) throws(RecordFailure) {
        guard let scope = FreezeScope(rawValue: record.scope) else { throw .unreadable("scope \(record.scope) is not known here") }
        self.init(deployment: record.deployment, scope: scope, by: record.by, since: record.since)
    }

    /// A freeze whose row cannot be read: it stops everything that it may have been meant to stop.
    init(unreadable damage: DamagedRecord) {
        self.init(deployment: damage.deployment, scope: .all, by: "a record that cannot be read (\(damage.text))", since: 0)
        row = Int64(damage.key)
    }

    var record: FreezeRecord { FreezeRecord(deployment: deployment, scope: scope.rawValue, by: by, since: since) }
}

extension LabelStatus {
    init(_ counts: LabelCounts) {
        self.init()
        accepted = counts.accepted
        duplicate = counts.duplicate
        conflict = counts.conflict
        corrected = counts.corrected
        pending = counts.pending
        unknown = counts.unknown
    }
}

extension JobStatus {
    /// The job as it is stored; one whose order or state cannot be read says so where its error stands.
    init(_ record: JobRecord) {
        let state = JobState(rawValue: record.state)
        self.init(
            id: record.id, kind: JobKind(rawValue: record.kind), deployment: record.deployment, state: state ?? .failed,
            progress: record.progress,
            progressText: state?.isOpen == true ? record.progressText : record.state, createdAt: record.createdAt,
            startedAt: record.startedAt, finishedAt: record.finishedAt, createdBy: record.createdBy, attempts: record.attempts,
            priority: record.priority, result: record.result, error: record.error, isCancelling: record.cancelRequested)
        isCancelling = record.cancelRequested && self.state.isOpen
        do throws(RecordFailure) { algorithm = try JobPayload(stored: record.payload).training.algorithm } catch {
            self.error = "its order cannot be read: \(DamagedRecord(record, error).text)" + (record.error.map { "; \($0)" } ?? "")
        }
        if state == nil { error = DamagedRecord(record, .unreadable("state \(record.state) is not known here")).text }
    }

    /// This job with what its training thread reports now.
    func with(_ live: JobBoard.Live?) -> JobStatus {
        guard let live else { return self }
        var status = self
        status.progress = live.progress.fraction
        let stage = Self.text(live.progress)
        status.progressText = live.progress.detail.map { "\(stage): \($0)" } ?? stage
        status.progressStage = stage
        status.secondsLeft = live.progress.secondsLeft
        status.curve = live.curve.points
        status.search = live.search
        status.isCancelling = live.isCancelling
        return status
    }

    /// "fitting 61 of 100, loss 0.4312 (validation 0.4401)"; without its detail.
    static func text(_ progress: TrainingProgress) -> String {
        var text = progress.stage
        if progress.iterations > 0 { text += " \(progress.iteration) of \(progress.iterations)" }
        if let loss = progress.trainLoss { text += ", loss \(Gates.number(loss))" }
        if let loss = progress.validationLoss { text += " (validation \(Gates.number(loss)))" }
        return text
    }
}

extension DamagedRecord {
    init(_ record: DeploymentRecord, _ reason: String) {
        self.init(file: "control.db", table: "deployment", key: record.name, deployment: record.name, reason: reason)
    }

    init(_ record: VersionRecord, _ failure: RecordFailure) {
        self.init(
            file: "control.db", table: "version", key: "\(record.deployment) v\(record.number)", deployment: record.deployment,
            version: record.number, reason: "\(failure)")
    }

    init(_ record: AlertRecord, _ failure: RecordFailure) {
        self.init(file: "control.db", table: "alert", key: "\(record.id)", deployment: record.deployment, reason: "\(failure)")
    }

    init(_ record: FreezeRecord, _ failure: RecordFailure) {
        self.init(
            file: "control.db", table: "freeze", key: record.row.map(String.init) ?? "", deployment: record.deployment,
            reason: "\(failure)")
    }

    init(_ record: TokenRecord, _ failure: RecordFailure) {
        self.init(file: "control.db", table: "token", key: record.name, reason: "\(failure)")
    }

    init(_ record: JobRecord, _ failure: RecordFailure) {
        self.init(file: "control.db", table: "job", key: "\(record.id)", deployment: record.deployment, reason: "\(failure)")
    }
}

/// What a job's row holds of its order.
enum JobPayload: Codable {
    case deploy(DeployOrder)
    case train(TrainOrder)

    /// What is wrong with a job's order or state, if anything is.
    static func damage(_ record: JobRecord) -> DamagedRecord? {
        guard JobState(rawValue: record.state) != nil else {
            return DamagedRecord(record, .unreadable("state \(record.state) is not known here"))
        }
        do throws(RecordFailure) { _ = try JobPayload(stored: record.payload) } catch { return DamagedRecord(record, error) }
        return nil
    }

    var training: TrainingRequest {
        switch self {
        case .deploy(let order): order.training
        case .train(let order): order.training
        }
    }
}
