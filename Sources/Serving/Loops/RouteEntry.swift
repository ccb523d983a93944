package import Engine
import Learning

/// A route as one event loop uses it, with where its traffic is gathered.
///
/// Confined to its loop. Brought up to date with every routing table, so that whoever keeps it keeps no version in memory that has been replaced.
package final class RouteEntry {
    package private(set) var route: Route
    /// Where its traffic is gathered.
    package private(set) var lane: Lane
    /// What answers a request that names no version; nil where none is answered.
    ///
    /// Asking the route would copy it, for each request.
    package private(set) var usual: ArmChoice?
    /// From which score on versions call a row positive, but for those that do so from one half on: the route would be copied as well.
    private var thresholds: [UInt32: Double]
    /// The routing generation that the route was taken from.
    package private(set) var generation: UInt64
    /// What protocols keep with the route, one object each, for as long as its schema stays.
    private var attachments: [AnyObject] = []

    package init(_ route: Route, lane: Lane, generation: UInt64) {
        self.route = route
        self.lane = lane
        self.generation = generation
        thresholds = route.thresholds
        usual = Self.usual(route)
    }

    /// From which score on a version calls a row positive, of two classes.
    @inline(__always)
    func threshold(of version: UInt32) -> Double {
        thresholds.isEmpty ? DecisionThreshold.standard : thresholds[version] ?? DecisionThreshold.standard
    }

    private static func usual(_ route: Route) -> ArmChoice? { try? route.arm(for: ArmRequest(version: nil)) }

    /// Takes the route of a newer table.
    func refresh(_ route: Route, lane: Lane, generation: UInt64) {
        if route.schema != self.route.schema { attachments = [] }
        self.route = route
        self.lane = lane
        self.generation = generation
        thresholds = route.thresholds
        usual = Self.usual(route)
    }

    /// A newer table has the same route.
    func stay(generation: UInt64) { self.generation = generation }

    /// Takes a learner's newer copy: the next request is answered by it.
    func handOver(_ live: LoadedVersion) {
        route.live = live
        usual = Self.usual(route)
    }

    /// What a protocol keeps with the route: how it reads and writes rows of that schema; made when it is first asked for.
    ///
    /// Complexity: O(protocols).
    @inline(__always)
    func attachment<Plan: AnyObject>(_ make: (Route) -> Plan) -> Plan {
        // Of exactly that type: a cast that may find a subclass would look it up in the runtime.
        for attachment in attachments where type(of: attachment) == Plan.self { return unsafeDowncast(attachment, to: Plan.self) }
        let plan = make(route)
        attachments.append(plan)
        return plan
    }
}
