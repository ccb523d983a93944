import Engine
import GRPCCore
import InferenceProtocol
import NIOCore
import Tabular

/// What the gRPC calls that are worked on in one event loop share.
///
/// Confined to its loop; calls come from tasks, do what they have to in one turn, and take their answer away.
final class GRPCLoop {
    let serving: ServingLoop
    let loops: ServingLoops
    let http: HTTPLoop
    let address: ListenAddress
    var counters = GRPCCounters()
    /// Bytes of requests that calls hold which have not been answered.
    var held = 0
    private var admission = Admission()

    init(_ http: HTTPLoop, address: ListenAddress) {
        self.http = http
        serving = http.serving
        loops = http.loops
        self.address = address
    }

    /// Throws where a call may not be answered; the token's name where one came.
    func admit(_ call: GRPCCall, _ endpoint: Endpoint) throws(RPCError) -> String? {
        guard address.admits(hostHeader: call.authority) else {
            serving.refuse(.origin)
            throw GRPCRefusal.error(
                403, ":authority: \(InferenceFailure.short(call.authority)) is not this listener: call it \(address.text)")
        }
        if call.hasTwoAuthorizations { throw GRPCRefusal.error(400, "authorization: one entry at most") }
        if call.isLate { throw GRPCRefusal.late }
        switch serving.decide(
            endpoint.rule, call.authorization, isBearer: AccessTable.bearer(call.authorization) != nil, isLoopback: address.isLoopback,
            &admission)
        {
        case .open: return nil
        case .token(let name): return name
        case .starting: throw GRPCRefusal.starting
        case .refused(let refusal): throw GRPCRefusal.error(refusal)
        }
    }

    // MARK: Inference

    /// A request on its way through the loop.
    private struct Work {
        var call: GRPCCall
        var entry: RouteEntry
        var lane: Lane
        var choice: ArmChoice
        var decoded: DecodedRequest
        var started: UInt64
        var done: @Sendable (Result<GRPCAnswer, RPCError>) -> Void
    }

    /// Answers an inference request, at once or when the pool has scored it; `done` is called once.
    func infer(
        _ request: Inference_ModelInferRequest, _ call: GRPCCall, _ done: @escaping @Sendable (Result<GRPCAnswer, RPCError>) -> Void
    ) {
        func fail(_ error: RPCError) {
            counters.count(error.code)
            done(.failure(error))
        }
        let version = request.modelVersion.isEmpty ? nil : request.modelVersion
        do throws(RPCError) { _ = try admit(call, .infer(request.modelName, version: version)) } catch { return fail(error) }
        guard let entry = serving.entry(request.modelName) else { return fail(GRPCRefusal.error(http.unknown(request.modelName))) }
        let started = serving.clock.nanoseconds()
        var arm: ArmKey?
        do throws(InferenceFailure) {
            guard serving.admits(started) else { throw .overloaded }
            let choice = try entry.arm(version)
            arm = choice.key
            var decoder = MessageDecoder(
                plan: entry.messagePlan, lane: entry.lane, buffer: serving.rows, maximumRows: http.options.maximumRows)
            var decoded = try decoder.decode(request)
            decoded.trace = call.trace
            try decoded.check(started: started, now: serving.clock.nanoseconds())
            let drawn = serving.challenged(entry, choice, clientID: decoded.clientID, header: call.key)
            if decoded.rows > ScoringPool.rowsOnLoop {
                let rows = Array(UnsafeBufferPointer(start: serving.rows.rows, count: decoded.rows * entry.route.schema.width))
                return try submit(
                    Work(call: call, entry: entry, lane: entry.lane, choice: drawn, decoded: decoded, started: started, done: done), rows)
            }
            let answered = try serving.answer(entry, choice, drawn, decoded, started: started)
            done(.success(take(entry, answered.choice, decoded, answered.id)))
        } catch { fail(refuse(error, entry, arm)) }
    }

