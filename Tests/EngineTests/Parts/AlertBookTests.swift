import Engine
import Monitoring
import Testing

/// What events make of alerts, without an engine.
@Suite("Alert book")
struct AlertBookTests {
    private static func finding(_ title: String = "a drifted", severity: Severity = .warning, kind: AlertKind = .drift) -> AlertEvent {
        .found(Finding(kind: kind, severity: severity, title: title, onset: 5))
    }

    /// A book with one open alert, which the store has given a number.
    private static func book(_ number: Int64 = 7) throws -> AlertBook {
        var book = AlertBook()
        var step = try #require(book.step(finding(), of: "d", at: 10))
        step.alert.id = number
        book.take(step)
        return book
    }

    @Test("a finding raises one alert for its deployment and kind, is journalled, and is told once")
    func raise() throws {
        var book = AlertBook()
        let step = try #require(book.step(Self.finding(), of: "d", at: 10))
        #expect(step.alert.id < 0 && step.alert.state == .firing && step.alert.raisedAt == 10 && step.alert.onset == 5)
        #expect(step.alert.runbook == AlertKind.drift.runbook)
        #expect(step.change?.summary == "a drifted" && step.change?.details["kind"] == "data drift")
        #expect(step.message == .firing)
        book.take(step)
        #expect(book.step(Self.finding(), of: "d", at: 11) == nil)
        #expect(book.step(Self.finding(), of: "other", at: 11) != nil)
        #expect(book.step(Self.finding(kind: .missing), of: "d", at: 11) != nil)
        #expect(book.openKinds("d") == [.drift] && book.openKinds("other").isEmpty)
    }

    @Test("an open alert is brought up to date in silence, and gets worse but never milder")
    func update() throws {
        var book = try Self.book()
        let worse = try #require(book.step(Self.finding("a and b drifted", severity: .critical), of: "d", at: 20))
        #expect(worse.change == nil && worse.message == nil && worse.alert.id == 7 && worse.alert.severity == .critical)
        book.take(worse)
        let milder = try #require(book.step(Self.finding("a drifted", severity: .warning), of: "d", at: 30))
        #expect(milder.alert.severity == .critical && milder.alert.title == "a drifted" && milder.alert.raisedAt == 10)
    }

    @Test("what is over is resolved with its reason, and what never was is no event")
    func resolve() throws {
        var book = try Self.book()
        #expect(book.step(.over(.missing, because: "x"), of: "d", at: 20) == nil)
        #expect(book.step(.over(.drift, because: "x"), of: "other", at: 20) == nil)
        let step = try #require(book.step(.over(.drift, because: "3 clean windows"), of: "d", at: 20))
        #expect(step.alert.state == .resolved && step.alert.resolvedAt == 20 && step.message == .resolved)
        #expect(step.change?.summary == "data drift of d resolved: 3 clean windows")
        book.take(step)
        #expect(book.open.isEmpty && book.resolved.map(\.id) == [7])
        #expect(book.step(.over(.drift, because: "again"), of: "d", at: 30) == nil)
    }

    @Test("the cause that was found is kept with the alert, and told in the journal when it is over")
    func cause() throws {
        var book = try Self.book()
        let step = try #require(book.explained(.drift, of: "d", cause: "a comes in another unit: ×1000"))
        #expect(step.change == nil && step.message == nil && step.alert.id == 7)
        book.take(step)
        #expect(book.explained(.drift, of: "d", cause: "a comes in another unit: ×1000") == nil)
        #expect(book.explained(.missing, of: "d", cause: "x") == nil)
        let worse = try #require(book.step(Self.finding("a and b drifted"), of: "d", at: 20))
        #expect(worse.alert.cause == "a comes in another unit: ×1000")
        let over = try #require(book.step(.over(.drift, because: "x"), of: "d", at: 30))
        #expect(over.change?.details == ["alert": "7", "cause": "a comes in another unit: ×1000"])
    }

    @Test("an acknowledgement holds until its time is over, then the alert fires again")
    func acknowledge() throws {
        var book = try Self.book()
        let step = try book.acknowledged(7, until: 100, note: "on it", reason: nil, by: "oncall (uid 1)", at: 20)
        #expect(step.alert.acknowledgedBy == "oncall (uid 1)" && step.alert.note == "on it" && step.message == .acknowledged)
        #expect(step.change?.summary.hasPrefix("acknowledged data drift of d until ") == true)
        book.take(step)
        #expect(book.expired(at: 99).isEmpty)
        let again = try #require(book.expired(at: 100).first)
        #expect(again.alert.state == .firing && again.alert.acknowledgedBy == nil && again.message == .firing && again.change == nil)
        #expect(throws: ActionFailure.self) { try book.acknowledged(7, until: 20, note: nil, reason: nil, by: "a", at: 20) }
        #expect(throws: ActionFailure.self) { try book.acknowledged(8, until: nil, note: nil, reason: nil, by: "a", at: 20) }
    }

    @Test("an alert without an end to its acknowledgement stays acknowledged")
    func withoutEnd() throws {
        var book = try Self.book()
        book.take(try book.acknowledged(7, until: nil, note: nil, reason: nil, by: "a", at: 20))
        #expect(book.expired(at: .max).isEmpty && book.open.map(\.state) == [.acknowledged])
    }

    @Test("alerts that the store refuses have numbers of their own, and take the store's when it takes writes again")
    func unstored() throws {
        var book = try Self.book()
        for (index, kind) in [AlertKind.missing, .latency].enumerated() {
            let step = try #require(book.step(Self.finding(kind: kind), of: "d", at: Int64(20 + index)))
            book.keepUnstored(step)
            book.take(step)
        }
        let provisional = book.open.map(\.id).filter { $0 < 0 }
        #expect(provisional.count == 2 && Set(provisional).count == 2)
        let end = try #require(book.step(.over(.latency, because: "calm"), of: "d", at: 30))
        book.keepUnstored(end)
        book.take(end)
        #expect(book.unstored.map(\.change?.verb).count == 3)
        let numbers = Dictionary(uniqueKeysWithValues: zip(book.unstored.prefix(2).map(\.alert.id), [8, 9] as [Int64]))
        book.stored(3, numbers: numbers)
        #expect(book.unstored.isEmpty && book.open.map(\.id) == [7, 8] && book.resolved.map(\.id) == [9])
    }

    @Test("an alert of a kind that this release does not know is kept, shown, and resolved by nothing here")
    func unknownKind() throws {
        var book = AlertBook()
        let old = Alert(
            id: 3, deployment: "d", kind: .other("solar flare"), severity: .critical, state: .firing, title: "flare", reasons: [],
            raisedAt: 1, onset: 1, runbook: "wait")
        book.restore(open: [old], latest: [old])
        #expect(book.all == [old])
        for kind in AlertKind.allCases { #expect(book.step(.over(kind, because: "x"), of: "d", at: 9) == nil) }
        #expect(try book.acknowledged(3, until: nil, note: nil, reason: nil, by: "a", at: 9).alert.state == .acknowledged)
    }

    @Test("only the latest resolved alerts are kept")
    func bounded() throws {
        let kept = 50
        var book = AlertBook()
        for number in 1...Int64(kept + 20) {
            var step = try #require(book.step(Self.finding(), of: "d", at: number))
            step.alert.id = number
            book.take(step)
            book.take(try #require(book.step(.over(.drift, because: "x"), of: "d", at: number)))
        }
        #expect(book.resolved.count == kept && book.resolved.first?.id == Int64(kept + 20))
    }
}
