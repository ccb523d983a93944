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

    /// The arm that answers, or why none does.
    ///
    /// `pinned` is what the request names.
    package func arm(_ pinned: String?) throws(InferenceFailure) -> ArmChoice {
        let number = pinned.flatMap { VersionText.number($0) }
        do throws(RouteRefusal) {
            // What is no number names a version that there cannot be.
            return try route.arm(for: ArmRequest(version: pinned == nil ? nil : number ?? .max))
        } catch {
            switch error {
            case .paused(let seconds): throw .paused(model: route.deployment, retryAfterSeconds: seconds)
            case .noChampion(let seconds): throw .noChampion(model: route.deployment, retryAfterSeconds: seconds)
            case .notLoaded(let loaded): throw .unknownVersion(model: route.deployment, version: pinned ?? "", loaded: loaded)
            }
        }
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
