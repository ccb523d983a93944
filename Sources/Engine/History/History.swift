public import Foundation
public import Learning
public import Monitoring
public import Store
public import Tabular

/// What charts can ask for.
public enum SeriesMetric: String, Codable, Sendable, CaseIterable {
    /// Requests a second.
    case requests
    /// Median answer time, milliseconds.
    case latencyP50
    /// 99th percentile, milliseconds.
    case latencyP99
    /// Mean score.
    case score
    /// PSI of the worst feature.
    case drift
    /// The threshold that the worst PSI is judged by.
    case driftThreshold
    /// Errors a second.
    case errors
    /// Labels a second.
    case labels
}

/// A question about the past, or about one part of the present; answered off the main path, in pages.
public enum HistoryQuery: Codable, Sendable, Hashable {
    /// The engine's process.
    case engine
    /// The present of the whole engine as `GET /v1/status` gives it, as text.
    case status
    /// The same with nothing but what people are shown: of the reasons only those that ask for attention.
    case overview
    /// The present of one deployment.
    case deployment(String)
    /// One job.
    case job(Int64)
    /// Journal rows before a sequence (nil: from the newest), newest first.
    case journal(before: Int64?, limit: Int, deployment: String?)
    /// Journal rows after a sequence (0: from the first), oldest first: for whoever follows the journal.
    case journalAfter(sequence: Int64, limit: Int, deployment: String?)
    /// A walk along the whole journal's chain, against a checkpoint that was kept elsewhere if one is given.
    case verifyJournal(checkpoint: JournalCheckpoint?)
    /// A metric over time in at most `points` fixed buckets, UTC milliseconds.
    case series(deployment: String, metric: SeriesMetric, from: Int64, until: Int64, points: Int)
    /// PSI over time of one feature.
    case featureDrift(deployment: String, feature: String, from: Int64, until: Int64, points: Int)
    /// Versions of a deployment that are older than a number (nil: from the newest), newest first.
    case versions(deployment: String, before: UInt32?, limit: Int)
    /// Jobs before an id (nil: newest), newest first.
    case jobs(before: Int64?, limit: Int)
    /// Log lines of a job after a line number, oldest first.
    case jobLog(id: Int64, after: Int64, limit: Int)
    /// Alerts, open and resolved, newest first.
    case alerts(limit: Int)
    /// The tokens, by name.
    case tokens
    /// The policy's TOML text.
    case policy(deployment: String)
    /// The model of a version (nil: the champion), for scoring elsewhere.
    case model(deployment: String, version: UInt32?)
    /// What the training of a version found: calibration, slices, the loss curve.
    case report(deployment: String, version: UInt32)
    /// The labels of a version that was learnt online, learnt once more from its base.
    case replay(deployment: String, version: UInt32)
    /// A live answer once more, from its base and the labels that were learnt before it.
    case replayAnswer(deployment: String, id: String)
    /// Logged predictions that are not newer than a mark (nil: the newest), newest first.
    case predictions(deployment: String, upTo: PredictionMark?, limit: Int)
    /// Why a logged prediction came out as it did; by its id or the client's own.
    case explanation(deployment: String, id: String)
    /// How much each column matters to a version on its held-out rows: figured out when it is asked for, answered at once.
    case importance(deployment: String, version: UInt32)
    /// How the backups stand, and how far the one is that is being made.
    case backups
    /// Two versions on the same rows, which neither has learnt: scored anew when it is asked for, answered at once.
    case pair(deployment: String, first: UInt32, second: UInt32)
    /// What is probably behind what is seen of a deployment: found when it is asked for, in its newest logged answers.
    case why(deployment: String)
}

/// The answer to a `HistoryQuery`.
public struct HistoryPage: Codable, Sendable {
    /// When it was true, UTC milliseconds.
    public var asOf: Int64
    /// The rows.
    public var content: HistoryContent

    /// Makes a page.
    public init(asOf: Int64, content: HistoryContent) {
        self.asOf = asOf
        self.content = content
    }
}

/// The rows of a page, by kind of question.
///
/// Large ones stand apart, so that a page is a few words long: consoles hold hundreds and copy them with every frame.
public enum HistoryContent: Codable, Sendable {
    /// The engine's process.
    indirect case engine(EngineStatus)
    /// The present in short.
    indirect case overview(StatusDocument)
    /// The present of a deployment.
    indirect case deployment(DeploymentStatus)
    /// Journal rows in the order that was asked for.
    case journal([JournalRow])
    /// What the walk along the journal's chain found.
    indirect case verification(JournalVerdict)
    /// Points, oldest first.
    case series([SeriesPoint])
    /// Versions, newest first.
    case versions([VersionSummary])
    /// Jobs, newest first.
    case jobs([JobStatus])
    /// Log lines, oldest first, with their line numbers.
    case log([JobLogLine])
    /// Alerts, newest first.
    case alerts([Alert])
    /// The tokens, by name.
    case tokens([TokenStatus])
    /// Text.
    case text(String)
    /// A version's number and its model's bytes, whose SHA-256 is right.
    indirect case model(version: UInt32, artefact: Data)
    /// What a version's training found.
    indirect case report(VersionReport)
    /// What came of learning a version's labels once more.
    indirect case replayed(OnlineReplayed)
    /// What came of giving a live answer once more.
    indirect case replayedAnswer(AnswerReplayed)
    /// Predictions, newest first, and what they are made of.
    indirect case predictions(PredictionPage)
    /// Why a prediction came out as it did.
    indirect case explanation(PredictionExplanation)
    /// How much each column matters, the most important ones; nil while it is being figured out: ask again.
    indirect case importance(GlobalImportance?)
    /// How the backups stand.
    indirect case backups(BackupStatus)
    /// Two versions on the same rows; nil while they are being scored: ask again.
    indirect case pair(PairedComparison?)
    /// Probable causes, the most probable first.
    indirect case causes(CauseReport)
    /// The question could not be answered: why.
    case failed(String)
}

/// A line of a job's log.
public struct JobLogLine: Codable, Sendable, Equatable {
    /// Line number, growing.
    public var number: Int64
    /// UTC milliseconds.
    public var time: Int64
    /// The text.
    public var text: String

    /// Makes a line.
    public init(number: Int64, time: Int64, text: String) {
        self.number = number
        self.time = time
        self.text = text
    }
}
