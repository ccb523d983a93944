import Monitoring
import Testing

@Suite("distributions and intervals")
struct StatisticsTests {
    @Test("the upper tail of χ² is SciPy's, far out too")
    func upperTail() throws {
        for golden in try Golden.load().chiSquared {
            let value = ChiSquared.upperTail(golden.x, df: golden.df)
            // Below the least normal number both are as good as nothing.
            #expect(
                close(value, golden.upper, 1e-10) || max(value, golden.upper) < 1e-300,
                "df \(golden.df) x \(golden.x): \(value) \(golden.upper)")
        }
    }

    @Test("the quantile of χ² is SciPy's, and the tail at it is the one asked for")
    func quantiles() throws {
        for golden in try Golden.load().quantiles {
            let x = ChiSquared.upperQuantile(golden.tail, df: golden.df)
            #expect(close(x, golden.x, 1e-9), "df \(golden.df) tail \(golden.tail): \(x) \(golden.x)")
            #expect(close(ChiSquared.upperTail(x, df: golden.df), golden.tail, 1e-9))
        }
        #expect(close(ChiSquared.quantile(0.95, df: 12), 21.02606981748307))
    }

    @Test("what makes no sense gives a number, never a trap")
    func degenerate() {
        #expect(ChiSquared.upperTail(.nan, df: 3) == 1)
        #expect(ChiSquared.upperTail(-1, df: 3) == 1)
        #expect(ChiSquared.upperTail(.infinity, df: 3) == 0)
        #expect(ChiSquared.upperTail(1, df: 0) == 1)
        #expect(ChiSquared.quantile(0.5, df: 0) == 0)
        #expect(ChiSquared.quantile(0, df: 3) == 0)
        #expect(ChiSquared.upperQuantile(1, df: 3) == 0)
        #expect(ChiSquared.upperQuantile(.nan, df: 3) == 0)
        #expect(ChiSquared.quantile(1, df: 3).isFinite)
        #expect(Proportion.wilson(0, of: 0) == (0, 1))
        #expect(Proportion.wilson(9, of: 3).upper == 1)
    }

    @Test("Wilson's interval is SciPy's")
    func wilson() throws {
        for golden in try Golden.load().wilson {
            let interval = Proportion.wilson(golden.count, of: golden.n)
            #expect(abs(interval.lower - golden.lower) < 1e-12)
            #expect(abs(interval.upper - golden.upper) < 1e-12)
        }
    }

    @Test("Benjamini and Hochberg reject what SciPy rejects")
    func discoveries() throws {
        for golden in try Golden.load().discoveries {
            #expect(Drift.benjaminiHochberg(golden.p, alpha: golden.alpha) == golden.rejected, "\(golden.p) at \(golden.alpha)")
        }
        #expect(Drift.benjaminiHochberg([], alpha: 0.05).isEmpty)
    }

    @Test(
        "numbers in sentences have three significant digits",
        arguments: [
            (0.41249, "0.412"), (1.2, "1.2"), (1.234, "1.23"), (48.06, "48.1"), (12_300, "12300"), (0, "0"), (-0.5, "-0.5"), (99.96, "100"),
            (.infinity, "–"), (.nan, "–"), (0.0004, "0.0004"), (0.000_041_23, "<0.0001"), (-1e-300, "-<0.0001"), (1e300, "1e+300"),
        ] as [(Double, String)])
    func figures(value: Double, text: String) { #expect(Figures.short(value) == text) }
}
