import Engine
import Foundation
import Learning

/// Jobs in every state.
enum SampleJobs {
    private static let now = SampleSnapshot.now
    private static let minute = SampleSnapshot.minute

    /// Open ones first, then the newest: as the engine orders them.
    static let all: [JobStatus] = [
        JobStatus(
            id: 218, kind: .train, deployment: "electricity-price", state: .queued, createdAt: now - 20_000, createdBy: "ds (uid 1002)",
            algorithm: "boosted-trees"),
        JobStatus(
            id: 217, kind: .train, deployment: "card-fraud", state: .queued, createdAt: now - 50_000, createdBy: "policy:every",
            priority: 1,
            algorithm: "logistic"),
        running,
        JobStatus(
            id: 215, kind: .train, deployment: "delivery-minutes", state: .running, progress: 0.04, progressText: "binning",
            createdAt: now - 9_000,
            startedAt: now - 2_000, createdBy: "ops (uid 1000)", attempts: 1, algorithm: "boosted-trees", isCancelling: true),
        JobStatus(
            id: 214, kind: .train, deployment: "flight-delay", state: .done, progress: 1, createdAt: now - 31 * minute,
            startedAt: now - 30 * minute,
            finishedAt: now - 29 * minute, createdBy: "policy:on_drift", attempts: 1,
            result: "v14 refused by the gate against the champion",
            algorithm: "boosted-trees"),
        JobStatus(
            id: 213, kind: .train, deployment: "loan-default", state: .failed, progress: 0.62, createdAt: now - 50 * minute,
            startedAt: now - 49 * minute, finishedAt: now - 48 * minute, createdBy: "ds (uid 1002)", attempts: 1,
            error: "only one class in the training part: no late = yes among 9,120 rows: widen --window", algorithm: "boosted-trees"),
        JobStatus(
            id: 212, kind: .deploy, deployment: "new-listing", state: .parked, createdAt: now - 70 * minute, startedAt: now - 60 * minute,
            finishedAt: now - 59 * minute, createdBy: "ops (uid 1000)", attempts: 3,
            error:
                "listings.csv: row 40,112: column price holds \"n/a\": a number is needed: name it with --categorical or correct the file",
            algorithm: "logistic"),
        JobStatus(
            id: 211, kind: .train, deployment: "churn", state: .cancelled, progress: 0.33, createdAt: now - 90 * minute,
            startedAt: now - 90 * minute, finishedAt: now - 89 * minute, createdBy: "oncall (uid 1001)", attempts: 1, algorithm: "logistic"),
        JobStatus(
            id: 210, kind: .train, deployment: "flight-delay", state: .done, progress: 1, createdAt: now - 26 * 60 * minute,
            startedAt: now - 26 * 60 * minute, finishedAt: now - 26 * 60 * minute + 8_100, createdBy: "ds (uid 1002)", attempts: 1,
            result: "v13 blessed", algorithm: "boosted-trees", curve: curve(100)),
    ]

    /// The one with a live loss curve.
    static let running = JobStatus(
        id: 216, kind: .train, deployment: "flight-delay", state: .running, progress: 0.61,
        progressText: "fitting: tree 61 of 100, loss 0.4312",
        secondsLeft: 8.2, createdAt: now - 15_000, startedAt: now - 13_000, createdBy: "oncall (uid 1001)", attempts: 1,
        algorithm: "boosted-trees",
        curve: curve(61))

    /// A falling training loss and a validation loss that turns up again.
    static func curve(_ iterations: Int) -> [TrainingProgress] {
        (1...iterations).map { iteration in
            let x = Double(iteration)
            return TrainingProgress(
                stage: "fitting", iteration: iteration, iterations: 100, trainLoss: 0.40 + 0.28 * exp(-x / 22),
                validationLoss: 0.445 + 0.23 * exp(-x / 16) + 0.00002 * x * x, fraction: x / 100, secondsLeft: (100 - x) * 0.21)
        }
    }

    /// The log of the running job.
    static let log: [JobLogLine] = {
        var texts = [
            "began, attempt 1", "93,841 rows from 14,755 labelled rows of 30d + import 3f9ac2d1 (80,797 rows)",
            "categories of dest with fewer than 10 rows share a bin",
        ]
        texts += (1...61).map { "tree \($0) of 100, loss \(String(format: "%.4f", 0.40 + 0.28 * exp(-Double($0) / 22)))" }
        return texts.enumerated().map {
            JobLogLine(number: Int64($0.offset + 1), time: now - 13_000 + Int64($0.offset) * 200, text: $0.element)
        }
    }()

    /// The log of job 210: more than one page, or two.
    static let longLog: [JobLogLine] = (1...1_234).map { JobLogLine(number: Int64($0), time: now - 26 * 60 * minute, text: "step \($0)") }
}
