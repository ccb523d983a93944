import Learning
import Reports
import Testing

@Suite("Curves as SVG") struct CurveChartTests {
    @Test("a curve from corner to corner has its points in the frame, its words escaped, and what is no number is left out")
    func drawing() {
        let chart = CurveChart(
            title: "a < b", along: "false & true", up: "recall",
            curve: [CurvePoint(x: 0, y: 0), CurvePoint(x: .nan, y: 0.5), CurvePoint(x: 0.5, y: 1), CurvePoint(x: 1, y: 7)],
            present: CurvePoint(x: 0.25, y: 0.5))
        #expect(chart.svg.contains(#"<polyline class="a" points="40.0,252.0 160.0,12.0 280.0,12.0"/>"#))
        #expect(chart.svg.contains(#"<circle class="b dot" cx="100.0" cy="132.0" r="4"/>"#))
        #expect(chart.svg.contains("a &lt; b") && chart.svg.contains("false &amp; true") && !chart.svg.contains("nan"))
        #expect(!CurveChart(title: "", along: "", up: "", curve: []).svg.contains("polyline"))
    }
}