    /// Takes the answer whose scores stand in the loop's buffer, and lets shadows have the rows.
    private func take(_ entry: RouteEntry, _ choice: ArmChoice, _ decoded: DecodedRequest, _ id: PredictionID) -> GRPCAnswer {
        let outputs = entry.lane.outputs
        var answer = GRPCAnswer(
            model: entry.route.deployment,
            answer: InferenceAnswer(
                id: id, version: choice.version.number, learnt: choice.version.learnt, arm: choice.arm, rows: decoded.rows,
                outputs: outputs, clientID: decoded.clientID, isBinary: decoded.wantsBinary, trace: decoded.trace,
                threshold: entry.threshold(of: choice.version.number), wantsLabel: decoded.wantsLabel),
            scores: Array(UnsafeBufferPointer(start: serving.rows.scores, count: decoded.rows * outputs)))
        if decoded.wantsLabel { answer.name(entry.route.schema.target) }
        counters.count(nil)
        if !entry.route.shadows.isEmpty, choice.arm == .champion { serving.mirror(entry, count: decoded.rows) }
        return answer
    }

    private func refuse(_ failure: InferenceFailure, _ entry: RouteEntry, _ arm: ArmKey?) -> RPCError {
        serving.count(failure.end, of: entry, arm: arm)
        if failure == .overloaded { counters.shed += 1 }
        return GRPCRefusal.error(failure)
    }

    /// Hands a batch to the pool, which hands it back.
    private func submit(_ work: Work, _ rows: [Double]) throws(InferenceFailure) {
        let (loops, eventLoop) = (loops, serving.eventLoop)
        let bound = NIOLoopBound((self, work), eventLoop: eventLoop)
        let done = work.done
        let clock = serving.clock
        let isLate: @Sendable () -> Bool = { [call = work.call, decoded = work.decoded, started = work.started] in
            call.isLate || decoded.isLate(started: started, now: clock.nanoseconds())
        }
        let isTaken = loops.pool.score(rows, count: work.decoded.rows, by: work.choice.version.predictor, unless: isLate) {
            rows, scores, _ in
            let isThere = loops.execute(on: eventLoop) {
                let (loop, work) = bound.value
                loop.finish(work, rows, scores)
            }
            if !isThere { done(.failure(GRPCRefusal.stopping)) }
        }
        if !isTaken { throw .overloaded }
    }

    /// The scores have come: what was asked is logged and answered, unless nobody waits any more.
    private func finish(_ work: Work, _ rows: [Double], _ scores: [Double]) {
        let (entry, decoded, choice) = (work.entry, work.decoded, work.choice)
        func fail(_ error: RPCError) {
            counters.count(error.code)
            work.done(.failure(error))
        }
        guard !work.call.isLate else { return fail(GRPCRefusal.late) }
        do throws(InferenceFailure) {
            try decoded.check(started: work.started, now: serving.clock.nanoseconds())
            // Another layout of the deployment has come meanwhile: its codes are others.
            guard entry.lane === work.lane else { throw .overloaded }
            guard
                let id = serving.record(
                    entry, choice, rows, scores, clientID: decoded.clientID, trace: decoded.trace, started: work.started)
            else {
                guard choice.arm.isChallenger else {
                    let bad = scores.firstIndex { !$0.isFinite } ?? 0
                    throw .notANumber(model: entry.route.deployment, version: choice.version.number, row: bad / entry.lane.outputs)
                }
                // A challenger that fails costs nobody an answer.
                serving.gaveWay(entry, choice.key)
                var again = work
                again.choice = try entry.arm(nil)
                return try submit(again, rows)
            }
            work.done(.success(take(entry, choice, decoded, id)))
        } catch { fail(refuse(error, entry, choice.key)) }
    }
}

extension RouteEntry {
    /// How messages are read into rows.
    var messagePlan: RowPlan { attachment { RowPlan($0.schema) } }
}
