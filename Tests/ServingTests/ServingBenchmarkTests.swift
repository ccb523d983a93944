import Foundation
import Serving
import Tabular
import Testing

@Suite("serving benchmark", .serialized)
struct ServingBenchmarkTests {
    @Test("each figure is a positive number with the empty handler of the same run next to it")
    func figures() async {
        let isShown = ProcessInfo.processInfo.environment["FLYBALL_BENCH_SERVING"] == "1"
        let figures = await ServingBenchmark.run(requests: isShown ? 20_000 : 200)
        #expect(figures.count == 7)
        for figure in figures {
            if isShown { print(figure.name, (figure.value * 100).rounded() / 100, figure.unit, figure.against, figure.ratio ?? 0) }
            #expect(figure.value > 0 && figure.value.isFinite)
            #expect((figure.ratio ?? 0) > 0)
            #expect(figure.against.contains("empty SwiftNIO handler") == figure.name.hasSuffix("connections"))
        }
    }

    @Test("the cost of a shadow is measured while it scores")
    func shadow() async {
        let figures = await ShadowBenchmark.run(requests: 60)
        #expect(figures.map(\.unit) == ["µs", "µs"])
        #expect(figures.allSatisfy { ($0.ratio ?? 0) > 0 })
    }
}
