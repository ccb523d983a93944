import TOMLKit

/// When what a deployment learns label by label becomes a version: the section `[online]` of its policy.
///
/// It has an effect where the champion's algorithm learns online, and `automation` is `advise` (versions wait for a person) or `auto`.
public struct OnlinePolicy: Sendable, Equatable {
    /// Whether it learns label by label at all.
    public var learns = true
    /// A version is made after this many labels.
    public var labels = 10_000
    /// Or after this long, whichever comes first, milliseconds.
    public var interval: Int64 = 300_000

    /// Who answers; nil: whoever the workspace says.
    public var answer: OnlineAnswer?

    /// Every 5 minutes or 10,000 labels.
    public init() {}

    /// Returns what an earlier release's policy says of versions kept.
    mutating func read(_ table: TOMLTable, path: String) throws(WorkspaceFailure) -> Int? {
        var inner = TOMLReader(table: table, path: path)
        if let flag = try inner.boolean("learn") { learns = flag }
        if let count = try inner.integer("after_labels", in: 1...1_000_000_000) { labels = count }
        if let period = try inner.duration("every") { interval = period }
        if let text = try inner.string("answer") {
            guard let answer = OnlineAnswer(rawValue: text) else {
                throw .configuration(key: path + "answer", reason: "one of live, versions is needed")
            }
            self.answer = answer
        }
        let kept = try inner.integer("keep", in: 1...1_000)
        try inner.finish()
        return kept
    }

    /// Its section, without the heading.
    func lines(_ duration: (Int64) -> String) -> [String] {
        ["learn = \(learns)", "after_labels = \(labels)", "every = \"\(duration(interval))\""]
            + (answer.map { ["answer = \"\($0.rawValue)\""] } ?? [])
    }
}
