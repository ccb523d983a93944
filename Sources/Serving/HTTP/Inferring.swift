import Engine
import NIOCore
import Tabular

extension Connection {
    /// Answers an inference request on the spot.
    func infer(_ name: String, version: String?) {
        guard let entry = entry(name) else { return send(.error(loop.unknown(name))) }
        let started = loop.serving.clock.nanoseconds()
        var arm: ArmKey?
        do throws(InferenceFailure) {
            guard loop.serving.admits(started) else { throw .overloaded }
            let choice = try entry.arm(version)
            arm = choice.key
            try answer(entry, choice, started: started)
        } catch { refuse(error, entry, arm) }
        request.body = ByteBuffer()
    }

    /// Counts a request that is answered with an error, and says why.
    func refuse(_ failure: InferenceFailure, _ entry: RouteEntry, _ arm: ArmKey?) {
        loop.serving.count(failure.end, of: entry, arm: arm)
        if failure == .overloaded { loop.counters.shed += 1 }
        send(.error(failure))
    }

    private func entry(_ name: String) -> RouteEntry? {
        if let entry = memory.target.entry, entry.generation == loop.serving.generation { return entry }
        memory.target.entry = loop.serving.entry(name)
        return memory.target.entry
    }

    private func answer(_ entry: RouteEntry, _ choice: ArmChoice, started: UInt64) throws(InferenceFailure) {
        var decoded = try loop.decode(request.body, jsonLength: request.jsonLength, entry: entry)
        decoded.trace = request.trace
        try decoded.check(started: started, now: loop.serving.clock.nanoseconds())
        let drawn = loop.serving.challenged(entry, choice, clientID: decoded.clientID, header: request.key)
        if decoded.rows > ScoringPool.rowsOnLoop { return try scoreElsewhere(entry, drawn, decoded, started: started) }
        let answered = try loop.serving.answer(entry, choice, drawn, decoded, started: started)
        write(entry, answered.choice, decoded, answered.id)
    }

    /// Writes the answer whose scores stand in the loop's buffer.
    func write(_ entry: RouteEntry, _ choice: ArmChoice, _ decoded: DecodedRequest, _ id: PredictionID) {
        let outputs = entry.lane.outputs
        let keepAlive = keepsAlive
        let answer = InferenceAnswer(
            id: id, version: choice.version.number, learnt: choice.version.learnt, arm: choice.arm, rows: decoded.rows, outputs: outputs,
            clientID: decoded.clientID, isBinary: decoded.wantsBinary, trace: decoded.trace,
            threshold: entry.threshold(of: choice.version.number), wantsLabel: decoded.wantsLabel)
        loop.counters.count(200)
        loop.output.open(for: self)
        loop.output.render(
            answer, entry: entry, scores: loop.serving.rows.scores, accepted: request.acceptEncoding, keepAlive: keepAlive, date: loop.date)
        hasWritten(keepAlive: keepAlive)
        if !entry.route.shadows.isEmpty, choice.arm == .champion { loop.serving.mirror(entry, count: decoded.rows) }
    }
}
