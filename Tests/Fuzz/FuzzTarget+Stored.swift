import Engine
import Foundation
import Learning
import Monitoring
import Store
import Tabular

extension FuzzTarget {
    /// What stands on disk and may have been damaged.
    static let stored = [artefact, records, block]

    /// A model: what is read predicts without a trap.
    private static let artefact = FuzzTarget(name: "artefact") {
        [BoostedTrees.name, Logistic.name, Perceptron.name, OnlineLogistic.name].compactMap { name in
            let request = TrainingRequest(algorithm: name, settings: [:], seed: 1, holdout: 0.2)
            return try? Training.run(sample, request: request, hooks: TrainingHooks()).artefact
        }
    } prepare: {
        { input in
            guard let model = try? Model.decode(Array(input)) else { return }
            let categories = Categories(["AA", "UA"])
            let predictor = model.predictor(categories: categories)
            _ = try? model.verifyGolden(predictor, categories: categories)
            let row = [Double](repeating: 1, count: model.schema.width)
            var scores = [Double](repeating: 0, count: max(1, model.schema.target.classes.count))
            row.withUnsafeBufferPointer { row in
                scores.withUnsafeMutableBufferPointer { scores in
                    if let row = row.baseAddress, let scores = scores.baseAddress { predictor.predict(row, into: scores) }
                }
            }
        }
    }

    /// Stored records, JSON most of them: what is read is written and read again as the same.
    private static let records = FuzzTarget(name: "records") {
        let profile = ReferenceProfile.build(rows: sample, scores: [])
        return [try? profile.stored(), "{\"format\":2}", "{}", "[]"].compactMap { $0.map(bytes) } + [profile.encoded()]
    } prepare: {
        { input in
            if let profile = ReferenceProfile(encoded: Array(input)) {
                precondition(ReferenceProfile(encoded: profile.encoded()) != nil, "a reference that was read is written")
            }
            let text = String(decoding: input, as: UTF8.self)
            for kind in RecordKind.allCases {
                guard case .success(let once) = kind.rewritten(text) else { continue }
                guard case .success(let twice) = kind.rewritten(once) else { fatalError("a record that was stored cannot be read back") }
                precondition(once == twice, "a record is stored as it was")
            }
        }
    }

    /// Blocks of traffic and their ids, as they are before they are packed: no search would find its way through the compression.
    private static let block = FuzzTarget(name: "block") {
        var raw: [UInt8] = [2, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0]
        raw += [UInt8](repeating: 0, count: 17 + 8 * 3)
        return [raw, [2] + [UInt8](repeating: 1, count: 24)]
    } prepare: {
        { input in
            guard let form = input.first else { return }
            let packed = ZlibBlock.pack(Array(input.dropFirst()), form: form)
            let ids = ZlibBlock.pack(Array(input.dropFirst()), form: 1)
            _ = IDCodec.decode(ids, count: (input.count - 1) / 12)
            guard let block = BlockCodec.decode(packed, ids: ids, deployment: "d") else { return }
            guard let again = BlockCodec.decode(BlockCodec.encode(block), ids: IDCodec.encode(block.ids), deployment: "d") else {
                fatalError("a block that was read cannot be written and read again")
            }
            precondition(again.count == block.count, "as many rows as before")
        }
    }

    private static let sample: LabelledRows = {
        let schema = Schema(
            features: [Feature(name: "a", kind: .numeric), Feature(name: "b", kind: .categorical)],
            target: Target(name: "y", task: .binary, classes: ["no", "yes"]))
        let values = (0..<200).map { Double(($0 &* 7_919) % 101) }
        return LabelledRows(
            schema: schema, categories: Categories(["AA", "UA"]), features: values.flatMap { [$0, Double(Int($0) % 2)] },
            targets: values.map { $0 > 50 ? 1 : 0 })
    }()
}
