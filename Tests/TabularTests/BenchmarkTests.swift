import Foundation
import Tabular
import Testing

@Suite("CSV benchmark") struct BenchmarkTests {
    @Test("Each figure is a positive speed with a floor to compare it with")
    func figures() {
        let path = ProcessInfo.processInfo.environment["FLYBALL_BENCH_CSV"]
        let figures = CSVBenchmark.run(path: path ?? Samples.flights)
        #expect(figures.count >= 2)
        for figure in figures {
            if path != nil { print(figure.name, figure.value.rounded(), figure.unit, figure.against, figure.ratio ?? 0) }
            #expect(figure.value > 0 && figure.value.isFinite)
            #expect((figure.ratio ?? 1) > 0)
            #expect(!figure.against.isEmpty)
        }
    }

    @Test("A file that is not there gives no figure")
    func absent() {
        #expect(CSVBenchmark.run(path: "/nonexistent/file.csv").isEmpty)
    }
}
