import Engine

/// What work beside serving may take and has given way, and what grows.
extension MetricsText {
    static func bounds(_ snapshot: Snapshot, _ page: inout Page) {
        let work = snapshot.system.bounds.resources
        func samples(_ value: (ResourceStatus) -> Double) -> [(String, Double)] {
            work.map { ("{class=\"\($0.job.rawValue)\"}", value($0)) }
        }
        page.family("flyball_work_cpu_share", .gauge, "Share of the machine's processors that a class of work may use, 0 to 1") {
            samples(\.cpuShare)
        }
        page.family("flyball_work_cores", .gauge, "Processors that a class of work may use now") { samples(\.cores) }
        page.family("flyball_work_opening", .gauge, "What serving leaves a class of work of its own, 0.1 to 1") { samples(\.opening) }
        page.family("flyball_work_held", .gauge, "1 while a freeze lets a class of work stand still") {
            samples { $0.heldBy == nil ? 0 : 1 }
        }
        page.family("flyball_work_cpu_seconds", .counter, "Processor time of a class of work since start") {
            samples { Double($0.workedMilliseconds) / 1_000 }
        }
        page.family("flyball_work_yielded_seconds", .counter, "How long a class of work has waited for serving since start") {
            samples { Double($0.yieldedMilliseconds) / 1_000 }
        }
        page.family(
            "flyball_work_bounded_seconds", .counter, "How long a class of work has waited because its share was used up since start"
        ) {
            samples { Double($0.boundedMilliseconds) / 1_000 }
        }
        growth(snapshot.system.bounds.limits, &page)
    }

    private static func growth(_ all: [GrowthStatus], _ page: inout Page) {
        func samples(_ value: (GrowthStatus) -> Double?) -> [(String, Double)] {
            all.compactMap { one in value(one).map { ("{thing=\"\(one.thing.rawValue)\",unit=\"\(one.unit.rawValue)\"}", $0) } }
        }
        page.family("flyball_growing_size", .gauge, "How much there is of what grows") { samples { Double($0.size) } }
        page.family("flyball_growing_limit", .gauge, "How much there may be of it") { samples { $0.limit.map { Double($0) } } }
        page.family("flyball_growing_per_day", .gauge, "Its growth in a day, by a line through the last seven days") { samples(\.perDay) }
        page.family("flyball_growing_full_time_seconds", .gauge, "When it comes to its limit, Unix time; absent while it does not grow") {
            samples { $0.fullAt.map { Double($0) / 1_000 } }
        }
    }
}
