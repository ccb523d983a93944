import Tabular

/// Why a request is not answered with scores; knows its HTTP status.
package enum InferenceFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Not JSON.
    case json(JSONFailure)
    /// The request as a whole: what is wrong and what to do.
    case request(String)
    /// One tensor: its place, its name where known, what is wrong.
    case tensor(index: Int, name: String, problem: String)
    /// One value of a tensor; its byte in the body where it stands in JSON.
    case value(index: Int, name: String, element: Int, problem: String, offset: Int?)
    /// More rows than a request may have.
    case tooManyRows(Int, limit: Int)
    /// No deployment of that name.
    case unknownModel(String, nearest: String?)
    /// No such version in memory.
    case unknownVersion(model: String, version: String, loaded: [UInt32])
    /// Paused by an operator.
    case paused(model: String, retryAfterSeconds: Int)
    /// Nothing to answer with.
    case noChampion(model: String, retryAfterSeconds: Int)
    /// The model gave something that is not a number.
    case notANumber(model: String, version: UInt32, row: Int)
    /// More work is waiting than can be done in time.
    case overloaded
    /// The time that the request gave for its answer has passed.
    case late(microseconds: Int64)

    /// The status of the answer.
    package var status: Int {
        switch self {
        case .json, .request, .tensor, .value: 400
        case .unknownModel, .unknownVersion: 404
        case .tooManyRows: 413
        case .notANumber: 500
        case .paused, .noChampion, .overloaded: 503
        case .late: 504
        }
    }

    /// Seconds after which the client may try again, for a 503.
    package var retryAfterSeconds: Int? {
        switch self {
        case .paused(_, let seconds), .noChampion(_, let seconds): seconds
        case .overloaded: 1
        default: nil
        }
    }

    /// What, where, what to do.
    ///
    /// Outside text is made safe to show.
    package var description: String {
        switch self {
        case .json(let failure): return failure.description
        case .request(let text): return text
        case .tensor(let index, let name, let problem): return "\(Self.place(index, name)): \(problem)"
        case .value(let index, let name, let element, let problem, let offset):
            return "\(Self.place(index, name)): data[\(element)]\(offset.map { " at byte \($0)" } ?? ""): \(problem)"
        case .tooManyRows(let rows, let limit): return "\(rows) rows: a request may have \(limit): send them in several requests"
        case .unknownModel(let name, let nearest):
            return "no such model: \(Self.short(name))"
                + (nearest.map { ": did you mean \($0)?" } ?? ": GET /v1/status lists the deployments")
        case .unknownVersion(let model, let version, let loaded):
            let list = loaded.isEmpty ? "none is loaded" : "loaded: " + loaded.sorted().map(String.init).joined(separator: ", ")
            return "no such version in memory: \(model) \(Self.short(version)): \(list)"
        case .paused(let model, let seconds): return "\(model) is paused by an operator: try again in \(seconds) s"
        case .noChampion(let model, let seconds): return "\(model) has no version that can answer: try again in \(seconds) s"
        case .notANumber(let model, let version, let row):
            return "\(model) v\(version): the score of row \(row) is not a finite number: roll back or report the model"
        case .overloaded: return "overloaded: more requests are waiting than can be answered in time: try again in 1 s"
        case .late(let microseconds):
            return "parameters: timeout: the \(microseconds) us that the request gave have passed: nothing was answered or logged"
        }
    }

    private static func place(_ index: Int, _ name: String) -> String {
        name.isEmpty ? "inputs[\(index)]" : "inputs[\(index)] \"\(short(name))\""
    }

    /// Outside text, safe and of bounded length.
    package static func short(_ text: String) -> String { TensorFailure.short(text) }
}
