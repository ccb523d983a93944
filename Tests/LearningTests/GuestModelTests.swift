import GuestModels
import Learning
import Tabular
import Testing

/// A kind that takes the name of an algorithm here.
private struct Impostor: FittedAlgorithm {
    static let name = "logistic"

    init() {}
    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) { self.init() }
    func encode(into writer: inout ArtefactWriter) {}
    func predictor(schema: Schema, categories: Categories) -> any Predictor {
        Tariff(column: "", prices: [], rate: 0).predictor(schema: schema, categories: categories)
    }
    func importance(schema: Schema) -> [Double] { [] }
    var notes: [String] { [] }
}

@Suite("Models from modules beside this one") struct GuestModelTests {
    private static let schema = Schema(
        features: [Feature(name: "zone", kind: .categorical), Feature(name: "weight", kind: .numeric)],
        target: Target(name: "price", task: .regression, classes: []))

    @Test("A kind that another module registers is read back, proves itself by its golden rows, and answers by any dictionary")
    func guest() throws {
        try AlgorithmRegistry.register(Tariff.self)
        // Twice is once.
        try AlgorithmRegistry.register(Tariff.self)
        let categories = Categories(["far", "near"])
        let rows = LabelledRows(
            schema: Self.schema, categories: categories, features: [0, 2, 1, 10, 0, .nan, .nan, 1], targets: [0, 0, 0, 0])
        let tariff = Tariff(column: "zone", prices: [("near", 5), ("far", 9)], rate: 0.5)
        let model = try Model.decode(Model(fitted: tariff, proving: rows).encode())
        #expect(model.algorithm == "guest-tariff" && !AlgorithmRegistry.learnsOnline("guest-tariff"))
        let other = Categories(stored: [])
        _ = other["zone"].intern("somewhere")
        let predictor = model.predictor(categories: other)
        try model.verifyGolden(predictor, categories: other)
        var price = 0.0
        [Double(other["zone"].intern("far")), 4].withUnsafeBufferPointer { row in
            if let base = row.baseAddress { predictor.predict(base, into: &price) }
        }
        #expect(price == 11)
        #expect(model.importance().map(\.feature) == ["zone"])
    }

    @Test("A name that an algorithm here has cannot be taken")
    func taken() {
        let failure = #expect(throws: LearningFailure.self) { try AlgorithmRegistry.register(Impostor.self) }
        #expect(failure?.description == "the name logistic is that of another kind of model: choose another one")
        #expect(throws: LearningFailure.self) { _ = try AlgorithmRegistry.named("guest-tariff") }
    }
}
