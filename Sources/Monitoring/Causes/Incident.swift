package import Tabular

/// What is known of a deployment when somebody asks why: a value, so that causes follow from it alone.
package struct Incident: Sendable {
    /// The deployment.
    package var deployment: String
    /// Until when things are known, UTC milliseconds.
    package var asOf: Int64
    /// The newest logged answers of the champion's part of the traffic, in the order of their times.
    package var rows: IncidentRows
    /// What the champion was trained on.
    package var profile: BoundProfile
    /// Codes of categories.
    package var categories: Categories
    /// How much each column matters to the champion, as shares of 1; empty: not known, all count alike.
    package var importance: [String: Double] = [:]
    /// What happened, from the journal, in the order of time.
    package var events: [IncidentEvent] = []
    /// What is measured over time beside rows: latency, errors, requests.
    package var signals: [IncidentSignal] = []

    /// Makes an incident.
    package init(deployment: String, asOf: Int64, rows: IncidentRows, profile: BoundProfile, categories: Categories) {
        self.deployment = deployment
        self.asOf = asOf
        self.rows = rows
        self.profile = profile
        self.categories = categories
    }
}

/// Logged answers, with their truth where it has come.
///
/// All arrays but `values` and `former` have an entry a row.
package struct IncidentRows: Sendable {
    /// Values of a row.
    package var width: Int
    /// Whether a score is a probability, and the truth 0 or 1: of the second of two classes, or of the likeliest class being right.
    package var isProbability: Bool
    /// When they were answered, ascending, UTC milliseconds.
    package var times: [Int64] = []
    /// Raw values, row-major `[count, width]`: numbers, codes of categories, missing NaN.
    package var values: [Double] = []
    /// What was answered.
    package var scores: [Double] = []
    /// By which version.
    package var versions: [UInt32] = []
    /// The truth; NaN where none has come.
    package var truths: [Double] = []
    /// When it came, UTC milliseconds; 0 where none has.
    package var received: [Int64] = []
    /// What the version before the last one that answers here gives the same rows; empty where it was not asked, NaN where a row was not.
    package var former: [Double] = []

    /// Makes an empty table.
    package init(width: Int, isProbability: Bool) {
        self.width = width
        self.isProbability = isProbability
    }

    /// Rows.
    package var count: Int { times.count }

    /// Adds a row that is no older than the last one.
    package mutating func add(
        _ row: [Double], at time: Int64, score: Double, version: UInt32, truth: Double? = nil, received label: Int64 = 0
    ) {
        times.append(time)
        values += row
        scores.append(score)
        versions.append(version)
        truths.append(truth ?? .nan)
        received.append(truth == nil ? 0 : label)
    }

    /// A row's values.
    package func row(_ index: Int) -> [Double] { Array(values[(index * width)..<((index + 1) * width)]) }

    /// The first row that the last version answered after another one; nil where one version answered all.
    package var switchRow: Int? {
        guard let last = versions.last, let before = versions.lastIndex(where: { $0 != last }) else { return nil }
        return before + 1
    }
}

/// Something that was done to a deployment.
package struct IncidentEvent: Sendable, Equatable {
    /// What it can do to what is seen.
    package enum Kind: Sendable, Equatable {
        /// Another version answers, or another part of the traffic.
        case deploy
        /// A policy, a freeze, a setting.
        case settings
        /// A training began or ended.
        case training
    }

    /// What it can do.
    package var kind: Kind
    /// UTC milliseconds.
    package var time: Int64
    /// What was done, in a sentence.
    package var text: String

    /// Makes an event.
    package init(_ kind: Kind, at time: Int64, _ text: String) {
        self.kind = kind
        self.time = time
        self.text = text
    }
}

/// A measured value over time.
package struct IncidentSignal: Sendable {
    /// What is measured.
    package enum Kind: String, Sendable {
        /// 99th percentile of the answer time, milliseconds.
        case latency
        /// Failing requests a second.
        case errors
        /// Requests a second.
        case requests
    }

    /// What is measured.
    package var kind: Kind
    /// Starts of the buckets, ascending, UTC milliseconds.
    package var times: [Int64]
    /// One value a bucket.
    package var values: [Double]

    /// Makes a signal.
    package init(_ kind: Kind, times: [Int64], values: [Double]) {
        self.kind = kind
        self.times = times
        self.values = values
    }
}
