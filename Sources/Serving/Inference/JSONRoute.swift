package import Engine

/// What JSON keeps with a route: the plan for decoding its rows and the constant part of its answers.
///
/// Confined to its loop.
final class JSONRoute {
    let plan: JSONPlan
    /// `{"model_name":"…","model_version":"`.
    let answerStart: [UInt8]

    init(_ route: Route) {
        plan = JSONPlan(route.schema)
        answerStart = Array("{\"model_name\":\"\(route.deployment)\",\"model_version\":\"".utf8)
    }
}

extension RouteEntry {
    /// What JSON keeps with the route.
    var json: JSONRoute { attachment { JSONRoute($0) } }

    /// The arm that answers, or why none does.
    ///
    /// `pinned` is what the request names.
    package func arm(_ pinned: String?) throws(InferenceFailure) -> ArmChoice {
        if pinned == nil, let usual { return usual }
        let number = pinned.flatMap { VersionText.number($0) }
        do throws(RouteRefusal) {
            // What is no number names a version that there cannot be.
            return try route.arm(for: ArmRequest(version: pinned == nil ? nil : number ?? .max))
        } catch {
            switch error {
            case .paused(let seconds): throw .paused(model: route.deployment, retryAfterSeconds: seconds)
            case .noChampion(let seconds): throw .noChampion(model: route.deployment, retryAfterSeconds: seconds)
            case .notLoaded(let loaded): throw .unknownVersion(model: route.deployment, version: pinned ?? "", loaded: loaded)
            }
        }
    }
}

/// Version numbers in addresses: `7` or `v7`.
enum VersionText {
    static func number(_ text: String) -> UInt32? {
        let digits = text.hasPrefix("v") ? text.dropFirst() : Substring(text)
        guard !digits.isEmpty, digits.utf8.count <= 9, digits.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }) else { return nil }
        return UInt32(digits)
    }
}
