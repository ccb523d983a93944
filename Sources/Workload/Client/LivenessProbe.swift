import NIOCore

/// Asks a server whether it lives, over one connection.
public final class LivenessProbe: Sendable {
    private let caller: HTTPCaller

    /// A probe of that server; it connects when it first asks.
    public init(_ endpoint: Endpoint) { caller = HTTPCaller(endpoint) }

    /// Seconds until it said that it lives; nil where it did not in time, or said something else.
    public func ask(withinMilliseconds limit: Int) async -> Double? {
        let started = ContinuousClock.now
        let outcome = await caller.send(caller.calls.get("/v2/health/live"), timeout: .milliseconds(Int64(limit)))
        guard case .answered(200, _) = outcome else { return nil }
        return (ContinuousClock.now - started) / .seconds(1)
    }

    /// Closes the connection.
    public func close() { caller.close() }
}
