import Engine
import NIOCore
import Tabular

extension Connection {
    /// Asks the engine's one door for a change, in the token's name.
    func act(_ verb: AdminVerb, _ name: String?) {
        // Without a token nobody has come so far.
        guard let token = request.token else { return send(.error(403, "\(verb.rawValue) needs a token with the scope admin")) }
        let order: ActionRequest
        do throws(AdminFailure) {
            order = try request.body.withUnsafeReadableBytes { bytes throws(AdminFailure) in
                var decoder = AdminDecoder(bytes.assumingMemoryBound(to: UInt8.self), verb, name)
                return try decoder.decode()
            }
        } catch { return send(.error(400, error.description)) }
        request.body = ByteBuffer()
        let host = loop.host
        answerLater {
            switch await host.perform(order, by: .token(token)) {
            case .success(let receipt): return Answer(body: ReceiptAnswer(receipt).body)
            case .failure(let failure): return Self.answer(to: failure, workspace: host.workspaceDirectory)
            }
        }
    }
}

/// What came of a change, for whoever asked for it.
private struct ReceiptAnswer {
    let receipt: Receipt

    init(_ receipt: Receipt) { self.receipt = receipt }

    var body: ByteBuffer {
        var body = ByteBuffer()
        body.writeStaticString("{\"summary\":")
        body.writeJSON(receipt.summary)
        if let name = receipt.deployment {
            body.writeStaticString(",\"deployment\":")
            body.writeJSON(name)
        }
        if let version = receipt.version { body.writeString(",\"version\":\(version)") }
        body.writeString(",\"journalled\":\(receipt.isJournalled)")
        if let row = receipt.journalSequence { body.writeString(",\"journal_row\":\(row)") }
        body.writeString(",\"commit_nanoseconds\":\(receipt.commitNanoseconds)")
        if let swap = receipt.swapNanoseconds { body.writeString(",\"swap_nanoseconds\":\(swap)") }
        body.writeString(",\"at\":\"\(TimeText.rfc3339(receipt.at))\"}")
        return body
    }
}
