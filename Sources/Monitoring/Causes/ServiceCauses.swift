import Foundation

/// Whether answers take longer or fail more than they did, and what began with that.
struct ServiceCauses {
    let incident: Incident
    /// Buckets that must say so, and that must have said otherwise before.
    private static let least = (since: 5, before: 15)
    /// How long after an event what it does may begin to show, milliseconds.
    static let lag: Int64 = 180_000

    /// A signal that has left its usual range.
    struct Departure {
        /// When, UTC milliseconds.
        var onset: Int64
        /// The median before, and since.
        var before: Double
        var since: Double
        /// 95 % of the buckets before lie below it.
        var usual: Double
    }

    /// The candidates: at most one.
    ///
    /// Complexity: O(buckets²).
    func candidates() -> [Candidate] {
        let errors = departure(errorShares(), factor: 3, atLeast: 0.005)
        let latency = departure(values(.latency), factor: 1.5, atLeast: 0)
        guard let first = errors ?? latency else { return [] }
        let what =
            errors.map { "\(CauseWords.percent($0.since)) of requests fail (\(CauseWords.percent($0.before)) before)" }
            ?? "answers take longer: p99 \(Figures.short(first.since)) ms (\(Figures.short(first.before)) ms before)"
        let strength = 1 - exp(-log(max(1.01, first.since / max(first.usual, 1e-4))))
        let range = "usual was up to \(errors == nil ? Figures.short(first.usual) + " ms" : CauseWords.percent(first.usual))"
        var cause = Cause(.host, onset: first.onset, verdict: "\(what), and nothing that happened here explains it")
        var explains = 0.5
        if let deploy = event(.deploy, before: first.onset) {
            cause = Cause(.deploy, onset: deploy.time, verdict: "\(what) since '\(deploy.text)'")
            cause.next = CauseWords.rollback
            explains = 0.85
        } else if let load = departure(values(.requests), factor: 1.5, atLeast: 0), abs(load.onset - first.onset) <= Self.lag {
            cause = Cause(
                .capacity, onset: load.onset,
                verdict: "\(what), with more requests: \(Figures.short(load.since)) a second (\(Figures.short(load.before)) before)")
            cause.next = "System shows what is full; cancel or postpone trainings, give it more cores"
            explains = 0.8
        } else if let training = event(.training, before: first.onset) {
            cause = Cause(.capacity, onset: training.time, verdict: "\(what) while a training runs: '\(training.text)'")
            cause.next = "Jobs: c cancels the training; it yields by itself where it can"
            explains = 0.7
        } else if let settings = event(.settings, before: first.onset) {
            cause = Cause(.settings, onset: settings.time, verdict: "\(what) since '\(settings.text)'")
            cause.next = "u takes back your last change"
            explains = 0.6
        } else {
            cause.next = "System and log/engine.log; if callers suffer, P pauses and lets them fall back"
        }
        cause.evidence = [range, "it stands since the first of \(Self.least.since) and more buckets in a row"]
        cause.replayLack = "time and load cannot be undone on logged rows"
        return [Candidate(cause, row: nil, strength: strength, explains: explains)]
    }

    /// The newest event of a kind that came shortly before a time, or with it.
    private func event(_ kind: IncidentEvent.Kind, before time: Int64) -> IncidentEvent? {
        let bucket = bucketLength
        return incident.events.last { $0.kind == kind && $0.time <= time + bucket && $0.time >= time - Self.lag - bucket }
    }

    private var bucketLength: Int64 {
        guard let times = incident.signals.first?.times, times.count > 1 else { return 60_000 }
        return (times[times.count - 1] - times[0]) / Int64(times.count - 1)
    }

    private func values(_ kind: IncidentSignal.Kind) -> [(time: Int64, value: Double)] {
        incident.signals.first { $0.kind == kind }.map { zip($0.times, $0.values).map { ($0, $1) } } ?? []
    }

    /// Failing requests by requests, in the buckets that have both.
    private func errorShares() -> [(time: Int64, value: Double)] {
        let requests = Dictionary(values(.requests).map { ($0.time, $0.value) }) { first, _ in first }
        return values(.errors).compactMap { bucket in
            requests[bucket.time].flatMap { $0 > 0 ? (bucket.time, bucket.value / $0) : nil }
        }
    }

    /// Since when a signal is beyond all that is usual up to its last bucket; nil where it is not.
    ///
    /// Nearly all buckets since must lie beyond 95 % of those before, and their median beyond the median before by the factor: a signal that
    /// wanders does neither.
    private func departure(_ buckets: [(time: Int64, value: Double)], factor: Double, atLeast: Double) -> Departure? {
        guard buckets.count >= Self.least.before + Self.least.since else { return nil }
        let values = buckets.map(\.value)
        guard let step = StepSearch.find(values, least: Self.least.since), step.position >= Self.least.before, step.difference > 0 else {
            return nil
        }
        let before = values[..<step.position].sorted()
        let since = values[step.position...].sorted()
        let (usual, low) = (before[before.count * 95 / 100], since[since.count / 10])
        let (was, now) = (before[before.count / 2], since[since.count / 2])
        guard low > usual, now >= factor * was, now - was >= atLeast, now >= 1.25 * usual else { return nil }
        return Departure(onset: buckets[step.position].time, before: was, since: now, usual: usual)
    }
}
