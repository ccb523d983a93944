import Synchronization

/// Estimates the seconds left of a training from how far it came in the time so far.
final class ProgressClock: Sendable {
    private let start = Mutex<(instant: ContinuousClock.Instant, fraction: Double)?>(nil)

    /// The same progress with the seconds left, where whoever reports does not know better.
    func timed(_ progress: TrainingProgress) -> TrainingProgress {
        guard progress.secondsLeft == nil else { return progress }
        let now = ContinuousClock.now
        return start.withLock { start in
            guard let first = start, first.fraction <= progress.fraction else {
                start = (now, progress.fraction)
                return progress
            }
            let gained = progress.fraction - first.fraction
            guard gained > 0.01 else { return progress }
            var timed = progress
            timed.secondsLeft = max(0, (now - first.instant) / .seconds(1) * (1 - progress.fraction) / gained)
            return timed
        }
    }
}
