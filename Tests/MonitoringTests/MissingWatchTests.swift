import Monitoring
import Testing

/// Jumps of missing values, as they are told.
@Suite("Missing watch")
struct MissingWatchTests {
    /// One feature that is missing in 20 % of the training's rows.
    private static func watch(_ rate: Double = 0.2) -> MissingWatch { MissingWatch(referenceRates: [rate], names: ["wind"]) }

    /// Ten rows every quarter of a second; `isMissing` says whether the rows of a moment have a gap.
    ///
    /// Returns what was told, with its second.
    private static func run(
        _ watch: inout MissingWatch, from: Int64 = 0, seconds: Int64, isMissing: (Int64) -> Bool
    ) -> [(second: Int64, isRaised: Bool)] {
        var told: [(second: Int64, isRaised: Bool)] = []
        for now in stride(from: from * 1_000, to: (from + seconds) * 1_000, by: 250) {
            watch.observe(counts: [isMissing(now / 1_000) ? 10 : 0], rows: 10, at: now)
            told += watch.settle(at: now).map { (now / 1_000, $0.isRaised) }
        }
        return told
    }

    @Test("a source that stops is told within seconds, and its return within a minute")
    func fault() {
        var watch = Self.watch(0.01)
        #expect(Self.run(&watch, seconds: 60) { _ in false }.isEmpty && watch.isQuiet)
        let raised = Self.run(&watch, from: 60, seconds: 30) { _ in true }
        #expect(raised.map(\.isRaised) == [true] && raised.allSatisfy { $0.second <= 70 })
        let cleared = Self.run(&watch, from: 90, seconds: 60) { _ in false }
        #expect(cleared.map(\.isRaised) == [false])
        #expect(watch.isQuiet)
    }

    /// Gaps of 6 s every 30 s: a fifth of all rows, as in training, and never half a minute without one.
    private static func isInGap(_ second: Int64) -> Bool { second % 30 < 6 }

    @Test("gaps in runs, no more of them than in training, raise one alarm at most, and it clears")
    func clustered() {
        var watch = Self.watch()
        let told = Self.run(&watch, seconds: 3_600, isMissing: Self.isInGap)
        #expect(told.map(\.isRaised) == [true, false], "\(told)")
        #expect(told.last.map { $0.second <= 360 } == true, "\(told)")
        #expect(watch.suspects.isEmpty, "what is known to come in runs is no fault")
    }

    @Test("a real fault in a feature whose gaps come in runs is still told, and so is its end")
    func faultAmongClusters() {
        var watch = Self.watch()
        _ = Self.run(&watch, seconds: 1_200, isMissing: Self.isInGap)
        let raised = Self.run(&watch, from: 1_200, seconds: 300) { _ in true }
        #expect(raised.map(\.isRaised) == [true] && raised.allSatisfy { $0.second <= 1_320 }, "\(raised)")
        let cleared = Self.run(&watch, from: 1_500, seconds: 900, isMissing: Self.isInGap)
        #expect(cleared.map(\.isRaised) == [false], "\(cleared)")
    }

    @Test("a fault that lasts is never taken for gaps in runs")
    func lasting() {
        var watch = Self.watch()
        let told = Self.run(&watch, seconds: 3_600) { _ in true }
        #expect(told.map(\.isRaised) == [true])
    }

    @Test("twice the usual gaps, in runs, keep the alarm")
    func tooMany() {
        var watch = Self.watch()
        let told = Self.run(&watch, seconds: 3_600) { $0 % 30 < 14 }
        #expect(told.map(\.isRaised) == [true], "\(told)")
    }
}
