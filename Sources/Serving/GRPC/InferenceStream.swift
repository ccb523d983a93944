import GRPCCore
import InferenceProtocol
import SwiftProtobuf
import Synchronization

/// A stream of inference requests: each is answered in its turn, an error among them ends nothing.
///
/// When the listener goes away, the request under way is answered first.
struct InferenceStream: Sendable {
    let door: GRPCDoor
    let call: GRPCCall

    /// What the stream is at.
    private enum Work {
        case waiting
        case answering
        case ending
    }

    private final class Turn: Sendable {
        private let work = Mutex(Work.waiting)

        /// A request has come; false where none is answered any more.
        func begin() -> Bool {
            work.withLock { work in
                if work == .ending { return false }
                work = .answering
                return true
            }
        }

        /// It has been answered; false where none is answered any more.
        func end() -> Bool {
            work.withLock { work in
                if work == .ending { return false }
                work = .waiting
                return true
            }
        }

        /// No further request is answered; whether nothing is under way.
        func stop() -> Bool {
            work.withLock { work in
                defer { work = .ending }
                return work == .waiting
            }
        }

        var isEnding: Bool { work.withLock { $0 == .ending } }
    }

    func run(
        _ messages: RPCAsyncSequence<Inference_ModelInferRequest, any Error>, _ writer: RPCWriter<Inference_ModelStreamInferResponse>
    ) async throws {
        let turn = Turn()
        let work = Task {
            for try await message in messages {
                guard turn.begin() else { break }
                try await writer.write(try await answer(message))
                guard turn.end() else { break }
            }
        }
        try await withTaskCancellationHandler {
            try await withRPCCancellationHandler {
                try await work.value
            } onCancelRPC: {
                if turn.stop() { work.cancel() }
            }
        } onCancel: {
            work.cancel()
        }
        if turn.isEnding { throw call.isLate ? GRPCRefusal.late : GRPCRefusal.stopping }
    }

    private func answer(_ request: Inference_ModelInferRequest) async throws -> Inference_ModelStreamInferResponse {
        var response = Inference_ModelStreamInferResponse()
        do {
            response.inferResponse = try await door.infer(request, call)
            if request.parameters["triton_enable_empty_final_response"]?.boolParam == true {
                // One answer a request: it is the last one.
                response.inferResponse.parameters["triton_final_response"] = .with { $0.boolParam = true }
            }
        } catch let error as RPCError where !Self.ending.contains(error.code) {
            response.errorMessage = error.message
            response.inferResponse.id = request.id
        }
        return response
    }

    /// What ends a stream: the next request would fare no better.
    private static let ending: Set<RPCError.Code> = [.unauthenticated, .permissionDenied, .deadlineExceeded]
}
