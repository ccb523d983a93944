/// What asking a store found that had refused a write.
public enum StoreProbe: Sendable, Equatable {
    /// It takes writes again.
    case writable
    /// It was asked a moment ago: ask again later.
    case notDue
    /// It still refuses.
    case refused(StoreFailure)
}

/// How long to wait before a store is asked again: twice as long after each refusal, at most a minute.
struct ProbePatience: Sendable {
    private static let longestSeconds = 60

    private var seconds = 1
    private var next: ContinuousClock.Instant?

    func isDue(_ now: ContinuousClock.Instant) -> Bool { next.map { now >= $0 } ?? true }

    mutating func failed(_ now: ContinuousClock.Instant) {
        next = now.advanced(by: .seconds(seconds))
        seconds = min(seconds * 2, Self.longestSeconds)
    }
}
