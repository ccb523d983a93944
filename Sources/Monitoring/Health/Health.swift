/// A light.
///
/// The order is the order of concern.
public enum Light: String, Codable, Sendable, Comparable, CaseIterable {
    /// Looked at and fine.
    case ok
    /// Not enough data to say.
    case unknown
    /// To be looked at.
    case warn
    /// To be acted on.
    case alert

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Orders by concern.
    public static func < (a: Light, b: Light) -> Bool { a.rank < b.rank }
}

/// Why a light is what it is.
public struct HealthReason: Codable, Sendable, Equatable {
    /// `error rate`, `p99`, `missing rate`, `PSI`.
    public var signal: String
    /// The feature, if it is about one.
    public var subject: String?
    /// The light that it calls for.
    public var light: Light
    /// The measured value, in `unit`.
    public var value: Double
    /// What it is judged by, in `unit`.
    public var threshold: Double
    /// `%`, `ms`, or empty.
    public var unit: String
    /// Observations behind the value.
    public var n: Int
    /// Since when the light is what it is, UTC milliseconds.
    public var since: Int64
    /// One sentence.
    public var text: String

    /// Makes a reason.
    public init(
        signal: String, subject: String? = nil, light: Light, value: Double, threshold: Double, unit: String, n: Int, since: Int64,
        text: String
    ) {
        self.signal = signal
        self.subject = subject
        self.light = light
        self.value = value
        self.threshold = threshold
        self.unit = unit
        self.n = n
        self.since = since
        self.text = text
    }
}

/// Four lights, each with its reasons.
///
/// There is no score.
public struct Health: Codable, Sendable, Equatable {
    /// Errors, latency.
    public var service: Light
    /// Missing values, drift.
    public var data: Light
    /// Realized or estimated quality.
    public var quality: Light
    /// The champion's age.
    public var freshness: Light
    /// Reasons of all lights.
    public var reasons: [HealthReason]

    /// Makes a health.
    public init(service: Light, data: Light, quality: Light, freshness: Light, reasons: [HealthReason]) {
        self.service = service
        self.data = data
        self.quality = quality
        self.freshness = freshness
        self.reasons = reasons
    }

    /// The worst light.
    ///
    /// `unknown` ones count only when nothing at all is known: a light that nobody feeds must not hide the others.
    public var overall: Light { [service, data, quality, freshness].filter { $0 != .unknown }.max() ?? .unknown }
}
