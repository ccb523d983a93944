import Tabular

/// A perceptron's training so far: enough to go on after the process has died, and to end with the same bytes.
struct NetworkCheckpoint: Sendable {
    private static let magic = "FNC1"

    /// The epoch whose loss on the rows kept back was least.
    struct Best: Sendable {
        var loss: Double
        var epoch: Int
        var parameters: [Float]
    }

    /// Of each epoch; `watched` is empty when nothing was.
    var losses: (train: [Double], watched: [Double]) = ([], [])
    /// Steps that Adam made.
    var steps = 0
    /// Parameters, means and squares, one after the other.
    var memory: [Float] = []
    var best: Best?

    var epochs: Int { losses.train.count }

    init() {}

    /// Reads what was saved of the training with that identity; nil for anything else.
    init?(_ bytes: [UInt8], identity: UInt64, parameters: Int) {
        guard let body = Fingerprint.unsealed(bytes), let found = try? Self.read(body, identity), found.memory.count == 3 * parameters,
            found.best.map({ $0.parameters.count == parameters }) ?? true
        else { return nil }
        self = found
    }

    private static func read(_ body: ArraySlice<UInt8>, _ identity: UInt64) throws(LearningFailure) -> NetworkCheckpoint {
        var reader = ArtefactReader(body)
        guard try reader.text() == magic, try reader.words() == [identity] else { throw .corruptArtefact("a checkpoint of something else") }
        var result = NetworkCheckpoint()
        result.losses = (try reader.reals(), try reader.reals())
        result.steps = try reader.integer()
        result.memory = try reader.floats()
        if try reader.integer(in: 0...1) == 1 {
            result.best = Best(loss: try reader.real(), epoch: try reader.integer(), parameters: try reader.floats())
        }
        guard reader.isAtEnd, result.epochs > 0, [0, result.epochs].contains(result.losses.watched.count) else {
            throw .corruptArtefact("a checkpoint that does not fit together")
        }
        return result
    }

    func encode(identity: UInt64) -> [UInt8] {
        var writer = ArtefactWriter()
        writer.text(Self.magic)
        writer.words([identity])
        writer.reals(losses.train)
        writer.reals(losses.watched)
        writer.integer(steps)
        writer.floats(memory)
        writer.integer(best == nil ? 0 : 1)
        if let best {
            writer.real(best.loss)
            writer.integer(best.epoch)
            writer.floats(best.parameters)
        }
        return writer.bytes + Fingerprint.seal(writer.bytes[...])
    }
}

extension ArtefactWriter {
    /// Numbers of single precision, bit for bit, with their count.
    mutating func floats(_ values: [Float]) { integers(values.map { Int32(bitPattern: $0.bitPattern) }) }
}

extension ArtefactReader {
    /// Numbers of single precision.
    mutating func floats() throws(LearningFailure) -> [Float] { try integers().map { Float(bitPattern: UInt32(bitPattern: $0)) } }
}
