import GRPCCore

/// What one event loop has answered over gRPC since start.
struct GRPCCounters: Sendable, Equatable {
    /// By the words of the codes: as many as there are codes.
    private(set) var answers: [String: Int64] = [:]
    /// Open now.
    var open: Int64 = 0
    /// Since start.
    var connections: Int64 = 0
    /// Calls that were ended because too much of them was held.
    var shed: Int64 = 0

    /// Counts an answer; nil: one without an error.
    mutating func count(_ code: RPCError.Code?) { answers[code.map { "\($0)" } ?? "ok", default: 0] += 1 }

    mutating func add(_ other: GRPCCounters) {
        answers.merge(other.answers, uniquingKeysWith: +)
        open += other.open
        connections += other.connections
        shed += other.shed
    }
}
