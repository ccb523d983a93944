import Foundation
import Tabular

/// What the engine remembers of a deployment across restarts, beside the registry's own columns; stored as JSON.
struct DeploymentMemory: Codable, Equatable {
    /// The import that the deployment was made from, by content hash.
    var importHash: String?
    /// The policy's memory.
    var policy = PolicyMemory()
    /// The running or last turn of the loop.
    var loop: LoopClock?
    /// Predictions answered since creation.
    var predictions: Int64 = 0
    /// Predictions answered but not logged.
    var unlogged: Int64 = 0
    /// Who ordered the deployment: the first promotion is in that name.
    var createdBy = ""
    /// Where learning label by label goes on from; nil before it has begun.
    var online: OnlineMemory?

    static func decode(_ text: String) -> DeploymentMemory {
        (try? JSONDecoder().decode(DeploymentMemory.self, from: Data(text.utf8))) ?? DeploymentMemory()
    }

    var text: String { encodeJSON(self) }
}

/// What a policy remembers.
struct PolicyMemory: Codable, Equatable {
    /// The last training that was begun, UTC milliseconds.
    var lastTraining: Int64?
    /// Labelled rows at that time.
    var labelsAtLastTraining: Int64 = 0
    /// Whether the drift that is raised now was already answered with a training.
    var answeredDrift = false
    /// Times of automatic promotions of the last day, UTC milliseconds.
    var promotions: [Int64] = []
}

/// Canonical JSON: sorted keys, no escaped slashes.
///
/// For values of our own, whose encoding cannot fail but for NaN, which is written as text.
package func encodeJSON(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(value) else { return "{}" }
    return String(decoding: data, as: UTF8.self)
}

/// The inverse of `encodeJSON`.
package func decodeJSON<T: Decodable>(_ type: T.Type, _ text: String) -> T? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try? decoder.decode(type, from: Data(text.utf8))
}
