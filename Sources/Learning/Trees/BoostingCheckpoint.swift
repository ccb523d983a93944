import Tabular

/// A run of boosting so far: enough to go on after the process has died, and to end with the same bytes.
///
/// Scores are not kept: the served trees give the trainer's own, bit for bit.
struct BoostingCheckpoint {
    private static let magic = "FBC1"

    /// What is being learnt from what, as a number: `CheckpointKeeper`.
    var identity: UInt64
    /// Whether the number of trees is settled, when patience asked for it.
    var isSettled: Bool
    /// Rounds wanted in all.
    var wanted: Int
    /// Of each round; `watched` is empty when nothing was.
    var losses: (train: [Double], watched: [Double])
    var ensemble: TreeEnsemble

    var rounds: Int { losses.train.count }

    init(identity: UInt64, isSettled: Bool, wanted: Int, losses: (train: [Double], watched: [Double]), ensemble: TreeEnsemble) {
        self.identity = identity
        self.isSettled = isSettled
        self.wanted = wanted
        self.losses = losses
        self.ensemble = ensemble
    }

    /// Reads a checkpoint; bytes that cannot be one are an error, never a trap.
    init(_ bytes: [UInt8], schema: Schema) throws(LearningFailure) {
        guard let body = Fingerprint.unsealed(bytes) else { throw .corruptArtefact("a checkpoint that was changed") }
        var reader = ArtefactReader(body)
        guard try reader.text() == Self.magic else { throw .corruptArtefact("it does not begin as a checkpoint") }
        guard let identity = try reader.words().first else { throw .corruptArtefact("a checkpoint of nothing") }
        self.identity = identity
        isSettled = try reader.integer(in: 0...1) == 1
        wanted = try reader.integer()
        losses = (try reader.reals(), try reader.reals())
        ensemble = try TreeEnsemble(from: &reader, schema: schema)
        guard reader.isAtEnd, (1..<max(2, wanted)).contains(rounds), losses.watched.isEmpty || losses.watched.count == rounds,
            ensemble.roots.count == rounds * ensemble.base.count
        else { throw .corruptArtefact("a checkpoint that does not fit together") }
    }

    func encode() -> [UInt8] {
        var writer = ArtefactWriter()
        writer.text(Self.magic)
        writer.words([identity])
        writer.integer(isSettled ? 1 : 0)
        writer.integer(wanted)
        writer.reals(losses.train)
        writer.reals(losses.watched)
        ensemble.encode(into: &writer)
        return writer.bytes + Fingerprint.seal(writer.bytes[...])
    }

    /// The scores of rows, output-major `[outputs, rows]`, before the logistic or softmax function: the trainer's own.
    ///
    /// Complexity: O(rows · trees · depth).
    func scores(of rows: LabelledRows, team: WorkerTeam) -> Buffer<Double> {
        let (outputs, count, width) = (ensemble.base.count, rows.count, rows.schema.width)
        let predictor = ensemble.rawPredictor(schema: rows.schema, categories: rows.categories)
        let result = Buffer(repeating: 0.0, count: count * outputs)
        let rowMajor = Buffer(repeating: 0.0, count: count * outputs)
        rows.features.withUnsafeBufferPointer { features in
            guard let base = features.baseAddress else { return }
            // The features are only read; each thread writes the scores of its own rows, and `divide` returns when all are done.
            nonisolated(unsafe) let source = base
            team.divide(0..<count, least: 512) { _, part in
                predictor.predict(
                    rows: source + part.lowerBound * width, count: part.count, into: rowMajor.base + part.lowerBound * outputs)
                for row in part {
                    for output in 0..<outputs { result.base[output * count + row] = rowMajor.base[row * outputs + output] }
                }
            }
        }
        return result
    }
}
