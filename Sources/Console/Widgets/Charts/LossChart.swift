/// The loss of a training by iteration, on the training part and on the held-out part.
package struct LossChart: Widget {
    package var train: [Double]
    package var validation: [Double]
    package var emptyText: String

    package init(train: [Double], validation: [Double] = [], emptyText: String = "no iteration yet") {
        self.train = train
        self.validation = validation
        self.emptyText = emptyText
    }

    package func draw(on surface: inout Surface, in area: Rect) {
        func points(_ losses: [Double]) -> [ChartPoint] {
            losses.enumerated().map { ChartPoint(time: Int64($0.offset + 1), value: $0.element) }
        }
        var series = [ChartSeries("train", points(train), role: .series1)]
        if !validation.isEmpty { series.append(ChartSeries("validation", points(validation), role: .series2)) }
        let iterations = Int64(max(train.count, validation.count, 2))
        var chart = LineChart(series: series, from: 1, to: iterations, includesZero: false, emptyText: emptyText)
        chart.axis = .number
        chart.draw(on: &surface, in: area)
    }
}
