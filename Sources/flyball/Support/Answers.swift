import Engine
import Foundation
import Monitoring
import Store
import Tabular

/// The kinds of answer that commands read, by name; nil for the answer to another question.
extension HistoryContent {
    var asEngine: EngineStatus? { if case .engine(let found) = self { found } else { nil } }
    var asOverview: StatusDocument? { if case .overview(let found) = self { found } else { nil } }
    var asDeployment: DeploymentStatus? { if case .deployment(let found) = self { found } else { nil } }
    var asJournal: [JournalRow]? { if case .journal(let found) = self { found } else { nil } }
    var asVerdict: JournalVerdict? { if case .verification(let found) = self { found } else { nil } }
    var asReport: VersionReport? { if case .report(let found) = self { found } else { nil } }
    var asSeries: [SeriesPoint]? { if case .series(let found) = self { found } else { nil } }
    var asVersions: [VersionSummary]? { if case .versions(let found) = self { found } else { nil } }
    var asJobs: [JobStatus]? { if case .jobs(let found) = self { found } else { nil } }
    var asLog: [JobLogLine]? { if case .log(let found) = self { found } else { nil } }
    var asAlerts: [Alert]? { if case .alerts(let found) = self { found } else { nil } }
    var asTokens: [TokenStatus]? { if case .tokens(let found) = self { found } else { nil } }
    var asBackups: BackupStatus? { if case .backups(let found) = self { found } else { nil } }
    var asText: String? { if case .text(let found) = self { found } else { nil } }
    var asModel: (version: UInt32, artefact: Data)? { if case .model(let version, let bytes) = self { (version, bytes) } else { nil } }
    var asReplayed: OnlineReplayed? { if case .replayed(let found) = self { found } else { nil } }
    var asReplayedAnswer: AnswerReplayed? { if case .replayedAnswer(let found) = self { found } else { nil } }
    var asPredictions: PredictionPage? { if case .predictions(let found) = self { found } else { nil } }
    var asCauses: CauseReport? { if case .causes(let found) = self { found } else { nil } }
    var asExplanation: PredictionExplanation? { if case .explanation(let found) = self { found } else { nil } }
}

extension EngineLink {
    /// Asks, and takes the answer; throws why there is none: a command never ends well without one.
    func ask<Answer>(_ query: HistoryQuery, _ take: (HistoryContent) -> Answer?) async throws -> Answer {
        let content = await history(query).content
        if let answer = take(content) { return answer }
        if case .failed(let reason) = content, !reason.isEmpty { throw CommandFailure(reason) }
        throw CommandFailure("the engine gave no answer to what was asked: it and this command must be the same version of flyball")
    }

    /// The engine's process.
    func engine() async throws -> EngineStatus { try await ask(.engine, \.asEngine) }
}

extension Session {
    /// Asks, and takes the answer; throws why there is none.
    func ask<Answer>(_ query: HistoryQuery, _ take: (HistoryContent) -> Answer?) async throws -> Answer {
        try await link.ask(query, take)
    }

    /// The deployment; throws with the nearest name.
    func deployment(_ name: String) async throws -> DeploymentStatus { try await ask(.deployment(name), \.asDeployment) }

    /// A job, alone.
    func job(_ id: Int64) async throws -> JobStatus {
        guard let job = try await ask(.job(id), \.asJobs).first else {
            throw ActionFailure.notFound(kind: "job", name: "\(id)", nearest: nil)
        }
        return job
    }

    /// Versions that one question may bring.
    private static let versionPage = 100

    /// All versions of a deployment, newest first, page by page; throws with the nearest name.
    func versions(of name: String) async throws -> [VersionSummary] {
        var all: [VersionSummary] = []
        while true {
            let query = HistoryQuery.versions(deployment: name, before: all.last?.number, limit: Self.versionPage)
            let page = try await ask(query, \.asVersions)
            all += page
            if page.count < Self.versionPage { return all }
        }
    }

    /// A version; throws with what there is instead.
    func version(_ wanted: UInt32, of name: String) async throws -> VersionSummary {
        let after = wanted == .max ? nil : wanted + 1
        let found = try await ask(.versions(deployment: name, before: after, limit: 1), \.asVersions).first
        if let found, found.number == wanted { return found }
        let newest = try await ask(.versions(deployment: name, before: nil, limit: 1), \.asVersions).first
        throw ActionFailure.notFound(kind: "version", name: "\(SafeText.escape(name)) v\(wanted)", nearest: newest?.name)
    }
}
