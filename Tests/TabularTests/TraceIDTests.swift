import Tabular
import Testing

@Suite("traceparent") struct TraceIDTests {
    // The example of W3C Trace Context, 3.2.
    private static let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    private static let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static let traces: [String] = [header, later, later + "-more"]
    private static let others: [String] = [
        "", "00", header + "0", header + "-", header + "-more", " " + header, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", later + ".more",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01", "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ]

    @Test("the trace of a header comes back digit by digit")
    func digits() throws {
        let trace = try #require(TraceID(traceparent: Self.header))
        #expect(trace.text == "4bf92f3577b34da6a3ce929d0e0e4736")
        #expect(trace == TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736))
        #expect(TraceID(high: 0, low: 1)?.text == String(repeating: "0", count: 31) + "1")
        #expect(TraceID(high: 0, low: 0) == nil)
    }

    @Test("a later version may say more", arguments: traces)
    func named(_ text: String) { #expect(TraceID(traceparent: text) != nil) }

    @Test("what is wrong in any part names no trace", arguments: others)
    func unnamed(_ text: String) { #expect(TraceID(traceparent: text) == nil) }
}
