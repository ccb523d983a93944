/// What one event loop has answered since start.
struct HTTPCounters: Sendable, Equatable {
    var successes: Int64 = 0
    var clientErrors: Int64 = 0
    var serverErrors: Int64 = 0
    /// Answered with 503 because too much was waiting.
    var shed: Int64 = 0
    var connections: Int64 = 0
    /// Open now.
    var open: Int64 = 0
    /// TLS handshakes that came to nothing.
    var failedHandshakes: Int64 = 0

    mutating func count(_ status: Int) {
        switch status {
        case 500...: serverErrors += 1
        case 400...: clientErrors += 1
        default: successes += 1
        }
    }

    mutating func add(_ other: HTTPCounters) {
        successes += other.successes
        clientErrors += other.clientErrors
        serverErrors += other.serverErrors
        shed += other.shed
        connections += other.connections
        open += other.open
        failedHandshakes += other.failedHandshakes
    }
}
