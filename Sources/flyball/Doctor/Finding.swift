/// What the doctor found of one thing.
struct Finding: Encodable, Sendable {
    /// How it stands.
    enum Verdict: String, Encodable, Sendable {
        /// As it should be.
        case ok
        /// Works, but something will be missed or go wrong one day.
        case warn
        /// Does not work.
        case fail
    }

    /// What was looked at.
    var check: String
    /// How it stands.
    var verdict: Verdict
    /// What was found.
    var found: String
    /// What to do; absent when all is well.
    var advice: String?

    init(_ check: String, _ verdict: Verdict, _ found: String, advice: String? = nil) {
        self.check = check
        self.verdict = verdict
        self.found = found
        self.advice = advice
    }
}
