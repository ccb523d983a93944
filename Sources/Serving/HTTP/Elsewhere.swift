import Engine
import NIOCore
import Tabular

/// Answers that are made off the event loop.
extension Connection {
    /// Commits labels; the answer follows the durable commit.
    func labels(_ name: String) {
        guard let schema = loop.serving.table.routes[name]?.schema else { return send(.error(loop.unknown(name))) }
        let labels: [IncomingLabel]
        do throws(LabelFailure) {
            labels = try request.body.withUnsafeReadableBytes { bytes throws(LabelFailure) in
                var decoder = LabelDecoder(bytes.assumingMemoryBound(to: UInt8.self))
                return try decoder.decode()
            }
        } catch { return send(.error(error.status, error.description)) }
        request.body = ByteBuffer()
        let host = loop.host
        let labelGuard = labelGuard
        answerLater {
            if let refusal = await labelGuard?() { return refusal }
            switch await host.acceptLabels(labels, deployment: name) {
            case .success(let results):
                var body = ByteBuffer()
                LabelAnswer.write(labels, results, schema: schema, into: &body)
                return Answer(body: body)
            case .failure(let failure): return Self.answer(to: failure, workspace: host.workspaceDirectory)
            }
        }
    }

    /// Says why the champion gives the rows of an inference request their scores; nothing is logged.
    func explain(_ name: String) {
        guard let entry = loop.serving.entry(name) else { return send(.error(loop.unknown(name))) }
        let width = entry.route.schema.width
        let version: UInt32
        let rows: [Double]
        do throws(InferenceFailure) {
            version = try entry.arm(nil).version.number
            guard version != PausedAnswer.noVersion else {
                request.body = ByteBuffer()
                return send(
                    .error(409, "\(entry.route.deployment) is paused and gives every row the same answer: there is nothing to explain"))
            }
            let decoded = try loop.decode(request.body, jsonLength: request.jsonLength, entry: entry)
            guard decoded.rows <= ExplanationAnswer.mostRows else {
                request.body = ByteBuffer()
                return send(
                    .error(400, "\(decoded.rows) rows: at most \(ExplanationAnswer.mostRows) are explained at a time: send them in parts"))
            }
            rows = Array(UnsafeBufferPointer(start: loop.serving.rows.rows, count: decoded.rows * width))
        } catch {
            request.body = ByteBuffer()
            return send(.error(error))
        }
        request.body = ByteBuffer()
        let host = loop.host
        answerLater {
            switch await host.explain(rows, deployment: name, version: version) {
            case .success(let found):
                return Answer(body: ExplanationAnswer(deployment: name, version: version, explanations: found).body)
            case .failure(let failure): return Self.answer(to: failure, workspace: host.workspaceDirectory)
            }
        }
    }

    /// Status and metrics: rendered on a queue of their own, since a large fleet takes milliseconds.
    func report() {
        let reports = loop.reports
        if request.endpoint == .status { return answerLater { await reports.status() } }
        let isOpenMetrics = request.accept.contains("application/openmetrics-text")
        answerLater { await reports.metrics(openMetrics: isOpenMetrics) }
    }

    /// What versions have answered since start.
    func statistics(_ name: String?, version: String?) {
        let reports = loop.reports
        do throws(InferenceFailure) {
            let asked = try loop.resident(name, version: version)
            answerLater { await reports.statistics(asked) }
        } catch { send(.error(error)) }
    }

    func answerLater(_ make: @escaping @Sendable () async -> Answer) {
        phase = .waiting
        extend(loop.options.bodySeconds)
        turn += 1
        let expected = turn
        let eventLoop = loop.eventLoop
        let loops = loop.loops
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let accepted = request.acceptEncoding
        Task {
            let answer = await make().packed(for: accepted)
            loops.execute(on: eventLoop) {
                let connection = bound.value
                guard connection.turn == expected, connection.phase == .waiting else { return }
                connection.send(answer)
                connection.resume()
            }
        }
    }

    static func answer(to failure: ActionFailure, workspace: String) -> Answer {
        .error(
            failure.status, failure.withoutPaths(workspace: workspace), retryAfterSeconds: failure.status == 503 ? 1 : nil)
    }
}

extension ActionFailure {
    /// The status of the answer.
    var status: Int {
        switch self {
        case .notFound: 404
        case .invalid: 400
        case .changed, .refused: 409
        case .notAuthorised: 403
        case .store, .unavailable: 503
        }
    }
}
