import Foundation
import Monitoring
import Testing

@Suite("health")
struct HealthTests {
    @Test(
        "the service light needs enough requests and an error share that is surely above its threshold",
        arguments: [
            (19, 19, Light.unknown), (20, 0, .ok), (20, 1, .warn), (100, 1, .ok), (1_000, 5, .ok), (1_000, 10, .warn), (1_000, 21, .warn),
            (1_000, 40, .alert),
            (20, 20, .alert), (100_000, 600, .warn), (100_000, 500, .ok),
        ])
    func errors(requests: Int, errors: Int, light: Light) {
        let result = ServiceSignal.evaluate(requests: requests, errors: errors, p99Milliseconds: 1, budgetMilliseconds: 50)
        #expect(result.light == light)
        #expect(result.reasons.allSatisfy { !$0.text.isEmpty && $0.n == requests })
    }

    @Test(
        "the 99th percentile warns above its budget and alerts above twice that, from 100 requests on",
        arguments: [
            (1_000, 50.0, Light.ok), (1_000, 51, .warn), (1_000, 100, .warn), (1_000, 101, .alert), (99, 5_000, .warn),
            (100, 5_000, .alert),
        ])
    func latency(requests: Int, p99: Double, light: Light) throws {
        let result = ServiceSignal.evaluate(requests: requests, errors: 0, p99Milliseconds: p99, budgetMilliseconds: 50)
        let reason = try #require(result.reasons.first { $0.signal == "p99" })
        #expect(reason.light == light && result.light == light)
        #expect(reason.value == p99 && reason.unit == "ms")
        #expect(reason.threshold == (light == .alert ? 100 : 50))
    }

    private static func feature(_ name: String, _ state: DriftState, excess: Double) -> FeatureDrift {
        FeatureDrift(
            feature: name, psi: excess + 0.01, excess: excess, threshold: 0.05, pValue: 0, degreesOfFreedom: 9, n: 1_000, m: 10_000,
            state: state, missing: 0,
            referenceMissing: 0, missingState: .ok)
    }

    private static func report(_ features: FeatureDrift...) -> DriftReport {
        DriftReport(features: features, n: 1_000, windowStart: 0, windowEnd: 60_000, alpha: 0.001)
    }

    @Test("the data light says why: unknown without a window, warn after one bad one, alert once the alarm is raised")
    func data() {
        let nothing = DataSignal.evaluate(report: nil, broken: [], raised: .init())
        #expect(nothing.light == .unknown)
        #expect(nothing.reasons.map(\.text) == ["not enough data: no window has closed"])
        let fine = Self.report(Self.feature("a", .ok, excess: 0), Self.feature("b", .ok, excess: 0.001))
        #expect(DataSignal.evaluate(report: fine, broken: [], raised: .init()).light == .ok)
        #expect(DataSignal.evaluate(report: fine, broken: [], raised: .init()).reasons.map(\.subject) == ["b"])
        // A clean window does not end a raised alarm.
        #expect(DataSignal.evaluate(report: fine, broken: [], raised: .init(isUnlike: true)).light == .alert)
        let bad = Self.report(
            Self.feature("a", .warn, excess: 0.03), Self.feature("b", .drift, excess: 0.5), Self.feature("c", .ok, excess: 0))
        let once = DataSignal.evaluate(report: bad, broken: [], raised: .init())
        #expect(once.light == .warn)
        #expect(once.reasons.map(\.subject) == ["b", "a"])
        let raised = DataSignal.evaluate(report: bad, broken: [], raised: .init(isUnlike: true))
        #expect(raised.light == .alert)
        #expect(raised.reasons.map(\.light) == [.alert, .warn])
        let few = Self.report(Self.feature("a", .notEnoughData, excess: 0.5))
        #expect(DataSignal.evaluate(report: few, broken: [], raised: .init()).light == .unknown)
    }

    @Test("a broken feature alerts at once, and is not named a second time for its drift")
    func broken() {
        let change = MissingChange(feature: "b", isRaised: true, rate: 0.9, referenceRate: 0.01, threshold: 0.025, n: 150, since: 7)
        let bad = Self.report(Self.feature("a", .ok, excess: 0), Self.feature("b", .drift, excess: 3))
        let result = DataSignal.evaluate(report: bad, broken: [change], raised: .init())
        #expect(result.light == .alert)
        #expect(result.reasons.first?.signal == "missing rate")
        #expect(result.reasons.first?.text == "b is missing in 90 % of rows (was 1 %)")
        #expect(result.reasons.first?.since == 7)
        #expect(result.reasons.count { $0.subject == "b" && $0.light == .alert } == 1)
        #expect(DataSignal.evaluate(report: nil, broken: [change], raised: .init()).light == .alert)
    }

    @Test("the worst light shows, and one that nobody feeds does not hide the others")
    func overall() {
        func overall(_ service: Light, _ data: Light, _ quality: Light, _ freshness: Light) -> Light {
            Health(service: service, data: data, quality: quality, freshness: freshness, reasons: []).overall
        }
        #expect(overall(.ok, .ok, .unknown, .unknown) == .ok)
        #expect(overall(.ok, .warn, .unknown, .ok) == .warn)
        #expect(overall(.warn, .ok, .alert, .ok) == .alert)
        #expect(overall(.unknown, .unknown, .unknown, .unknown) == .unknown)
        #expect(Light.ok < .unknown && Light.unknown < .warn && Light.warn < .alert)
    }

    @Test("every kind of alert has a runbook, and an alert survives its encoding with everything that was said about it")
    func alerts() throws {
        let kinds = AlertKind.allCases
        #expect(Set(kinds.map(\.runbook)).count == kinds.count)
        #expect(kinds.allSatisfy { AlertKind(rawValue: $0.rawValue) == $0 })
        #expect(Severity.warning < .critical)
        var alert = Alert(
            id: 3, deployment: "d", kind: .drift, severity: .warning, state: .firing, title: "t",
            reasons: [DataSignal.reason(Self.feature("a", .drift, excess: 0.2), window: Self.report(), since: 5)], raisedAt: 10, onset: 4,
            runbook: AlertKind.drift.runbook)
        alert.state = .acknowledged
        alert.acknowledgedBy = "oncall"
        alert.acknowledgedUntil = 99
        alert.note = "looking"
        let read = try JSONDecoder().decode(Alert.self, from: JSONEncoder().encode(alert))
        #expect(read == alert)
        #expect(read.reasons.first?.text == "a drifted: PSI 0.21, significant from 0.05 at n 1000")
    }

    @Test("an alert of a kind that this release does not know is read, shown with its words, and written back as it was")
    func unknownKind() throws {
        let kind = try JSONDecoder().decode([AlertKind].self, from: Data("[\"solar flare\", \"latency\"]".utf8))
        #expect(kind == [.other("solar flare"), .latency])
        #expect(kind[0].rawValue == "solar flare" && !kind[0].runbook.isEmpty)
        #expect(String(decoding: try JSONEncoder().encode(kind), as: UTF8.self) == "[\"solar flare\",\"latency\"]")
    }
}
