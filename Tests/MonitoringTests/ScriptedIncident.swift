import Foundation
import Monitoring
import Tabular

/// A small world whose rows depend on each other, and what goes wrong in it: rows, labels and measurements as an engine would have logged them.
///
/// Seven columns: a temperature (°F) and a humidity that hang together, a pressure, a speed, a load, a channel, and an amount that depends on it. The
/// champion is calibrated: the truth is drawn from its score.
struct ScriptedIncident {
    enum Kind: String, CaseIterable {
        case quiet = "nothing wrong"
        case null = "upstream null"
        case thousand = "unit ×1000"
        case celsius = "°F to °C"
        case correlated = "shift in two correlated features"
        case category = "new category"
        case concept = "concept shift"
        case deploy = "bad deploy"
        case mix = "traffic mix"
        case latency = "latency regression"
        case labels = "label pipeline stopped"
        case stuck = "stuck sensor"
        case swapped = "swapped columns"
        case late = "late labels of one class only"
        case season = "season's change"
        case both = "two causes at once"
    }

    static let rows = 6_000
    static let fault = 4_000
    private static let names = ["temp", "humid", "pressure", "speed", "load", "channel", "amount"]
    private static let channels = ["web", "app", "shop", "phone"]
    private static let start: Int64 = 1_700_000_000_000

    /// What the champion was trained on, with its stretches; the same for all.
    private static let trained = train(length: 40)
    /// The same in a world whose weather hangs together for longer.
    private static let trainedSlow = train(length: 200)

    private static func train(length: Double) -> ReferenceProfile {
        var world = World(seed: 77, length: length)
        var columns = Columns()
        let rows = (0..<20_000).map { _ in world.next() }
        for (index, name) in names.enumerated() {
            if index == 5 {
                columns.add(name, texts: rows.map { channels[Int($0[5])] })
            } else {
                columns.add(name, rows.map { $0[index] })
            }
        }
        return columns.learnt()
    }

    let incident: Incident

    /// The champion's score of a row: what is missing counts as its mean.
    static func score(_ row: [Double]) -> Double {
        func or(_ value: Double, _ usual: Double) -> Double { value.isNaN ? usual : value }
        let sum =
            0.06 * (or(row[0], 60) - 60) + 0.03 * (or(row[1], 50) - 50) - 0.05 * (or(row[2], 1_013) - 1_013) + 0.1 * (or(row[3], 20) - 20)
            + 0.4 * or(row[4], 0) + 0.01 * (or(row[6], 60) - 60)
        return 1 / (1 + exp(-max(-30, min(30, sum))))
    }

    /// A version that weighs two columns the wrong way round.
    private static func badScore(_ row: [Double]) -> Double {
        var wrong = row
        wrong[0] = 120 - row[0]
        wrong[3] = 40 - row[3]
        return score(wrong)
    }

    /// - Parameter isSlow: whether weather hangs together over 200 rows, and not over 40.
    init(_ kind: Kind, seed: UInt64, isSlow: Bool = false) {
        var world = World(seed: seed &* 31 &+ 5, length: isSlow ? 200 : 40)
        var random = Random(seed &* 17 &+ 3)
        let categories = Categories()
        // Codes in the order of their dictionary, as the world gives them; the last one training never had.
        for text in Self.channels + ["kiosk"] { _ = categories["channel"].intern(text) }
        var rows = IncidentRows(width: 7, isProbability: true)
        let asOf = Self.start + Int64(Self.rows) * 1_000
        var held: Double?
        for index in 0..<Self.rows {
            let time = Self.start + Int64(index) * 1_000
            let isFault = index >= Self.fault
            if kind == .mix, isFault { world.shares = [0.1, 0.2, 0.2, 0.5] }
            var row = world.next()
            if kind == .season { Self.warm(&row, by: Double(max(0, index - 500)) / Double(Self.rows - 500)) }
            if isFault { Self.spoil(&row, kind, &held, &random) }
            let score = Self.score(row)
            let isNew = isFault && (kind == .deploy || kind == .latency)
            let answered = isNew && kind == .deploy ? Self.badScore(row) : score
            let truth = random.uniform() < Self.truthShare(kind, score, isFault) ? 1.0 : 0
            let received = time + 60_000 + Int64(random.uniform() * 20_000)
            let stopped = kind == .labels && received > Self.start + Int64(Self.fault) * 1_000
            let isLate = kind == .late && isFault && truth == 1
            let hasLabel = received <= asOf && !stopped && !isLate
            rows.add(row, at: time, score: answered, version: isNew ? 2 : 1, truth: hasLabel ? truth : nil, received: received)
            rows.former.append(score)
        }
        if rows.switchRow == nil { rows.former = [] }
        var incident = Incident(
            deployment: "plant", asOf: asOf, rows: rows, profile: (isSlow ? Self.trainedSlow : Self.trained).bind(categories),
            categories: categories)
        incident.importance = ["temp": 0.3, "humid": 0.15, "pressure": 0.15, "speed": 0.2, "load": 0.15, "channel": 0.02, "amount": 0.03]
        incident.signals = Self.signals(kind, &random)
        let began = Self.start + Int64(Self.fault) * 1_000
        if kind == .deploy || kind == .latency {
            incident.events = [IncidentEvent(.deploy, at: began, "v2 answers instead of v1")]
        } else {
            // A deploy after the onset, which must not be blamed.
            incident.events = [IncidentEvent(.deploy, at: began + 600_000, "canary v2 5 %")]
        }
        self.incident = incident
    }

