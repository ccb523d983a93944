import Foundation
import Tabular

/// Trains a network on batches of rows; the result does not depend on the number of threads.
///
/// A batch is cut into a fixed number of blocks, each with a gradient of its own; gradients are added in the order of the blocks.
final class NetworkTrainer {
    /// Rows between two looks at whoever wants to stop the training.
    private static let checkedRows = 8_192
    /// Parameters from which a step is shared among the threads.
    private static let sharedStep = 16_384

    let shape: NetworkShape
    private let head: NetworkHead
    private let adam: Adam
    private let team: WorkerTeam
    private let batch: Int
    private let blocks: [BlockPass]
    private let blockRows: Int
    /// Steps made so far.
    private(set) var steps = 0

    init(_ shape: NetworkShape, head: NetworkHead, batch: Int, seed: UInt64, team: WorkerTeam) {
        self.shape = shape
        self.head = head
        self.batch = batch
        self.team = team
        adam = Adam(shape.start(seed: seed))
        let count = batch >= 256 ? 4 : batch >= 64 ? 2 : 1
        let blockRows = (batch + count - 1) / count
        self.blockRows = blockRows
        blocks = (0..<count).map { _ in BlockPass(shape, rows: blockRows) }
    }

    var parameters: [Float] { adam.parameters.array }
    /// All that the next step depends on, beside the number of steps.
    var memory: [Float] { adam.memory }

    /// Goes on from what another process had learnt.
    func resume(_ memory: [Float], steps: Int) {
        adam.memory = memory
        self.steps = steps
    }

    /// One pass over the rows in some order; gives the mean loss, each batch's before it was learnt.
    ///
    /// `rate` gives the learning rate at a share of the epoch.
    func epoch(
        _ rows: NetworkRows, order: [Int32], decay: Double, hooks: TrainingHooks, rate: (Double) -> Double
    ) throws(LearningFailure) -> Double {
        var loss = 0.0
        var next = 0
        for start in stride(from: 0, to: order.count, by: batch) {
            if start >= next {
                try hooks.checkpoint()
                next = start + Self.checkedRows
            }
            let count = min(batch, order.count - start)
            loss += step(
                rows, order, start..<(start + count), rate: rate(Double(start) / Double(order.count)), decay: decay)
        }
        return loss / Double(max(1, order.count))
    }

    private func step(_ rows: NetworkRows, _ order: [Int32], _ range: Range<Int>, rate: Double, decay: Double) -> Double {
        steps += 1
        let used = (range.count + blockRows - 1) / blockRows
        let scale = 1 / Float(range.count)
        let threads = min(team.count, used)
        let pass = { @Sendable [blocks, adam, head, shape, blockRows] (block: Int) in
            let own = blocks[block]
            let first = range.lowerBound + block * blockRows
            let count = min(blockRows, range.upperBound - first)
            let outputs = shape.outputs
            for row in 0..<count { rows.write(Int(order[first + row]), to: own.values[0].base + row * shape.inputs) }
            own.forward(rows: count, parameters: adam.parameters.base)
            var loss = 0.0
            for row in 0..<count {
                let index = Int(order[first + row])
                let weight = rows.weight(index)
                loss +=
                    weight
                    * head.slope(
                        own.values[shape.layers].base + row * outputs, count: outputs, target: rows.targets[index],
                        scale: scale * Float(weight))
            }
            own.loss.base.pointee = loss
            own.backward(rows: count, parameters: adam.parameters.base)
        }
        if threads > 1 {
            team.run { thread in for block in stride(from: thread, to: used, by: threads) where thread < threads { pass(block) } }
        } else {
            for block in 0..<used { pass(block) }
        }
        let gradients = blocks.prefix(used).map(\.gradient)
        let all = 0..<shape.parameters
        let number = steps
        team.divide(all, least: Self.sharedStep) { [adam] _, part in
            adam.step(part, gradients: gradients, step: number, rate: rate, decay: decay)
        }
        return blocks.prefix(used).reduce(0) { $0 + $1.loss.base.pointee }
    }

    /// The mean loss of rows that are not learnt, no row weighing more than another.
    func loss(_ rows: NetworkRows, hooks: TrainingHooks) throws(LearningFailure) -> Double {
        let block = blocks[0]
        var sum = 0.0
        var next = 0
        for start in stride(from: 0, to: rows.count, by: blockRows) {
            if start >= next {
                try hooks.checkpoint()
                next = start + Self.checkedRows
            }
            let count = min(blockRows, rows.count - start)
            for row in 0..<count { rows.write(start + row, to: block.values[0].base + row * shape.inputs) }
            block.forward(rows: count, parameters: adam.parameters.base)
            for row in 0..<count {
                let outputs = block.values[shape.layers].base + row * shape.outputs
                sum += head.slope(outputs, count: shape.outputs, target: rows.targets[start + row], scale: 1)
            }
        }
        return sum / Double(max(1, rows.count))
    }
}
