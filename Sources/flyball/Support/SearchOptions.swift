import ArgumentParser
import Learning

/// How settings are searched before a training.
struct SearchOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Try so many settings and keep the best.", valueName: "n")) var search: Int?
    @Option(help: ArgumentHelp("Time of a search's trials; without it 10m.", valueName: "duration")) var searchTime: DurationArgument?

    func validate() throws {
        if searchTime != nil, search == nil { throw ValidationError("--search-time bounds a search: ask for one with --search N") }
        let range = SearchOrder.trialRange
        if let search, !range.contains(search) { throw ValidationError("--search is \(range.lowerBound) to \(range.upperBound) trials") }
        if let order, !SearchOrder.secondsRange.contains(order.seconds) {
            throw ValidationError("--search-time is a second to a week: write 30s, 5m or 2h")
        }
    }

    /// What is asked for; nil: no search.
    var order: SearchOrder? {
        search.map { SearchOrder(trials: $0, seconds: searchTime.map { Double($0.milliseconds) / 1_000 } ?? SearchOrder.standardSeconds) }
    }
}
