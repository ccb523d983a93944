import Console
import Engine
import Store
import Testing

@Suite("Support of the console's tests") struct SupportTests {
    @Test("the sample present is in the order in which the engine publishes") func order() {
        let snapshot = SampleSnapshot.standard
        #expect(snapshot.deployments.map(\.name) == snapshot.deployments.map(\.name).sorted())
        #expect(snapshot.deployment(SampleDeployments.longName)?.name.count == 63)
        #expect(snapshot.recent.map(\.sequence) == Array((1_249...1_288).reversed()))
        #expect(snapshot.recent.count == 40)
    }

    @Test("a difference names the lines that differ") func difference() {
        #expect(Golden.difference(from: "a\nb\nc", to: "a\nx\nc") == "2 - b\n2 + x")
    }
}
