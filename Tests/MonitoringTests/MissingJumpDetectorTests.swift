import Monitoring
import Testing

@Suite("jumps of missing values")
struct MissingJumpDetectorTests {
    /// Feeds batches of rows with that missing share; the rows until something changed, or nil.
    private func rowsUntilChange(
        _ detector: inout MissingJumpDetector, share: Double, batch: Int = 10, limit: Int, _ random: inout Random
    ) -> (rows: Int, change: MissingChange)? {
        var rows = 0
        while rows < limit {
            let missing = (0..<batch).count { _ in random.uniform() < share }
            rows += batch
            if let change = detector.observe(counts: [missing], rows: batch, at: Int64(rows)).first { return (rows, change) }
        }
        return nil
    }

    @Test(
        "a fault is raised from the hundredth row on, within a few hundred rows",
        arguments: [(0.0, 1.0, 100), (0.0, 0.5, 200), (0.02, 0.5, 200), (0.1, 0.6, 250), (0.3, 0.9, 250), (0.0, 0.25, 500)])
    func detects(reference: Double, share: Double, within: Int) throws {
        for seed in 1...20 {
            var random = Random(UInt64(seed))
            var detector = MissingJumpDetector(referenceRates: [reference], names: ["gust"])
            _ = rowsUntilChange(&detector, share: reference, limit: 2_000, &random)
            let found = rowsUntilChange(&detector, share: share, limit: 5_000, &random)
            let (rows, change) = try #require(found)
            #expect(rows >= 20 && rows <= within, "\(rows) rows")
            #expect(change.isRaised)
            #expect(change.feature == "gust")
            #expect(change.n >= MissingJumpDetector.minimumRows)
            #expect(change.referenceRate == reference)
            #expect(change.rate > change.threshold)
        }
    }

    @Test("from a fresh start nothing is raised before 100 rows")
    func minimum() throws {
        var detector = MissingJumpDetector(referenceRates: [0], names: ["gust"])
        let early = (1...9).flatMap { detector.observe(counts: [10], rows: 10, at: Int64($0)) }
        #expect(early.isEmpty)
        let changes = detector.observe(counts: [10], rows: 10, at: 10)
        let change = try #require(changes.first)
        #expect(change.isRaised && change.rate == 1 && change.n == 100 && change.since == 1)
    }

    @Test("a fault that ends is cleared, and can be raised again")
    func clears() throws {
        var random = Random(4)
        var detector = MissingJumpDetector(referenceRates: [0.05], names: ["gust"])
        for _ in 0..<3 {
            let fault = rowsUntilChange(&detector, share: 0.9, limit: 2_000, &random)
            #expect(try #require(fault).change.isRaised)
            let end = rowsUntilChange(&detector, share: 0.05, limit: 2_000, &random)
            let (rows, cleared) = try #require(end)
            #expect(!cleared.isRaised)
            #expect(rows <= 400)
        }
    }

    @Test("a healthy feature raises nothing in two million rows", arguments: [0.0, 0.01, 0.05, 0.2, 0.5])
    func falseAlarms(reference: Double) {
        var random = Random(77)
        var detector = MissingJumpDetector(referenceRates: [reference], names: ["gust"])
        var alarms = 0
        // Rates a fifth above the reference are healthy too.
        while let (rows, change) = rowsUntilChange(&detector, share: reference * 1.2, batch: 50, limit: 2_000_000, &random), rows > 0 {
            if change.isRaised { alarms += 1 }
            if alarms > 3 { break }
        }
        #expect(alarms == 0)
    }

    @Test("batches of any size agree on what is broken, and features do not disturb each other")
    func batches() {
        var random = Random(5)
        for batch in [1, 7, 100, 5_000] {
            var detector = MissingJumpDetector(referenceRates: [0, 0, 1], names: ["good", "bad", "always missing"])
            var raised: [String] = []
            for step in 0..<(10_000 / batch) {
                let bad = (0..<batch).count { _ in random.uniform() < 0.4 }
                raised += detector.observe(counts: [0, bad, batch], rows: batch, at: Int64(step)).filter(\.isRaised).map(\.feature)
            }
            #expect(raised == ["bad"])
        }
    }

    @Test("counts that fit no feature, and impossible ones, change nothing")
    func nonsense() {
        var detector = MissingJumpDetector(referenceRates: [0], names: ["gust"])
        let nothing =
            detector.observe(counts: [1, 2], rows: 10, at: 0) + detector.observe(counts: [0], rows: 0, at: 0)
            + detector.observe(counts: [], rows: -1, at: 0)
        #expect(nothing.isEmpty)
        let capped = detector.observe(counts: [500], rows: 100, at: 0)
        #expect(capped.first?.rate == 1)
    }
}
