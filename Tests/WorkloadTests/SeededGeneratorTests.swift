import Testing
import Workload

@Suite("Seeded generator") struct SeededGeneratorTests {
    // Reference values of the algorithms' published C code, as also tested by Rust's rand_xoshiro 0.6 and listed by Rosetta Code.
    @Test("SplitMix64 gives the published numbers") func splitMix() {
        var mixer = SplitMix64(state: 1_234_567)
        let found = (0..<5).map { _ in mixer.next() }
        #expect(
            found == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ])
    }

    @Test("xoshiro256** gives the published numbers") func xoshiro() {
        var random = SeededGenerator(state: (1, 2, 3, 4))
        let found = (0..<10).map { _ in random.next() }
        #expect(
            found == [
                11_520, 0, 1_509_978_240, 1_215_971_899_390_074_240, 1_216_172_134_540_287_360, 607_988_272_756_665_600,
                16_172_922_978_634_559_625, 8_476_171_486_693_032_832, 10_595_114_339_597_558_777, 2_904_607_092_377_533_576,
            ])
    }

    @Test("the same seed and stream repeat, another seed or stream does not") func repeats() {
        func numbers(_ seed: UInt64, _ stream: String) -> [UInt64] {
            var random = SeededGenerator(seed: seed, stream: stream)
            return (0..<100).map { _ in random.next() }
        }
        #expect(numbers(7, "a") == numbers(7, "a"))
        #expect(Set(numbers(7, "a")).isDisjoint(with: numbers(7, "b")))
        #expect(Set(numbers(7, "a")).isDisjoint(with: numbers(8, "a")))
    }

    @Test("uniform, normal and exponential numbers have their means and variances within five standard errors") func moments() {
        var random = SeededGenerator(seed: 11)
        let n = 100_000
        func check(_ mean: Double, _ variance: Double, fourth: Double, _ draw: () -> Double) {
            let values = (0..<n).map { _ in draw() }
            let found = values.reduce(0, +) / Double(n)
            let spread = values.map { ($0 - found) * ($0 - found) }.reduce(0, +) / Double(n - 1)
            #expect(abs(found - mean) < 5 * (variance / Double(n)).squareRoot())
            // The variance of a sample variance is about (μ₄ − σ⁴) / n.
            #expect(abs(spread - variance) < 5 * ((fourth - variance * variance) / Double(n)).squareRoot())
        }
        check(0.5, 1.0 / 12, fourth: 1.0 / 80) { random.uniform() }
        check(2, 9, fourth: 3 * 81) { random.normal(2, 3) }
        check(4, 16, fourth: 9 * 256) { random.exponential(mean: 4) }
    }

    @Test("weights decide how often an index is picked, and an index without weight never is") func picks() {
        var random = SeededGenerator(seed: 3)
        var counts = [0, 0, 0]
        for _ in 0..<30_000 { counts[random.pick([1, 0, 2])] += 1 }
        #expect(counts[1] == 0)
        // Five standard errors of a binomial share of 2/3 are 0.0136.
        #expect(abs(Double(counts[2]) / 30_000 - 2.0 / 3) < 0.0137)
    }

    @Test("whole numbers cover their range and stay in it") func wholeNumbers() {
        var random = SeededGenerator(seed: 5)
        let found = Set((0..<10_000).map { _ in random.whole(-2...3) })
        #expect(found == [-2, -1, 0, 1, 2, 3])
    }
}
