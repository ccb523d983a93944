import Engine
import NIOCore
import Tabular

/// Answers that only read the routing table.
extension HTTPLoop {
    /// Health, metadata and the repository's index.
    func describe(_ endpoint: Endpoint) -> Answer {
        switch endpoint {
        case .server:
            .json(
                "{\"name\":\"flyball\",\"version\":\"\(host.snapshot.engine.version)\","
                    + "\"extensions\":[\"labels\",\"explain\",\"status\",\"metrics\"]}")
        case .live: .json("{\"live\":true}")
        case .ready: ready()
        case .model(let name, let version): model(name, version: version)
        case .modelReady(let name, let version): modelReady(name, version: version)
        case .repositoryIndex: repositoryIndex()
        case .infer, .labels, .explain, .status, .metrics, .unknown: .error(404, "no such address")
        }
    }

    private func ready() -> Answer {
        let reason: String
        if isDraining {
            reason = "shutting down"
        } else if serving.table.generation == 0 {
            reason = "starting: no deployment is loaded yet"
        } else {
            return .json("{\"ready\":true}")
        }
        var answer = Answer.json("{\"ready\":false,\"error\":\"\(reason)\"}", status: 503)
        answer.retryAfterSeconds = 1
        return answer
    }

    private func model(_ name: String, version: String?) -> Answer {
        guard let entry = serving.entry(name) else { return .error(unknown(name)) }
        if let version, VersionText.number(version).flatMap({ entry.route.version($0) }) == nil {
            return .error(.unknownVersion(model: name, version: version, loaded: entry.route.resident.map(\.number)))
        }
        var body = ByteBuffer()
        ModelDocument(entry.route, maximumRows: options.maximumRows).write(into: &body)
        return Answer(body: body)
    }

    private func modelReady(_ name: String, version: String?) -> Answer {
        guard let entry = serving.entry(name) else { return .error(unknown(name)) }
        do throws(InferenceFailure) {
            _ = try entry.arm(version)
            return .json("{\"name\":\"\(entry.route.deployment)\",\"ready\":true}")
        } catch { return .error(error) }
    }

    private func repositoryIndex() -> Answer {
        var body = ByteBuffer(string: "[")
        for (i, name) in serving.table.routes.keys.sorted().enumerated() {
            guard let route = serving.table.routes[name] else { continue }
            let answers = route.state != .paused && route.champion != nil
            body.writeStaticString(i == 0 ? "{\"name\":" : ",{\"name\":")
            body.writeJSON(name)
            body.writeString(
                ",\"version\":\"\(route.champion.map { String($0.number) } ?? "")\",\"state\":\"\(answers ? "READY" : "UNAVAILABLE")\","
                    + "\"reason\":\"\(answers ? "" : route.state.rawValue)\"}")
        }
        body.writeStaticString("]")
        return Answer(body: body)
    }
}
