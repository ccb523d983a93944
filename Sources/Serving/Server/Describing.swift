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
                    + "\"extensions\":[\"binary_tensor_data\",\"model_configuration\",\"statistics\",\"model_repository\",\"labels\",\"explain\",\"status\",\"metrics\"]}"
            )
        case .live: .json("{\"live\":true}")
        case .ready: ready()
        case .model(let name, let version): model(name, version: version) { $0.write(into: &$1) }
        case .modelReady(let name, let version): modelReady(name, version: version)
        case .modelConfiguration(let name, let version): model(name, version: version) { $0.writeConfiguration(into: &$1) }
        case .repositoryIndex: repositoryIndex()
        case .infer, .labels, .explain, .statistics, .verb, .status, .metrics, .unknown: .error(404, "no such address")
        }
    }

    private func ready() -> Answer {
        let reason: String
        if isStopping {
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

    private func model(_ name: String, version: String?, write: (ModelDocument, inout ByteBuffer) -> Void) -> Answer {
        do throws(InferenceFailure) {
            var body = ByteBuffer()
            let document = ModelDocument(
                try route(name, version: version), version: version.flatMap { VersionText.number($0) }, maximumRows: options.maximumRows)
            write(document, &body)
            return Answer(body: body)
        } catch { return .error(error) }
    }

    /// The route of a model that has the version in memory, if one is named.
    func route(_ name: String, version: String?) throws(InferenceFailure) -> Route {
        guard let entry = serving.entry(name) else { throw unknown(name) }
        if let version, VersionText.number(version).flatMap({ entry.route.version($0) }) == nil {
            throw .unknownVersion(model: name, version: version, loaded: entry.route.resident.map(\.number))
        }
        return entry.route
    }

    /// The versions in memory that statistics are asked of: one, those of a model, or all; of all none for a deployment that has none.
    func resident(_ name: String?, version: String?) throws(InferenceFailure) -> [(model: String, versions: [UInt32])] {
        guard let name else {
            return serving.table.routes.values.map { (model: $0.deployment, versions: $0.resident.map(\.number).sorted()) }
                .sorted { $0.model < $1.model }
        }
        let route = try route(name, version: version)
        return [(model: name, versions: version.flatMap { VersionText.number($0) }.map { [$0] } ?? route.resident.map(\.number).sorted())]
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
            let answers = route.answers
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
