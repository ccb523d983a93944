import Foundation
import Synchronization

/// Results go to standard output, everything else to standard error.
enum Output {
    /// Whether anything was written, on either side.
    private static let hasSpoken = Atomic(false)

    /// Whether the command has said anything so far.
    static var isSilent: Bool { !hasSpoken.load(ordering: .relaxed) }

    /// Writes result lines, all at once.
    static func lines(_ lines: [String]) throws(CommandFailure) {
        guard !lines.isEmpty else { return }
        try write(Array((lines.joined(separator: "\n") + "\n").utf8), to: STDOUT_FILENO)
    }

    /// Writes a result line.
    static func line(_ text: String) throws(CommandFailure) { try write(Array((text + "\n").utf8), to: STDOUT_FILENO) }

    /// Writes a value as one line of JSON with sorted keys.
    static func json(_ value: some Encodable) throws(CommandFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON has no infinity; a threshold may be infinite.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        guard let data = try? encoder.encode(value) else { throw CommandFailure("output: it cannot be written as JSON: leave --json out") }
        try write(Array(data) + [0x0A], to: STDOUT_FILENO)
    }

    /// Says something beside the result.
    static func remark(_ text: String) { try? write(Array((text + "\n").utf8), to: STDERR_FILENO) }

    /// Writes all bytes.
    static func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) throws(CommandFailure) {
        let bytes = Array(bytes)
        if !bytes.isEmpty, [STDOUT_FILENO, STDERR_FILENO].contains(descriptor) { hasSpoken.store(true, ordering: .relaxed) }
        var done = 0
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                if errno == EPIPE { throw .outputClosed }
                throw CommandFailure("output: \(String(cString: strerror(errno))): free some space or write elsewhere")
            }
            done += count
        }
    }
}
