import Store

/// What the journal says of a deployment: who answers, whether it answers, what its policy is.
///
/// What stands in the registry must be the same; somebody who edits that alone is seen.
struct JournalledState {
    /// The row that said last who answers, and who that is.
    private var answering: (row: Int64, version: String)?
    /// Versions since then that earlier releases may have let answer without saying so in as many words.
    private var perhaps: Set<String> = []
    /// The row that paused or resumed it last, and whether it is paused.
    private var paused: (row: Int64, isPaused: Bool)?
    /// What requests get since then, as the row has it; nil: 503.
    private var answer: String?
    /// The row that set its policy last, and the text.
    private var policy: (row: Int64, text: String)?

    /// Takes the next row of the journal.
    static func follow(_ row: JournalRow, in states: inout [String: JournalledState]) {
        guard let name = row.entry.deployment, let verb = row.entry.known,
            let details = try? decodeJSON([String: String].self, row.entry.details)
        else { return }
        if verb == .remove { return states[name] = nil }
        states[name, default: JournalledState()].follow(verb, details, row.sequence)
    }

    private mutating func follow(_ verb: JournalVerb, _ details: [String: String], _ row: Int64) {
        switch verb {
        case .promote, .rollback: answers(details["version"], row)
        case .publish, .trained:
            if let version = details["answering"] {
                answers(version, row)
            } else if let version = details["version"] {
                perhaps.insert(version)
            }
        case .pause:
            paused = (row, true)
            answer = details[RollOut.answerKey]
        case .resume:
            paused = (row, false)
            answer = nil
        case .policyApply: policy = details["policy"].map { (row, $0) }
        default: break
        }
    }

    private mutating func answers(_ version: String?, _ row: Int64) {
        answering = version.map { (row, $0) }
        perhaps = []
    }

    /// Where the registry's row says something else.
    func differences(_ record: DeploymentRecord) -> [DamagedRecord] {
        var reasons: [String] = []
        let champion = record.champion.map { "v\($0)" } ?? "none"
        if let answering, answering.version != champion, !perhaps.contains(champion) {
            reasons.append("its champion is \(champion), but row \(answering.row) of the journal says that \(answering.version) answers")
        }
        if let paused, paused.isPaused != (record.state == DeploymentState.paused.rawValue) {
            reasons.append("it is \(record.state), but row \(paused.row) of the journal \(paused.isPaused ? "paused" : "resumed") it")
        }
        if let paused, paused.isPaused, record.state == DeploymentState.paused.rawValue, let memory = try? DeploymentMemory(record) {
            let told = answer.flatMap { try? decodeJSON(PausedAnswer.self, $0) }
            if told != memory.pausedAnswer {
                reasons.append(
                    "requests get \(PausedAnswer.words(memory.pausedAnswer)), but row \(paused.row) of the journal says "
                        + PausedAnswer.words(told))
            }
        }
        return reasons.map { DamagedRecord(record, "\($0): somebody changed it behind the engine's back") }
    }

    /// Why a policy is not what the journal says; nil when it is, or the journal says nothing.
    func difference(policy text: String) -> String? {
        guard let policy, policy.text != text else { return nil }
        return "it is not what row \(policy.row) of the journal set: somebody changed it behind the engine's back"
    }
}
