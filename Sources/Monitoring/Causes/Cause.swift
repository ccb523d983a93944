/// What can be behind an incident.
public enum CauseKind: String, Codable, Sendable, CaseIterable {
    /// A source no longer fills a column.
    case missing = "upstream missing"
    /// A column says the same for longer than it ever did.
    case stuck = "upstream constant"
    /// A column comes in another unit.
    case unit = "upstream unit"
    /// Two columns have changed places.
    case swapped = "swapped columns"
    /// Texts that training did not have.
    case category = "new category"
    /// Numbers out of all that training had.
    case range = "upstream range"
    /// Clients or slices come in other parts.
    case mix = "traffic mix"
    /// The population moved at once.
    case population = "population shift"
    /// The population moves slowly.
    case season = "season"
    /// The same inputs have another truth.
    case concept = "concept shift"
    /// Another version answers.
    case deploy = "deploy"
    /// A policy or a setting was changed.
    case settings = "settings"
    /// More is asked of the machine than before.
    case capacity = "capacity"
    /// Answers are slower, or fail, and nothing that is known here explains it.
    case host = "host"
    /// No labels come any more.
    case labels = "label pipeline"
    /// Labels of one class come late or not at all.
    case lateClass = "late labels of a class"
}

/// Whether what a cause did was undone on logged rows, and what came of it.
public struct CauseReplay: Codable, Sendable, Equatable {
    /// Mean score before it began.
    public var before: Double
    /// Mean score since.
    public var since: Double
    /// Mean score of the same rows with the cause undone.
    public var undone: Double
    /// Rows.
    public var rows: Int

    /// How much of the score's move undoing takes back, 0…1; nil where the score has hardly moved.
    public var share: Double?

    package init(before: Double, since: Double, undone: Double, rows: Int, share: Double? = nil) {
        self.before = before
        self.since = since
        self.undone = undone
        self.rows = rows
        self.share = share
    }
}

/// A probable cause, or one that is ruled out.
public struct Cause: Codable, Sendable, Equatable {
    /// What it is.
    public var kind: CauseKind
    /// Columns that it is about; empty for others.
    public var columns: [String]
    /// When it began, UTC milliseconds; nil: before all that was looked at.
    public var onset: Int64?
    /// How well it explains what is seen, 0…1: effect × importance, and what undoing brings back; no probability.
    public var score: Double
    /// Whether it cannot be it, though it may look like it.
    public var isRuledOut: Bool
    /// The verdict, in a sentence.
    public var verdict: String
    /// What speaks for it or against it, a sentence each.
    public var evidence: [String]
    /// What undoing it on logged rows brings; nil: not tried, `replayLack` says why.
    public var replay: CauseReplay?
    /// Why nothing was undone.
    public var replayLack: String?
    /// The safe next key, and what it does; nil where nothing is to be done.
    public var next: String?

    package init(_ kind: CauseKind, columns: [String] = [], onset: Int64?, score: Double = 0, verdict: String) {
        self.kind = kind
        self.columns = columns
        self.onset = onset
        self.score = score
        isRuledOut = false
        self.verdict = verdict
        evidence = []
    }
}

/// What is said when somebody asks why.
public struct CauseReport: Codable, Sendable, Equatable {
    /// The deployment.
    public var deployment: String
    /// UTC milliseconds.
    public var asOf: Int64
    /// The first answer that was looked at, UTC milliseconds; nil without any.
    public var from: Int64?
    /// Answers that were looked at.
    public var rows: Int
    /// Those of them that have their truth.
    public var labels: Int
    /// The probable ones, the most probable first, then those that are ruled out.
    public var causes: [Cause]
    /// What could not be looked at, and why.
    public var lacks: [String]

    package init(
        deployment: String, asOf: Int64, from: Int64?, rows: Int, labels: Int, causes: [Cause], lacks: [String]
    ) {
        self.deployment = deployment
        self.asOf = asOf
        self.from = from
        self.rows = rows
        self.labels = labels
        self.causes = causes
        self.lacks = lacks
    }

    /// The causes that are not ruled out.
    public var probable: [Cause] { causes.filter { !$0.isRuledOut } }

    /// Whether enough was looked at to say that nothing was found, if nothing was.
    package var isTelling: Bool { !probable.isEmpty || rows >= StretchTable.shortest }

    /// One line: the first cause, or that none was found.
    public var headline: String {
        probable.first?.verdict
            ?? "no cause found: nothing in \(Figures.grouped(rows)) answers, \(Figures.grouped(labels)) of them with their truth, is other than usual"
    }
}
