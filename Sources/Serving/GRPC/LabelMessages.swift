import Engine
import GRPCCore
import InferenceProtocol
import NIOCore
import SwiftProtobuf
import Tabular

/// `flyball.v1.LabelService`: what HTTP takes at /v1/deployments/NAME/labels.
struct LabelMessages: Flyball_V1_LabelService.ServiceProtocol {
    let door: GRPCDoor

    /// What the event loop says of a call with labels.
    private struct Admitted: Sendable {
        var schema: Schema
        /// Accounts whose labels are taken; nil: nobody is told apart, or a token came.
        var accounts: LabelAccounts?
    }

    func put(
        request: ServerRequest<Flyball_V1_PutLabelsRequest>, context: ServerContext
    ) async throws -> ServerResponse<Flyball_V1_PutLabelsResponse> {
        let name = request.message.deployment
        let call = GRPCCall(request.metadata)
        let admitted = try await door.answer(call, .labels(name), counts: false) { loop, token throws(RPCError) in
            guard let schema = loop.serving.table.routes[name]?.schema else { throw GRPCRefusal.error(loop.http.unknown(name)) }
            return Admitted(schema: schema, accounts: token == nil ? loop.serving.table.access.labelAccounts : nil)
        }
        do throws(RPCError) {
            let response = try await take(request.message, call, admitted, context)
            door.count(nil)
            return ServerResponse(message: response)
        } catch {
            door.count(error.code)
            throw error
        }
    }

    private func take(
        _ message: Flyball_V1_PutLabelsRequest, _ call: GRPCCall, _ admitted: Admitted, _ context: ServerContext
    ) async throws(RPCError) -> Flyball_V1_PutLabelsResponse {
        if let accounts = admitted.accounts {
            let uid = await PeerAccount.uid(of: Self.address(context.remotePeer), to: Self.address(context.localPeer))
            guard let uid, accounts.allows(uid) else {
                door.refuse(.account)
                throw GRPCRefusal.error(403, PeerAccount.refusal)
            }
        }
        let labels: [IncomingLabel]
        do throws(LabelFailure) { labels = try Self.labels(message.labels) } catch {
            throw GRPCRefusal.error(error.status, error.description)
        }
        switch await door.host.acceptLabels(labels, deployment: message.deployment) {
        case .success(let results):
            var response = Flyball_V1_PutLabelsResponse()
            for (label, result) in zip(labels, results) {
                response.results.append(
                    .with {
                        $0.id = label.id
                        $0.outcome = result.rawValue
                        $0.reason = LabelAnswer.reason(result, label, admitted.schema) ?? ""
                    })
                response.counts[result.rawValue, default: 0] += 1
            }
            return response
        case .failure(let failure): throw GRPCRefusal.error(failure, workspace: door.host.workspaceDirectory)
        }
    }

    /// The labels with their limits, which are those of HTTP.
    private static func labels(_ messages: [Flyball_V1_Label]) throws(LabelFailure) -> [IncomingLabel] {
        guard !messages.isEmpty else { throw .label(nil, "no labels: send one at least, with its id and value") }
        guard messages.count <= LabelDecoder.maximumLabels else { throw .tooMany }
        var labels: [IncomingLabel] = []
        for (index, message) in messages.enumerated() {
            guard (1...1_024).contains(message.id.utf8.count) else { throw .label(index, "id: 1 to 1,024 bytes are wanted") }
            labels.append(IncomingLabel(id: message.id, value: try value(message, index), correct: message.correct))
        }
        return labels
    }

    private static func value(_ message: Flyball_V1_Label, _ index: Int) throws(LabelFailure) -> String {
        switch message.value {
        case .text(let text):
            guard (1...1_024).contains(text.utf8.count) else { throw .label(index, "value: 1 to 1,024 bytes are wanted") }
            return text
        case .number(let number):
            guard number.isFinite else { throw .label(index, "value: a finite number is wanted") }
            return Int64(exactly: number).map { String($0) } ?? number.description
        case .integer(let number): return String(number)
        case .truth(let value): return value ? "true" : "false"
        case nil: throw .label(index, "value: missing: the true class or number")
        }
    }

    /// `ipv4:127.0.0.1:5000`, `ipv6:[::1]:5000`.
    private static func address(_ text: String) -> SocketAddress? {
        guard let scheme = text.firstIndex(of: ":"), let place = ListenAddress(String(text[text.index(after: scheme)...])) else {
            return nil
        }
        return try? SocketAddress(ipAddress: place.host, port: place.port)
    }
}
