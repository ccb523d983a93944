import Foundation

/// What a finished command said.
struct ShellResult: Sendable {
    var status: Int32
    var output: String
    var errors: String
}

/// Runs programs without holding a thread of the cooperative pool.
enum ShellCommand {
    /// Runs a program to its end.
    static func run(_ path: String, _ arguments: [String], environment: [String: String]) async throws -> ShellResult {
        let result = await (try CLIChild(path, arguments, environment: environment)).end()
        return ShellResult(status: result.status, output: result.output, errors: result.errors)
    }
}

/// A condition that did not come true in time, with what was there instead.
struct Overdue: Error, CustomStringConvertible {
    var description: String
}

/// Asks again and again until the answer is there.
///
/// - Parameters:
///   - what: what is waited for, for the failure.
///   - last: what is there instead, for the failure.
@discardableResult
func eventually<Answer>(
    _ what: String, within seconds: Double = 30, last: () async -> String = { "" }, _ body: () async throws -> Answer?
) async throws -> Answer {
    let deadline = ContinuousClock.now + .milliseconds(Int64(seconds * 1_000))
    while true {
        if let answer = try await body() { return answer }
        guard ContinuousClock.now < deadline else {
            throw Overdue(description: "not within \(seconds) s: \(what)\n\(trimmed(await last()))")
        }
        try await Task.sleep(for: .milliseconds(30))
    }
}

/// A screen without the blanks that fill it: long messages do not reach the log whole.
private func trimmed(_ screen: String) -> String {
    screen.split(separator: "\n").map { $0.replacing(/\s+$/, with: "") }.filter { !$0.isEmpty }.joined(separator: "\n")
}
