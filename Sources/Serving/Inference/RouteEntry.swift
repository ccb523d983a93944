package import Engine
package import Tabular

/// A route as one event loop uses it: the plan for decoding and the constant parts of its answers.
///
/// Confined to its loop. Refreshed when the routing table has changed since it was made; the plan is kept while the schema stays.
package final class RouteEntry {
    package private(set) var route: Route
    package private(set) var plan: RowPlan
    /// Where its traffic is gathered.
    package private(set) var lane: Lane
    /// The routing generation that the route was taken from.
    package private(set) var generation: UInt64
    /// `{"model_name":"…","model_version":"`.
    let answerStart: [UInt8]

    package init(_ route: Route, lane: Lane, generation: UInt64) {
        self.route = route
        self.lane = lane
        self.generation = generation
        plan = RowPlan(route.schema)
        answerStart = Array("{\"model_name\":\"\(route.deployment)\",\"model_version\":\"".utf8)
    }

    /// Takes the route of a newer table.
    func refresh(_ route: Route, lane: Lane, generation: UInt64) {
        if route.schema != self.route.schema { plan = RowPlan(route.schema) }
        self.route = route
        self.lane = lane
        self.generation = generation
    }

    /// The version that answers, or why none does.
    ///
    /// `pinned` is what the request names.
    package func version(_ pinned: String?) throws(InferenceFailure) -> (LoadedVersion, Arm) {
        guard route.state != .paused else { throw .paused(model: route.deployment, retryAfterSeconds: route.retryAfterSeconds) }
        if let pinned {
            guard let number = VersionText.number(pinned), let version = route.version(number) else {
                throw .unknownVersion(model: route.deployment, version: pinned, loaded: route.resident.map(\.number))
            }
            return (version, .pinned)
        }
        guard let champion = route.champion else { throw .noChampion(model: route.deployment, retryAfterSeconds: route.retryAfterSeconds) }
        return (champion, .champion)
    }
}

/// Version numbers in addresses: `7` or `v7`.
enum VersionText {
    static func number(_ text: String) -> UInt32? {
        let digits = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
        guard !digits.isEmpty, digits.utf8.count <= 9, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return UInt32(digits)
    }
}
