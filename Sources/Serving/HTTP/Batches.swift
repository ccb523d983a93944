import Engine
import NIOCore
import Tabular

/// A batch that is scored elsewhere, as its event loop keeps it.
private struct Batch {
    var connection: Connection
    var entry: RouteEntry
    var lane: Lane
    var choice: ArmChoice
    var decoded: DecodedRequest
    var started: UInt64
    var turn: Int
}

extension Connection {
    /// Has the rows of the request scored by the pool; the answer follows, and others are answered meanwhile.
    func scoreElsewhere(_ entry: RouteEntry, _ choice: ArmChoice, _ decoded: DecodedRequest, started: UInt64) throws(InferenceFailure) {
        let former = phase
        phase = .waiting
        extend(loop.options.bodySeconds)
        turn += 1
        let rows = Array(UnsafeBufferPointer(start: loop.serving.rows.rows, count: decoded.rows * entry.route.schema.width))
        do throws(InferenceFailure) {
            try submit(
                Batch(connection: self, entry: entry, lane: entry.lane, choice: choice, decoded: decoded, started: started, turn: turn),
                rows)
        } catch {
            phase = former
            throw error
        }
    }

    /// The scores have come: what was asked is logged and answered, unless the client has gone or has been told that it took too long.
    private func finish(_ batch: Batch, _ rows: [Double], _ scores: [Double]) {
        guard batch.turn == turn, phase == .waiting else { return }
        let (entry, decoded, choice) = (batch.entry, batch.decoded, batch.choice)
        do throws(InferenceFailure) {
            try decoded.check(started: batch.started, now: loop.serving.clock.nanoseconds())
            // Another layout of the deployment has come meanwhile: its codes are others.
            guard entry.lane === batch.lane else { throw .overloaded }
            guard
                let id = loop.serving.record(
                    entry, choice, rows, scores, clientID: decoded.clientID, trace: decoded.trace, started: batch.started)
            else {
                if let champion = try replacement(of: choice, entry) { return try scoreElsewhere(champion, rows, batch) }
                let bad = scores.firstIndex { !$0.isFinite } ?? 0
                throw .notANumber(model: entry.route.deployment, version: choice.version.number, row: bad / entry.lane.outputs)
            }
            write(entry, choice, decoded, id)
        } catch { refuse(error, entry, choice.key) }
        resume()
    }

    /// Who answers in the place of a challenger that has failed; nil where no challenger has.
    private func replacement(of choice: ArmChoice, _ entry: RouteEntry) throws(InferenceFailure) -> ArmChoice? {
        guard choice.arm.isChallenger else { return nil }
        loop.serving.gaveWay(entry, choice.key)
        return try entry.arm(nil)
    }

    private func scoreElsewhere(_ choice: ArmChoice, _ rows: [Double], _ former: Batch) throws(InferenceFailure) {
        var batch = former
        batch.choice = choice
        turn += 1
        batch.turn = turn
        try submit(batch, rows)
    }

    /// Hands a batch to the pool, which hands it back.
    private func submit(_ batch: Batch, _ rows: [Double]) throws(InferenceFailure) {
        let (loops, eventLoop) = (loop.loops, loop.eventLoop)
        let bound = NIOLoopBound(batch, eventLoop: eventLoop)
        let clock = loop.serving.clock
        let isLate: @Sendable () -> Bool = { [decoded = batch.decoded, started = batch.started] in
            decoded.isLate(started: started, now: clock.nanoseconds())
        }
        let isTaken = loops.pool.score(rows, count: batch.decoded.rows, by: batch.choice.version.predictor, unless: isLate) {
            rows, scores, _ in
            loops.execute(on: eventLoop) { bound.value.connection.finish(bound.value, rows, scores) }
        }
        if !isTaken { throw .overloaded }
    }
}
