import Foundation
import Logging
import Synchronization
import Tabular

/// Where the log goes: one line an event, to standard error or to the workspace's `log/engine.log`.
///
/// A line reads `2013-04-01T12:00:00.250Z warning engine: text`. Outside text in it is made harmless. Must be set before the first `Logger` is made.
enum EngineLog {
    /// A log file of this size is put aside as `engine.log.1` before a new one is begun.
    static let largestBytes = 16 << 20

    private static let destination = Mutex<Int32>(STDERR_FILENO)
    /// The file behind standard error, where that is ours to open anew.
    private static let file = Mutex<String?>(nil)

    /// Sends the log to standard error: `serve` under systemd, and the console, whose launcher has put a file there.
    ///
    /// - Parameter path: the file that it may be; it is opened anew only if it is.
    static func useStandardError(file path: String? = nil, level: Logger.Level = .info) {
        if let path, isStandardError(path) { file.withLock { $0 = path } }
        LoggingSystem.bootstrap { _ in LogLines(level: level) }
    }

    /// Sends the log to a file: a command that starts an engine for itself keeps standard error for its own words.
    ///
    /// A file that cannot be opened costs the log, not the command.
    static func useFile(_ path: String, level: Logger.Level = .info) {
        let descriptor = openFile(path)
        destination.withLock { $0 = descriptor }
        LoggingSystem.bootstrap { _ in LogLines(level: level) }
    }

    /// Opens a log file for appending, the old one put aside when it has grown large; `/dev/null` when it cannot be.
    static func openFile(_ path: String) -> Int32 {
        var status = stat()
        if lstat(path, &status) == 0, status.st_size >= largestBytes { rename(path, path + ".1") }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        return descriptor >= 0 ? descriptor : open("/dev/null", O_WRONLY | O_CLOEXEC)
    }

    /// Opens the file behind standard error anew: whoever rotates logs has moved the former one away.
    static func reopen() {
        guard let path = file.withLock({ $0 }) else {
            return write("\(now()) notice flyball: SIGUSR1: the log goes to a standard error that is not this engine's to open anew\n")
        }
        let descriptor = openFile(path)
        guard descriptor >= 0 else { return }
        destination.withLock { _ in _ = dup2(descriptor, STDERR_FILENO) }
        close(descriptor)
        write("\(now()) notice flyball: SIGUSR1: the log was opened anew\n")
    }

    private static func isStandardError(_ path: String) -> Bool {
        var (ours, named) = (stat(), stat())
        return fstat(STDERR_FILENO, &ours) == 0 && lstat(path, &named) == 0 && ours.st_dev == named.st_dev && ours.st_ino == named.st_ino
    }

    private static func now() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return TimeText.rfc3339(Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    fileprivate static func write(_ line: String) {
        let bytes = Array(line.utf8)
        // One write a line: lines of several threads never mix.
        _ = destination.withLock { WholeWrite.write(bytes, to: $0) }
    }

    private struct LogLines: LogHandler {
        var level: Logger.Level
        var metadata: Logger.Metadata = [:]

        var logLevel: Logger.Level {
            get { level }
            set { level = newValue }
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let extra = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            let text = SafeText.escape(event.message.description + extra)
            EngineLog.write("\(EngineLog.now()) \(event.level.rawValue) \(event.source.lowercased()): \(text)\n")
        }
    }
}
