import Engine
import Monitoring
import Testing

/// When what grows is full, without an engine.
@Suite("What grows")
struct GrowthTests {
    private static let now: Int64 = 1_700_000_000_000
    private static let day: Int64 = 86_400_000
    private static let hour: Int64 = 3_600_000

    /// A size each ten minutes for so many hours, the last one now.
    private static func line(hours: Int, size: (Double) -> Double) -> GrowthLine {
        GrowthLine(
            (0...(hours * 6)).map { index in
                let time = now - Int64(hours) * hour + Int64(index) * 600_000
                return GrowthLine.Point(time: time, size: size(Double(time - now) / Double(day)))
            })
    }

    @Test("the line through what was measured gives the growth of a day, and the day on which it is full")
    func slope() throws {
        let line = Self.line(hours: 48) { 5_000 + 700 * $0 }
        let perDay = try #require(line.perDay)
        #expect(abs(perDay - 700) < 1e-6)
        #expect(line.span == 2 * Self.day)
        #expect(
            GrowthLine.full(size: 5_000, limit: 6_400, perDay: perDay, now: Self.now).map { abs($0 - Self.now - 2 * Self.day) < 2 } == true)
        #expect(GrowthLine.full(size: 6_400, limit: 6_400, perDay: perDay, now: Self.now) == Self.now)
    }

    @Test("a saw that falls back to where it was does not grow, one that shrinks is never full, and little history says nothing")
    func steady() throws {
        let saw = Self.line(hours: 72) { 1_000 + 100 * (($0 * 24).truncatingRemainder(dividingBy: 1) + 1) }
        let drift = try #require(saw.perDay)
        #expect(abs(drift) < 10)
        let shrinking = Self.line(hours: 24) { 1_000 - 50 * $0 }
        #expect(GrowthLine.full(size: 900, limit: 1_000, perDay: shrinking.perDay, now: Self.now) == nil)
        #expect(Self.line(hours: 1) { 1 + $0 }.perDay == nil)
        #expect(Self.line(hours: 2) { 1 + $0 }.perDay != nil)
        #expect(GrowthLine.full(size: 0, limit: .max, perDay: 1, now: Self.now) == nil)
        #expect(GrowthLine().perDay == nil && GrowthLine().span == 0)
    }

    @Test("a line keeps a week, in bounded memory, takes no time that goes back and no size that is none")
    func bounded() throws {
        var line = GrowthLine()
        for minute in 0..<30_000 { line.add(.init(time: Self.now + Int64(minute) * 60_000, size: Double(minute))) }
        #expect(line.points.count <= GrowthLine.kept && line.span <= GrowthLine.longest && line.span > Self.day)
        let perDay = try #require(line.perDay)
        #expect(abs(perDay - 1_440) < 1e-6)
        let last = line.points.last
        line.add(.init(time: Self.now, size: 1))
        line.add(.init(time: Self.now + 100 * Self.day, size: .nan))
        #expect(line.points.last == last)
    }

    /// A watch that has seen labels grow by so much a day for a day, and where they stand.
    private static func watch(perDay: Double, size: Int64, thing: GrowingThing = .labels) -> GrowthWatch {
        var watch = GrowthWatch()
        watch.restore(
            thing,
            line(hours: 24) { Double(size) + perDay * $0 }.points.dropLast())
        _ = watch.take(.init(sizes: [thing: size]), limits: limits, at: now)
        return watch
    }

    /// What somebody is told.
    private static func alert(_ watch: GrowthWatch) throws -> Alert {
        let event = try #require(watch.event(isOpen: false, at: now))
        return try #require(AlertBook().step(event, of: "(workspace)", at: now)).alert
    }

    private static var limits: GrowthLimits {
        var limits = GrowthLimits()
        limits[.labels] = 1_000_000
        limits[.log] = 1_000_000
        return limits
    }

    @Test("somebody is told a week before something is full, or from nine tenths on, but not of what mends itself")
    func told() throws {
        #expect(Self.watch(perDay: 50_000, size: 500_000).event(isOpen: false, at: Self.now) == nil)
        let soon = Self.watch(perDay: 100_000, size: 500_000)
        let finding = try Self.alert(soon)
        #expect(finding.kind == .limits && finding.severity == .warning && finding.reasons.map(\.subject) == ["labels"])
        #expect(finding.title.contains("labels: 488.3 KiB of 976.6 KiB, +97.7 KiB a day, full on 2023-11-19: then the oldest"))
        let full = try Self.alert(Self.watch(perDay: 0, size: 1_000_000))
        #expect(full.severity == .critical && full.title.contains(": full: then "))
        #expect(Self.watch(perDay: 0, size: 899_999).event(isOpen: false, at: Self.now) == nil)
        #expect(Self.watch(perDay: 300_000, size: 990_000, thing: .log).event(isOpen: false, at: Self.now) == nil)
    }

    @Test("an alert ends later than it begins, and an hour of growth alarms nobody")
    func calm() {
        var watch = Self.watch(perDay: 0, size: 900_000)
        #expect(watch.event(isOpen: false, at: Self.now) != nil)
        _ = watch.take(.init(sizes: [.labels: 860_000]), limits: Self.limits, at: Self.now + 60_000)
        #expect(watch.statuses.first?.isPressing == true)
        _ = watch.take(.init(sizes: [.labels: 840_000]), limits: Self.limits, at: Self.now + 120_000)
        #expect(watch.event(isOpen: true, at: Self.now) == .over(.limits, because: "everything that grows has room again"))
        #expect(watch.event(isOpen: false, at: Self.now) == nil)

        var young = GrowthWatch()
        for minute in 0..<50 {
            _ = young.take(.init(sizes: [.labels: Int64(minute) * 10_000]), limits: Self.limits, at: Self.now + Int64(minute) * 60_000)
        }
        #expect(young.statuses.first?.fullAt != nil && young.event(isOpen: false, at: Self.now) == nil)
    }

    @Test("sizes are stored each ten minutes; what could not be measured is left out, and the machine's own limits count")
    func stored() {
        var watch = GrowthWatch()
        let reading = GrowthWatch.Reading(sizes: [.disk: 50, .data: 7], limits: [.disk: 100])
        #expect(watch.take(reading, limits: GrowthLimits(), at: Self.now).map(\.thing) == [.data, .disk])
        #expect(watch.take(reading, limits: GrowthLimits(), at: Self.now + 599_999).isEmpty)
        #expect(watch.take(reading, limits: GrowthLimits(), at: Self.now + 600_000).map(\.size) == [7, 50])
        #expect(watch.statuses.last?.share == 0.5 && watch.statuses.first?.limit == 20 << 30)
    }

    @Test("limits are read by what they are for; each thing says what happens at its own")
    func configured() throws {
        let limits = try WorkspaceConfiguration.parse(
            "[limits]\nlabels = \"2GiB\"\nlabels_age = \"90d\"\njournal = 5000\nlog = \"1MiB\"\nwarn = \"3d\"\n"
        ).limits
        #expect(limits[.labels] == 2 << 30 && limits[.journal] == 5_000 && limits[.log] == 1 << 20)
        #expect(limits.labelsAgeMilliseconds == 90 * Self.day && limits.warnMilliseconds == 3 * Self.day)
        #expect(limits[.artefacts] == GrowthLimits()[.artefacts])
        #expect(GrowingThing.allCases.allSatisfy { !$0.atLimit.isEmpty })
    }

    @Test(
        "a limit that would be full at once, of another unit or of nothing is refused",
        arguments: ["labels = \"1KiB\"", "journal = 10", "journal = \"1GiB\"", "data = 5", "disk = \"1GiB\"", "nonsense = 1"])
    func refused(_ text: String) {
        #expect(throws: WorkspaceFailure.self) { try WorkspaceConfiguration.parse("[limits]\n" + text) }
    }
}
