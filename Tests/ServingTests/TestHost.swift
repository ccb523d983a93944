import Engine
import Learning
import Monitoring
import Serving
import Synchronization
import Tabular

/// An engine's stand-in: labels are kept in memory, the snapshot is what the test sets.
final class TestHost: ServingHost {
    private let present = Mutex(Snapshot.empty(asOf: 1_700_000_000_000))
    private let labels = Mutex<[IncomingLabel]>([])
    private let gate = Mutex<[CheckedContinuation<Void, Never>]>([])
    private let holds = Mutex(false)

    var snapshot: Snapshot { present.withLock { $0 } }
    var bootEpoch: UInt32 { 7 }
    var received: [IncomingLabel] { labels.withLock { $0 } }

    func set(_ change: (inout Snapshot) -> Void) { present.withLock { change(&$0) } }

    /// From now on labels wait until `release()`.
    func hold() { holds.withLock { $0 = true } }

    func release() {
        holds.withLock { $0 = false }
        let waiting = gate.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for waiter in waiting { waiter.resume() }
    }

    private let actions = Mutex<[(request: ActionRequest, who: Operator)]>([])

    /// What was asked of the one door, and done.
    var performed: [(request: ActionRequest, who: Operator)] { actions.withLock { $0 } }

    func perform(_ request: ActionRequest, by who: Operator) async -> Result<Receipt, ActionFailure> {
        guard request.action.deployment != "nobody" else { return .failure(.notFound(kind: "deployment", name: "nobody", nearest: nil)) }
        actions.withLock { $0.append((request, who)) }
        return .success(Receipt(journalSequence: 7, summary: "done", at: 0))
    }

    func acceptLabels(_ incoming: [IncomingLabel], deployment: String) async -> Result<[LabelResult], ActionFailure> {
        if holds.withLock({ $0 }) { await withCheckedContinuation { continuation in gate.withLock { $0.append(continuation) } } }
        guard deployment != "full" else { return .failure(.unavailable("labels: the queue is full: send them again later")) }
        return .success(
            incoming.map { label in
                labels.withLock { labels in
                    if label.value == "maybe" { return .invalid }
                    if labels.contains(where: { $0.id == label.id && $0.value == label.value }) { return .duplicate }
                    if labels.contains(where: { $0.id == label.id }) { return label.correct ? .corrected : .conflict }
                    labels.append(label)
                    return .accepted
                }
            })
    }
}

/// score = 1000 · version + the sum of the values that are there.
final class SumPredictor: Predictor {
    let width: Int
    let outputs: Int
    let offset: Double

    init(width: Int, version: UInt32, outputs: Int = 1) {
        self.width = width
        self.outputs = outputs
        offset = 1_000 * Double(version)
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        var sum = offset
        for i in 0..<width where !row[i].isNaN { sum += row[i] }
        for i in 0..<outputs { result[i] = sum + Double(i) }
    }
}

/// A model gone wrong: every score is NaN.
final class NaNPredictor: Predictor {
    let width: Int
    let outputs = 1

    init(width: Int) { self.width = width }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) { result[0] = .nan }
}

/// Schemas, rows and routes for tests.
enum Fixture {
    static let numbers = Schema(
        features: [Feature(name: "a", kind: .numeric), Feature(name: "b", kind: .integer), Feature(name: "c", kind: .boolean)],
        target: Target(name: "y", task: .regression, classes: []), excluded: ["leak"])

    static let mixed = Schema(
        features: [
            Feature(name: "carrier", kind: .categorical), Feature(name: "distance", kind: .integer), Feature(name: "temp", kind: .numeric),
            Feature(name: "weekend", kind: .boolean), Feature(name: "time", kind: .time, optional: true),
        ],
        target: Target(name: "late", task: .binary, classes: ["no", "yes"]), timeColumn: "time", zone: "America/New_York")

    static let three = Schema(
        features: [Feature(name: "x", kind: .numeric)], target: Target(name: "kind", task: .multiclass, classes: ["r", "g", "b"]))

    static func version(_ number: UInt32, _ schema: Schema, categories: Categories, predictor: (any Predictor)? = nil)
        -> LoadedVersion
    {
        let count = 20
        let rows = LabelledRows(
            schema: schema, categories: categories, features: (0..<count * schema.width).map { Double($0 % 7) },
            targets: (0..<count).map { Double($0 % 2) })
        let reference = ReferenceProfile.build(rows: rows, scores: rows.targets)
        let outputs = schema.target.task == .multiclass ? schema.target.classes.count : 1
        return LoadedVersion(
            number: number, predictor: predictor ?? SumPredictor(width: schema.width, version: number, outputs: outputs),
            profile: reference.bind(categories), reference: reference)
    }

    static func route(
        _ name: String, _ schema: Schema, champion: UInt32? = 1, resident: [UInt32] = [1], state: DeploymentState = .live,
        predictor: (any Predictor)? = nil, categories: Categories = Categories(["AA", "UA"])
    ) -> Route {
        let versions = resident.map { version($0, schema, categories: categories, predictor: predictor) }
        return Route(
            deployment: name, schema: schema, state: state, champion: versions.first { $0.number == champion }, resident: versions,
            categories: categories)
    }

    static func table(_ routes: [Route], generation: UInt64 = 1) -> RoutingTable {
        RoutingTable(generation: generation, routes: Dictionary(uniqueKeysWithValues: routes.map { ($0.deployment, $0) }))
    }
}
