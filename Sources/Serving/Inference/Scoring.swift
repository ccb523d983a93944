import Engine
import Tabular

extension InferenceFailure {
    /// What a request that is answered so counts as.
    var end: RequestEnd {
        switch status {
        case 500: .failed
        case 503, 504: .refused
        default: .rejected
        }
    }
}

extension ServingLoop {
    /// Scores the request whose rows stand in `rows`, whatever protocol has brought it.
    ///
    /// - Parameters:
    ///   - usual: who answers where nobody is challenged.
    ///   - drawn: whom it falls to.
    /// - Returns: who has answered, and the request's id.
    @inline(__always)
    func answer(
        _ entry: RouteEntry, _ usual: ArmChoice, _ drawn: ArmChoice, _ decoded: DecodedRequest, started: UInt64
    ) throws(InferenceFailure) -> (choice: ArmChoice, id: PredictionID) {
        if let id = predict(entry, drawn, count: decoded.rows, clientID: decoded.clientID, trace: decoded.trace, started: started) {
            return (drawn, id)
        }
        // A challenger that fails costs nobody an answer.
        if drawn.arm.isChallenger { gaveWay(entry, drawn.key) }
        guard drawn.arm.isChallenger,
            let id = predict(entry, usual, count: decoded.rows, clientID: decoded.clientID, trace: decoded.trace, started: started)
        else {
            let outputs = entry.lane.outputs
            let bad = (0..<decoded.rows * outputs).first { !rows.scores[$0].isFinite } ?? 0
            throw .notANumber(model: entry.route.deployment, version: usual.version.number, row: bad / outputs)
        }
        return (usual, id)
    }
}
