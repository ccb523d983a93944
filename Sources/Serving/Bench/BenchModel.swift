package import Engine
package import Learning
import Monitoring
import Synchronization
import Tabular

/// What benchmarks and the search for bad bytes serve: 100 boosted trees on sixteen numbers and two categories.
package struct BenchModel: ServingHost {
    package static let name = "bench"
    private static let numbers = 16
    private static let carriers = ["AA", "B6", "DL", "EV", "UA", "US", "WN", "MQ"]
    private static let origins = ["EWR", "JFK", "LGA"]
    private static let rows = 4_000

    package let snapshot = Snapshot.empty()
    package let bootEpoch: UInt32 = 1
    package let table: RoutingTable
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
        table = RoutingTable(generation: 1, routes: [Self.name: route])
        let second = LoadedVersion(number: 2, predictor: predictor, profile: reference.bind(rows.categories), reference: reference)
        var beside = route
        beside.shadows = [
            RoutedChallenger(
                choice: ArmChoice(version: second, arm: .shadow),
                split: Split(deployment: Self.name, version: 2, share: 1, key: .request))
        ]
        shadowed = RoutingTable(generation: 1, routes: [Self.name: beside])
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

    private static func sample() -> LabelledRows {
        var random = SplitMix64(state: 1)
        let schema = Schema(
            features: (0..<numbers).map { Feature(name: "x\($0)", kind: .numeric) }
                + [Feature(name: "carrier", kind: .categorical), Feature(name: "origin", kind: .categorical)],
            target: Target(name: "late", task: .binary, classes: ["no", "yes"]))
        var features: [Double] = []
        var targets: [Double] = []
        for _ in 0..<rows {
            let row = (0..<numbers).map { _ in Double(random.next() >> 11) / Double(1 << 53) * 50 }
            features += row + [Double(random.next() % 8), Double(8 + random.next() % 3)]
            targets.append(row[0] + row[1] * row[2] / 50 + row[3] > 70 ? 1 : 0)
        }
        return LabelledRows(schema: schema, categories: Categories(carriers + origins), features: features, targets: targets)
    }
}
