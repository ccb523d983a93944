import Engine
import GRPCCore

/// Answers without a result, as gRPC says them: the same texts as over HTTP, under the code that stands for their status.
enum GRPCRefusal {
    /// The code for an HTTP status: one table for all that can go wrong.
    static func code(_ status: Int) -> RPCError.Code {
        switch status {
        case 400, 415: .invalidArgument
        case 401: .unauthenticated
        case 403: .permissionDenied
        case 404: .notFound
        case 408, 504: .deadlineExceeded
        case 409: .failedPrecondition
        case 413, 429, 431: .resourceExhausted
        case 503: .unavailable
        default: .internalError
        }
    }

    /// An answer; `retry-after` in its metadata says after how many seconds it makes sense to ask again.
    static func error(_ status: Int, _ message: String, retryAfterSeconds: Int? = nil) -> RPCError {
        var metadata = Metadata()
        if let retryAfterSeconds { metadata.addString("\(retryAfterSeconds)", forKey: "retry-after") }
        return RPCError(code: code(status), message: message, metadata: metadata)
    }

    static func error(_ failure: InferenceFailure) -> RPCError {
        error(failure.status, failure.description, retryAfterSeconds: failure.retryAfterSeconds)
    }

    static func error(_ refusal: AccessRefusal) -> RPCError {
        if case .rate(_, _, let seconds) = refusal { return error(refusal.status, refusal.text, retryAfterSeconds: seconds) }
        return error(refusal.status, refusal.text)
    }

    static func error(_ failure: ActionFailure, workspace: String) -> RPCError {
        error(failure.status, failure.withoutPaths(workspace: workspace), retryAfterSeconds: failure.status == 503 ? 1 : nil)
    }

    static var late: RPCError { error(408, "the deadline of the call has passed: nothing was answered or logged") }

    static var stopping: RPCError { error(503, "shutting down: connect anew", retryAfterSeconds: 1) }

    static var starting: RPCError { error(503, "starting: tokens are not known yet: try again in 1 s", retryAfterSeconds: 1) }
}
