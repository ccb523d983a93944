import Learning
import Monitoring
import Store

extension VersionSummary {
    /// From the registry's row: the payload holds the summary as it was made; the row's own columns hold what has changed since.
    init?(_ record: VersionRecord) {
        guard var summary = decodeJSON(VersionSummary.self, record.payload), let state = VersionState(rawValue: record.state) else {
            return nil
        }
        summary.state = state
        summary.blessed = record.blessed
        summary.artefactHash = record.artefactHash
        self = summary
    }

    /// The registry's row.
    func record(deployment: String, profileHash: String?, reportHash: String?) -> VersionRecord {
        VersionRecord(
            deployment: deployment, number: number, createdAt: createdAt, algorithm: algorithm, state: state.rawValue,
            artefactHash: artefactHash,
            profileHash: profileHash, reportHash: reportHash, dataHash: dataHash, blessed: blessed, payload: encodeJSON(self))
    }
}

extension Alert {
    init?(_ record: AlertRecord) {
        guard let alert = decodeJSON(Alert.self, record.payload) else { return nil }
        self = alert
    }

    var record: AlertRecord {
        AlertRecord(id: id, deployment: deployment, kind: kind.rawValue, state: state.rawValue, payload: encodeJSON(self))
    }
}

extension Freeze {
    init?(_ record: FreezeRecord) {
        guard let scope = FreezeScope(rawValue: record.scope) else { return nil }
        self.init(deployment: record.deployment, scope: scope, by: record.by, since: record.since)
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
    /// The job as it is stored.
    init(_ record: JobRecord) {
        let state = JobState(rawValue: record.state) ?? .failed
        self.init(
            id: record.id, kind: JobKind(rawValue: record.kind), deployment: record.deployment, state: state, progress: record.progress,
            progressText: state.isOpen ? record.progressText : state.rawValue, createdAt: record.createdAt, startedAt: record.startedAt,
            finishedAt: record.finishedAt, createdBy: record.createdBy, attempts: record.attempts, priority: record.priority,
            result: record.result, error: record.error, algorithm: JobPayload.decode(record.payload)?.training.algorithm ?? "",
            isCancelling: record.cancelRequested && state.isOpen)
    }

    /// This job with what its training thread reports now.
    func with(_ live: JobBoard.Live?) -> JobStatus {
        guard let live else { return self }
        var status = self
        status.progress = live.progress.fraction
        status.progressText = Self.text(live.progress)
        status.secondsLeft = live.progress.secondsLeft
        status.curve = live.curve.points
        status.search = live.search
        status.isCancelling = live.isCancelling
        return status
    }

    /// "fitting 61 of 100, loss 0.4312 (validation 0.4401)".
    static func text(_ progress: TrainingProgress) -> String {
        var text = progress.stage
        if progress.iterations > 0 { text += " \(progress.iteration) of \(progress.iterations)" }
        if let loss = progress.trainLoss { text += ", loss \(Gates.number(loss))" }
        if let loss = progress.validationLoss { text += " (validation \(Gates.number(loss)))" }
        return text
    }
}

/// What a job's row holds of its order.
enum JobPayload: Codable {
    case deploy(DeployOrder)
    case train(TrainOrder)

    static func decode(_ text: String) -> JobPayload? { decodeJSON(JobPayload.self, text) }

    var text: String { encodeJSON(self) }

    var training: TrainingRequest {
        switch self {
        case .deploy(let order): order.training
        case .train(let order): order.training
        }
    }
}
