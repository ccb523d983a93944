import Engine
import GRPCCore
import InferenceProtocol
import NIOCore
import Synchronization

/// The way from a call, which runs as a task, to what event loops own.
final class GRPCDoor: Sendable {
    let host: any ServingHost
    let reports: Reports
    private let loops: ServingLoops
    private let contexts: [NIOLoopBound<GRPCLoop>]
    private let turn = Atomic(0)

    init(_ loops: ServingLoops, contexts: [NIOLoopBound<GRPCLoop>], host: any ServingHost, reports: Reports) {
        self.loops = loops
        self.contexts = contexts
        self.host = host
        self.reports = reports
    }

    /// What a loop's calls share; on that loop only.
    subscript(index: Int) -> GRPCLoop { contexts[index].value }

    /// The place of an event loop in the list of all.
    func index(of eventLoop: any EventLoop) -> Int? { loops.eventLoops.firstIndex { $0 === eventLoop } }

    private var next: Int {
        let value = turn.wrappingAdd(1, ordering: .relaxed).oldValue
        return Int(UInt(bitPattern: value) % UInt(contexts.count))
    }

    /// Admits a call on an event loop, runs `body` there and counts what it comes to.
    func answer<Value: Sendable>(
        _ call: GRPCCall, _ endpoint: Endpoint, counts: Bool = true,
        _ body: @escaping @Sendable (GRPCLoop, _ token: String?) throws(RPCError) -> Value
    ) async throws -> Value {
        let index = next
        return try await withCheckedThrowingContinuation { continuation in
            let isThere = loops.execute(on: loops.eventLoops[index]) {
                let loop = self[index]
                do throws(RPCError) {
                    let value = try body(loop, try loop.admit(call, endpoint))
                    if counts { loop.counters.count(nil) }
                    continuation.resume(returning: value)
                } catch {
                    loop.counters.count(error.code)
                    continuation.resume(throwing: error)
                }
            }
            if !isThere { continuation.resume(throwing: GRPCRefusal.stopping) }
        }
    }

    /// Answers an inference request.
    func infer(_ request: Inference_ModelInferRequest, _ call: GRPCCall) async throws -> Inference_ModelInferResponse {
        let index = next
        let answer: GRPCAnswer = try await withCheckedThrowingContinuation { continuation in
            let (loops, eventLoop) = (loops, loops.eventLoops[index])
            let isThere = loops.execute(on: eventLoop) {
                self[index].infer(request, call) { result in
                    continuation.resume(with: result)
                }
            }
            if !isThere { continuation.resume(throwing: GRPCRefusal.stopping) }
        }
        return answer.message
    }

    /// Counts a call that nobody had a right to, and that was not admitted on a loop.
    func refuse(_ reason: AccessRefusal.Reason) {
        let index = next
        loops.execute(on: loops.eventLoops[index]) { self[index].serving.refuse(reason) }
    }

    /// What all loops have answered since start.
    func counters() async -> [GRPCCounters] { await loops.onEveryLoop { self[$0].counters } }

    /// Counts what a call has come to that was not answered on a loop.
    func count(_ code: RPCError.Code?) {
        let index = next
        loops.execute(on: loops.eventLoops[index]) { self[index].counters.count(code) }
    }
}
