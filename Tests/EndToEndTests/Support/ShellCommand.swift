import Dispatch
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
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.environment = environment
        process.standardInput = FileHandle.nullDevice
        let output = Pipe()
        let errors = Pipe()
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        async let said = text(of: output)
        async let complained = text(of: errors)
        let (text, complaint) = await (said, complained)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                process.waitUntilExit()
                continuation.resume()
            }
        }
        return ShellResult(status: process.terminationStatus, output: text, errors: complaint)
    }

    private static func text(of pipe: Pipe) async -> String {
        let handle = pipe.fileHandleForReading
        return await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self))
            }
        }
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
        guard ContinuousClock.now < deadline else { throw Overdue(description: "not within \(seconds) s: \(what)\n\(await last())") }
        try await Task.sleep(for: .milliseconds(30))
    }
}
