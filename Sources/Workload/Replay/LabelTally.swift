/// What became of labels.
struct LabelTally: Sendable, Equatable {
    /// Labels that the server has taken.
    var accepted = 0
    /// Labels by the server's word for them.
    var outcomes: [String: Int] = [:]
    /// Labels that could not be delivered.
    var failed = 0
    /// Labels that are not sent yet.
    var waiting = 0
    /// Why the first undelivered batch was not delivered.
    var firstError: String?

    /// Words for labels that stand on the server.
    ///
    /// `pending` is taken before its prediction has reached the log; `duplicate` is the answer to a batch that had arrived before.
    private static let taken: Set<String> = ["accepted", "corrected", "pending", "duplicate"]

    mutating func count(_ outcome: String) {
        outcomes[outcome, default: 0] += 1
        if Self.taken.contains(outcome) { accepted += 1 }
    }

    mutating func fail(_ count: Int, _ reason: String) {
        failed += count
        if firstError == nil { firstError = "labels: " + reason }
    }
}
