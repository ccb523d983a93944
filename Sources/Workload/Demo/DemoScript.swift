/// Which incident hits which deployment when: the same few minutes over and over, two casts taking turns.
///
/// A pure value: the same elapsed time gives the same incidents.
public struct DemoScript: Sendable, Equatable {
    /// Seconds of one turn of the script at speed 1.
    public static let turnSeconds = 300.0

    /// How much faster than in the script the incidents follow each other.
    public let speed: Double

    /// A script at a speed, 0.1 to 20.
    public init(speed: Double = 1) { self.speed = speed.isFinite ? min(max(speed, 0.1), 20) : 1 }

    /// Who plays in one turn.
    private struct Cast {
        var shifted: String
        var shiftStory: String
        var faulty: String
        var feature: String
        var badlyTrained: String
    }

    private static let casts = [
        Cast(
            shifted: "flight-delay", shiftStory: "winter storms", faulty: "card-fraud", feature: CardFraud.faultyFeature,
            badlyTrained: "churn"),
        Cast(
            shifted: "energy-load", shiftStory: "a heat wave", faulty: "card-fraud", feature: CardFraud.faultyFeature,
            badlyTrained: "delivery-time"),
    ]

    private static let shift = (begin: 30.0, full: 45.0, ebb: 160.0, end: 175.0)
    private static let fault = (begin: 190.0, end: 235.0)
    private static let missingShare = 0.9
    private static let badTraining = 255.0
    /// How long a deployment counts as hit by its bad candidate.
    private static let badTrainingSeconds = 20.0

    /// The incidents at a time since the start of the traffic, by deployment.
    public func phase(at elapsedSeconds: Double) -> [String: Incident] {
        let (turn, time) = place(elapsedSeconds)
        let cast = Self.cast(turn)
        var result: [String: Incident] = [:]
        let strength = Self.shiftStrength(time)
        if strength > 0 { result[cast.shifted] = .populationShift(strength: strength) }
        if time >= Self.fault.begin, time < Self.fault.end {
            result[cast.faulty] = .upstreamFault(feature: cast.feature, missingShare: Self.missingShare)
        }
        if time >= Self.badTraining, time < Self.badTraining + Self.badTrainingSeconds { result[cast.badlyTrained] = .badCandidate }
        return result
    }

    /// What the demo's driver must do from one time on and before another, in order.
    public func orders(from: Double, until: Double) -> [DemoOrder] {
        guard until > from, until > 0, from.isFinite, until.isFinite else { return [] }
        let first = max(0, place(max(from, 0)).turn)
        let last = place(until).turn
        // A driver that slept through many turns is told of the latest only.
        return (max(first, last - 3)...last).flatMap(orders(ofTurn:)).filter { $0.atSeconds >= from && $0.atSeconds < until }
    }

    private func orders(ofTurn turn: Int) -> [DemoOrder] {
        let cast = Self.cast(turn)
        func order(_ time: Double, _ deployment: String, _ kind: DemoOrder.Kind) -> DemoOrder {
            DemoOrder(atSeconds: (Double(turn) * Self.turnSeconds + time) / speed, deployment: deployment, kind: kind)
        }
        return [
            order(Self.shift.begin, cast.shifted, .note("demo script: \(cast.shiftStory): the traffic changes from now on")),
            order(Self.shift.ebb, cast.shifted, .note("demo script: no more of \(cast.shiftStory): the traffic returns to what it was")),
            order(Self.fault.begin, cast.faulty, .note("demo script: the source of \(cast.feature) fails, 90 % of its values are missing")),
            order(Self.fault.end, cast.faulty, .note("demo script: the source of \(cast.feature) is repaired")),
            order(Self.badTraining, cast.badlyTrained, .note("demo script: somebody trains on a file whose labels were mixed up")),
            order(Self.badTraining, cast.badlyTrained, .trainOnMixedUpLabels(turn: turn)),
        ]
    }

    /// From 0 to 1 and back, in straight lines.
    private static func shiftStrength(_ time: Double) -> Double {
        switch time {
        case shift.begin..<shift.full: (time - shift.begin) / (shift.full - shift.begin)
        case shift.full..<shift.ebb: 1
        case shift.ebb..<shift.end: (shift.end - time) / (shift.end - shift.ebb)
        default: 0
        }
    }

    private static func cast(_ turn: Int) -> Cast { casts[turn % casts.count] }

    private func place(_ elapsedSeconds: Double) -> (turn: Int, time: Double) {
        // Beyond a century of demo the script stands still.
        let scaled = elapsedSeconds.isFinite ? min(max(elapsedSeconds, 0) * speed, 3e9 * 20) : 0
        let turn = (scaled / Self.turnSeconds).rounded(.down)
        return (Int(turn), scaled - turn * Self.turnSeconds)
    }
}

/// Something that the demo's driver must do to the engine at its time.
public struct DemoOrder: Sendable, Equatable {
    /// What to do.
    public enum Kind: Sendable, Equatable {
        /// Write a file with `DemoFiles.writeMixedUp` and train on it; the gate must refuse the version.
        ///
        /// The turn of the script makes the file's rows differ from the last time's.
        case trainOnMixedUpLabels(turn: Int)
        /// Write this into the journal, so that nobody takes the script's doing for a failure of the product.
        case note(String)
    }

    /// When, in seconds since the start of the traffic.
    public var atSeconds: Double
    /// The deployment that it is about.
    public var deployment: String
    /// What to do.
    public var kind: Kind

    /// Makes an order.
    public init(atSeconds: Double, deployment: String, kind: Kind) {
        self.atSeconds = atSeconds
        self.deployment = deployment
        self.kind = kind
    }
}