    /// What fault a row has.
    private static func spoil(_ row: inout [Double], _ kind: Kind, _ held: inout Double?, _ random: inout Random) {
        switch kind {
        case .null: row[2] = random.uniform() < 0.96 ? .nan : row[2]
        case .thousand: row[3] *= 1_000
        case .celsius: row[0] = (row[0] - 32) / 1.8
        case .correlated:
            row[0] += 38
            row[1] += 33
        case .category: row[5] = random.uniform() < 0.3 ? 4 : row[5]
        case .stuck:
            held = held ?? row[2]
            row[2] = held ?? row[2]
        case .swapped: row.swapAt(1, 3)
        case .both:
            row[2] = .nan
            row[5] = random.uniform() < 0.4 ? 4 : row[5]
        case .quiet, .concept, .deploy, .mix, .latency, .labels, .late, .season: break
        }
    }

    private static func warm(_ row: inout [Double], by share: Double) {
        row[0] += 60 * share
        row[1] += 50 * share
    }

    private static func truthShare(_ kind: Kind, _ score: Double, _ isFault: Bool) -> Double {
        kind == .concept && isFault ? 0.25 * (1 - score) + 0.75 * score : score
    }

    private static func signals(_ kind: Kind, _ random: inout Random) -> [IncidentSignal] {
        let times = (0..<100).map { start + Int64($0) * 60_000 }
        var level = 0.0
        var latency: [Double] = []
        for index in 0..<100 {
            level = 0.9 * level + 0.08 * random.normal()
            latency.append(2 * exp(level + 0.05 * random.normal()) * (kind == .latency && index >= 67 ? 3 : 1))
        }
        return [
            IncidentSignal(.latency, times: times, values: latency),
            IncidentSignal(.errors, times: times, values: times.map { _ in random.uniform() < 0.1 ? 0.02 : 0 }),
            IncidentSignal(.requests, times: times, values: times.map { _ in 20 + 3 * random.normal() }),
        ]
    }
}

/// What the rows come from: an hour's weather is one draw.
private struct World {
    private var random: Random
    private var weather = 0.0
    private var air = 0.0
    private let length: Double
    /// Parts of the channels.
    var shares = [0.5, 0.3, 0.15, 0.05]

    init(seed: UInt64, length: Double) {
        self.length = length
        random = Random(seed)
        (weather, air) = (random.normal(), random.normal())
    }

    mutating func next() -> [Double] {
        let keep = exp(-1 / length)
        let fresh = (1 - keep * keep).squareRoot()
        weather = keep * weather + fresh * random.normal()
        air = keep * air + fresh * random.normal()
        var (draw, channel) = (random.uniform(), 0)
        while channel < 3, draw >= shares[channel] {
            draw -= shares[channel]
            channel += 1
        }
        return [
            60 + 15 * (0.8 * weather + 0.6 * random.normal()), 50 + 12 * (0.7 * weather + 0.71 * random.normal()),
            1_013 + 8 * (0.8 * air + 0.6 * random.normal()), 20 + 5 * random.normal(), random.normal(), Double(channel),
            [40.0, 60, 90, 160][channel] + 12 * random.normal(),
        ]
    }
}
