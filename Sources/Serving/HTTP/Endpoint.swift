/// What a request's path names.
package enum Endpoint: Sendable, Equatable {
    case server
    case live
    case ready
    case model(String, version: String?)
    case modelReady(String, version: String?)
    case modelConfiguration(String, version: String?)
    /// Of one version, of those of a model, or of all.
    case statistics(String?, version: String?)
    case infer(String, version: String?)
    case labels(String)
    case explain(String)
    /// A change of what answers in a deployment, or (nil) of all.
    case verb(AdminVerb, String?)
    case repositoryIndex
    case status
    case metrics
    case unknown

    /// Reads the path of an address; a query is ignored.
    package init(uri: String) {
        let path = uri.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", maxSplits: 8, omittingEmptySubsequences: false).dropFirst().map(String.init)
        self = Self.read(parts) ?? .unknown
    }

    private static func read(_ parts: [String]) -> Endpoint? {
        switch parts.first {
        case "v2": readV2(Array(parts.dropFirst()))
        case "v1": readV1(Array(parts.dropFirst()))
        case "metrics" where parts.count == 1: .metrics
        default: nil
        }
    }

    private static func readV1(_ parts: [String]) -> Endpoint? {
        switch parts.count {
        case 1 where parts[0] == "status": .status
        case 3 where parts[0] == "deployments" && parts[2] == "labels" && !parts[1].isEmpty: .labels(parts[1])
        case 3 where parts[0] == "deployments" && parts[2] == "explain" && !parts[1].isEmpty: .explain(parts[1])
        case 3 where parts[0] == "deployments" && !parts[1].isEmpty: AdminVerb(rawValue: parts[2]).map { .verb($0, parts[1]) }
        case 1: AdminVerb(rawValue: parts[0]).flatMap { $0.isForAll ? .verb($0, nil) : nil }
        default: nil
        }
    }

    private static func readV2(_ parts: [String]) -> Endpoint? {
        if parts.isEmpty || parts == [""] { return .server }
        switch parts {
        case ["health", "live"]: return .live
        case ["health", "ready"]: return .ready
        case ["repository", "index"]: return .repositoryIndex
        default: break
        }
        if parts == ["models", "stats"] { return .statistics(nil, version: nil) }
        guard parts[0] == "models", parts.count >= 2, !parts[1].isEmpty else { return nil }
        let name = parts[1]
        switch Array(parts.dropFirst(2)) {
        case []: return .model(name, version: nil)
        case ["ready"]: return .modelReady(name, version: nil)
        case ["config"]: return .modelConfiguration(name, version: nil)
        case ["stats"]: return .statistics(name, version: nil)
        case ["infer"]: return .infer(name, version: nil)
        case let rest where rest.first == "versions" && rest.count >= 2 && !rest[1].isEmpty:
            switch Array(rest.dropFirst(2)) {
            case []: return .model(name, version: rest[1])
            case ["ready"]: return .modelReady(name, version: rest[1])
            case ["config"]: return .modelConfiguration(name, version: rest[1])
            case ["stats"]: return .statistics(name, version: rest[1])
            case ["infer"]: return .infer(name, version: rest[1])
            default: return nil
            }
        default: return nil
        }
    }

    /// What an answer costs an event loop, about, in answers of the cheapest kind.
    var work: Int {
        switch self {
        case .repositoryIndex, .statistics(nil, _): 16
        case .model, .modelReady, .modelConfiguration, .statistics, .labels, .explain, .verb, .status, .metrics: 4
        default: 1
        }
    }

    /// The method that it takes beside HEAD for GET.
    var method: RequestMethod {
        switch self {
        case .infer, .labels, .explain, .verb, .repositoryIndex: .post
        case .server, .live, .ready, .model, .modelReady, .modelConfiguration, .statistics, .status, .metrics, .unknown: .get
        }
    }
}
