import Engine
import Learning
import Testing

/// The live curve of a running job.
@Suite("Loss curves")
struct LossCurveTests {
    private static func progress(_ iteration: Int) -> TrainingProgress {
        TrainingProgress(
            stage: "fitting", iteration: iteration, iterations: 2_000, trainLoss: 1 / Double(iteration), validationLoss: nil, fraction: 0,
            secondsLeft: nil)
    }

    @Test("2,000 reports leave a curve from the first to the last one, evenly spaced")
    func spans() {
        var curve = LossCurve(limit: 200)
        for iteration in 1...2_000 { curve.add(Self.progress(iteration)) }
        let iterations = curve.points.map(\.iteration)
        #expect(iterations.first == 1 && iterations.last == 2_000)
        #expect((100...200).contains(iterations.count))
        let gaps = Set(zip(iterations.dropLast(), iterations.dropFirst().dropLast()).map { $1 - $0 })
        #expect(gaps.count == 1, "\(gaps)")
    }

    @Test("at every length the first and the newest report are there, in order and within the bound", arguments: [3, 4, 199, 200])
    func always(limit: Int) {
        var curve = LossCurve(limit: limit)
        #expect(curve.points.isEmpty)
        for iteration in 1...1_000 {
            curve.add(Self.progress(iteration))
            let iterations = curve.points.map(\.iteration)
            #expect(iterations.first == 1 && iterations.last == iteration)
            #expect(iterations.count <= limit && iterations == iterations.sorted() && Set(iterations).count == iterations.count)
        }
    }
}
