package import Engine
package import Learning
import Monitoring
import Synchronization
import Tabular

/// What benchmarks and the search for bad bytes serve: 100 boosted trees on sixteen numbers and two categories; and on the numbers alone, for batches in
/// one tensor, a logistic regression and as many trees.
package struct BenchModel: ServingHost {
    package static let name = "bench"
    static let linear = "bench-linear"
    static let trees = "bench-trees"
    private static let numbers = 16
    private static let carriers = ["AA", "B6", "DL", "EV", "UA", "US", "WN", "MQ"]
    private static let origins = ["EWR", "JFK", "LGA"]
    private static let rows = 4_000

    package let snapshot = Snapshot.empty()
    package let bootEpoch: UInt32 = 1
    package private(set) var table: RoutingTable
    /// The same with a second version that scores all that is answered.
    let shadowed: RoutingTable

    /// Trains the model; the same every time.
    package init() throws(LearningFailure) {
        let rows = Self.sample()
        let training = TrainingRequest(algorithm: "boosted-trees", settings: ["trees": "100", "patience": "0"], seed: 1, holdout: 0.2)
        let outcome = try Training.run(rows, request: training, hooks: TrainingHooks())
        let reference = ReferenceProfile.build(rows: rows, scores: [])
        let predictor = try Model.decode(outcome.artefact).predictor(categories: rows.categories)
        let version = LoadedVersion(number: 1, predictor: predictor, profile: reference.bind(rows.categories), reference: reference)
        let route = Route(
            deployment: Self.name, schema: rows.schema, state: .live, champion: version, resident: [version], categories: rows.categories)
        table = RoutingTable(
            generation: 1,
            routes: [
                Self.name: route, Self.linear: try Self.numbersOnly(Self.linear, "logistic", [:]),
                Self.trees: try Self.numbersOnly(Self.trees, "boosted-trees", ["trees": "100", "patience": "0"]),
            ])
        let second = LoadedVersion(number: 2, predictor: predictor, profile: reference.bind(rows.categories), reference: reference)
        var beside = route
        beside.shadows = [
            RoutedChallenger(
                choice: ArmChoice(version: second, arm: .shadow),
                split: Split(deployment: Self.name, version: 2, share: 1, key: .request))
        ]
        shadowed = RoutingTable(generation: 1, routes: [Self.name: beside])
    }

    /// The deployment with a model that takes so long a row, whatever the row is.
    package static func slow(milliseconds: Int) throws -> BenchModel {
        var model = try BenchModel()
        guard var route = model.table.routes[name], let version = route.champion else { return model }
        let predictor = SlowPredictor(version.predictor, milliseconds: milliseconds)
        let slow = LoadedVersion(number: 1, predictor: predictor, profile: version.profile, reference: version.reference)
        route.champion = slow
        route.resident = [slow]
        model.table.routes[name] = route
        return model
    }

    /// A deployment of the numbers alone.
    private static func numbersOnly(_ name: String, _ algorithm: String, _ settings: [String: String]) throws(LearningFailure) -> Route {
        let rows = sample(hasCategories: false)
        let training = TrainingRequest(algorithm: algorithm, settings: settings, seed: 1, holdout: 0.2)
        let predictor = try Model.decode(Training.run(rows, request: training, hooks: TrainingHooks()).artefact).predictor(
            categories: rows.categories)
        let reference = ReferenceProfile.build(rows: rows, scores: [])
        let version = LoadedVersion(number: 1, predictor: predictor, profile: reference.bind(rows.categories), reference: reference)
        return Route(
            deployment: name, schema: rows.schema, state: .live, champion: version, resident: [version], categories: rows.categories)
    }

    /// The values of a batch's rows, all numbers in one tensor.
    private static func values(rows: Int) -> [Double] { (0..<rows * numbers).map { Double($0 * 7_919 % 5_003) / 100 } }

    /// Rows as one binary tensor, the scores asked for as binary data; and the bytes of its JSON.
    static func binaryBatch(rows: Int) -> (body: [UInt8], jsonLength: Int) {
        let head =
            "{\"inputs\":[{\"name\":\"x\",\"shape\":[\(rows),\(numbers)],\"datatype\":\"FP64\",\"parameters\":{\"binary_data_size\":\(rows * numbers * 8)}}],"
            + "\"outputs\":[{\"name\":\"score\",\"parameters\":{\"binary_data\":true}}]}"
        return (Array(head.utf8) + values(rows: rows).withUnsafeBytes { Array($0) }, head.utf8.count)
    }

    /// The same rows in JSON.
    static func textBatch(rows: Int) -> String {
        let data = values(rows: rows).map(\.description).joined(separator: ",")
        return "{\"inputs\":[{\"name\":\"x\",\"shape\":[\(rows),\(numbers)],\"datatype\":\"FP64\",\"data\":[\(data)]}]}"
    }

    /// One row, a tensor for each feature.
    package static let body: String = {
        var tensors = (0..<numbers).map {
            "{\"name\":\"x\($0)\",\"shape\":[1],\"datatype\":\"FP64\",\"data\":[\(Double($0) * 3.25 + 0.5)]}"
        }
        tensors += [("carrier", "UA"), ("origin", "EWR")].map {
            "{\"name\":\"\($0.0)\",\"shape\":[1],\"datatype\":\"BYTES\",\"data\":[\"\($0.1)\"]}"
        }
        return "{\"inputs\":[\(tensors.joined(separator: ","))]}"
    }()

    package func acceptLabels(_ labels: [IncomingLabel], deployment: String) async -> Result<[LabelResult], ActionFailure> {
        .failure(.unavailable("labels: the benchmark takes none"))
    }

    private static func sample(hasCategories: Bool = true) -> LabelledRows {
        var random = SplitMix64(state: 1)
        let schema = Schema(
            features: (0..<numbers).map { Feature(name: "x\($0)", kind: .numeric) }
                + (hasCategories ? ["carrier", "origin"] : []).map { Feature(name: $0, kind: .categorical) },
            target: Target(name: "late", task: .binary, classes: ["no", "yes"]))
        var features: [Double] = []
        var targets: [Double] = []
        for _ in 0..<rows {
            let row = (0..<numbers).map { _ in Double(random.next() >> 11) / Double(1 << 53) * 50 }
            let codes = [Double(random.next() % 8), Double(8 + random.next() % 3)]
            features += row + (hasCategories ? codes : [])
            targets.append(row[0] + row[1] * row[2] / 50 + row[3] > 70 ? 1 : 0)
        }
        return LabelledRows(schema: schema, categories: Categories(carriers + origins), features: features, targets: targets)
    }
}

/// A model that keeps its thread busy for a while before it answers.
private final class SlowPredictor: Predictor {
    private let inner: any Predictor
    private let pause: Duration
    let width: Int
    let outputs: Int

    init(_ inner: any Predictor, milliseconds: Int) {
        self.inner = inner
        pause = .milliseconds(milliseconds)
        (width, outputs) = (inner.width, inner.outputs)
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        let end = ContinuousClock.now + pause
        while ContinuousClock.now < end {}
        inner.predict(row, into: result)
    }
}
