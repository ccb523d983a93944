import Engine
import GRPCCore
import InferenceProtocol
import SwiftProtobuf
import Tabular

/// `inference.GRPCInferenceService`: what HTTP answers under /v2.
struct InferenceService: Inference_GRPCInferenceService.ServiceProtocol {
    let door: GRPCDoor

    func serverLive(
        request: ServerRequest<Inference_ServerLiveRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ServerLiveResponse> {
        try await answer(request.metadata, .live) { _ in .with { $0.live = true } }
    }

    func serverReady(
        request: ServerRequest<Inference_ServerReadyRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ServerReadyResponse> {
        try await answer(request.metadata, .ready) { loop in .with { $0.ready = !loop.http.isStopping && loop.serving.generation > 0 } }
    }

    func modelReady(
        request: ServerRequest<Inference_ModelReadyRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelReadyResponse> {
        let (name, version) = (request.message.name, Self.version(request.message.version))
        return try await answer(request.metadata, .modelReady(name, version: version)) { loop in
            // A model that nobody knows is not ready: its client asks for no more than that.
            let isReady = loop.serving.entry(name).flatMap { try? $0.arm(version) } != nil
            return .with { $0.ready = isReady }
        }
    }

    func serverMetadata(
        request: ServerRequest<Inference_ServerMetadataRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ServerMetadataResponse> {
        let version = door.host.snapshot.engine.version
        return try await answer(request.metadata, .server) { _ in
            .with {
                $0.name = "flyball"
                $0.version = version
                $0.extensions = ["model_configuration", "statistics", "model_repository", "labels"]
            }
        }
    }

    func modelMetadata(
        request: ServerRequest<Inference_ModelMetadataRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelMetadataResponse> {
        let (name, version) = (request.message.name, Self.version(request.message.version))
        return try await answer(request.metadata, .model(name, version: version)) { loop throws(RPCError) in
            try Self.document(loop, name, version).metadata
        }
    }

    func modelConfig(
        request: ServerRequest<Inference_ModelConfigRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelConfigResponse> {
        let (name, version) = (request.message.name, Self.version(request.message.version))
        return try await answer(request.metadata, .modelConfiguration(name, version: version)) { loop throws(RPCError) in
            try Self.document(loop, name, version).configuration
        }
    }

    func modelStatistics(
        request: ServerRequest<Inference_ModelStatisticsRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelStatisticsResponse> {
        let name = request.message.name.isEmpty ? nil : request.message.name
        let version = Self.version(request.message.version)
        let known = door.reports.versions
        return try await answer(request.metadata, .statistics(name, version: version)) { loop throws(RPCError) in
            do throws(InferenceFailure) {
                return ModelStatistics.message(try loop.http.resident(name, version: version), known)
            } catch { throw GRPCRefusal.error(error) }
        }
    }

    func repositoryIndex(
        request: ServerRequest<Inference_RepositoryIndexRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_RepositoryIndexResponse> {
        let readyOnly = request.message.ready
        return try await answer(request.metadata, .repositoryIndex) { loop in loop.http.index(readyOnly: readyOnly) }
    }

    func modelInfer(
        request: ServerRequest<Inference_ModelInferRequest>, context: ServerContext
    ) async throws -> ServerResponse<Inference_ModelInferResponse> {
        ServerResponse(message: try await door.infer(request.message, GRPCCall(request.metadata)))
    }

    func modelStreamInfer(
        request: StreamingServerRequest<Inference_ModelInferRequest>, context: ServerContext
    ) async throws -> StreamingServerResponse<Inference_ModelStreamInferResponse> {
        let call = GRPCCall(request.metadata)
        // Who may ask is known by message, since each names its model; that somebody may ask at all, at once.
        _ = try await door.answer(call, .server, counts: false) { _, _ in true }
        let door = door
        return StreamingServerResponse { writer in
            try await InferenceStream(door: door, call: call).run(request.messages, writer)
            return [:]
        }
    }

    // MARK: Parts

    private func answer<Value: Sendable>(
        _ metadata: Metadata, _ endpoint: Endpoint, _ body: @escaping @Sendable (GRPCLoop) throws(RPCError) -> Value
    ) async throws -> ServerResponse<Value> {
        ServerResponse(
            message: try await door.answer(GRPCCall(metadata), endpoint) { loop, _ throws(RPCError) in try body(loop) })
    }

    private static func version(_ text: String) -> String? { text.isEmpty ? nil : text }

    private static func document(_ loop: GRPCLoop, _ name: String, _ version: String?) throws(RPCError) -> ModelDocument {
        do throws(InferenceFailure) {
            return ModelDocument(
                try loop.http.route(name, version: version), version: version.flatMap { VersionText.number($0) },
                maximumRows: loop.http.options.maximumRows)
        } catch { throw GRPCRefusal.error(error) }
    }
}
