import Foundation
import Logging
import Synchronization
import Tabular

/// Where the log goes: one line an event, to standard error or to the workspace's `log/engine.log`.
///
/// A line reads `2013-04-01T12:00:00.250Z warning engine: text`. Outside text in it is made harmless. Must be set before the first `Logger` is made.
enum EngineLog {
    /// A log file of this size is put aside as `engine.log.1` when it is opened, whatever the workspace's limit is.
    static let largestBytes = 16 << 20

    private struct Sink {
        var descriptor = STDERR_FILENO
        /// The file behind it, where that is ours to open anew.
        var path: String?
        var rotation: LogRotation?
    }

    private static let sink = SinkBox()

    /// Made while the program runs: as a static value of its own the state began with descriptor 0 in release builds.
    private final class SinkBox: Sendable {
        private let state: Mutex<Sink>

        init() { state = Mutex(Sink(descriptor: dup2(2, 2))) }

        func withLock<Value: Sendable>(_ body: (inout sending Sink) -> sending Value) -> Value { state.withLock(body) }
    }

    /// Sends the log to standard error: `serve` under systemd, and the console, whose launcher has put a file there.
    ///
    /// - Parameter path: the file that it may be; it is opened anew only if it is.
    static func useStandardError(file path: String? = nil, level: Logger.Level = .info) {
        if let path, isStandardError(path) { sink.withLock { $0.path = path } }
        LoggingSystem.bootstrap { _ in LogLines(level: level) }
    }

    /// Sends the log to a file: a command that starts an engine for itself keeps standard error for its own words.
    ///
    /// A file that cannot be opened costs the log, not the command.
    static func useFile(_ path: String, level: Logger.Level = .info) {
        let descriptor = openFile(path)
        sink.withLock { $0 = Sink(descriptor: descriptor, path: path) }
        LoggingSystem.bootstrap { _ in LogLines(level: level) }
    }

    /// Keeps the log and the files that were put aside within a limit, where it goes to a file of ours.
    static func bound(_ limit: Int64?) {
        sink.withLock { sink in
            guard let limit, let path = sink.path else { return }
            sink.rotation = LogRotation(path: path, limit: limit)
        }
    }

    /// Opens a log file for appending, the old one put aside when it has grown large; `/dev/null` when it cannot be.
    static func openFile(_ path: String) -> Int32 {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size >= largestBytes { LogRotation.shift(path) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        return descriptor >= 0 ? descriptor : open("/dev/null", O_WRONLY | O_CLOEXEC)
    }

    /// Opens the file behind standard error anew: whoever rotates logs has moved the former one away.
    static func reopen() {
        let isOurs = sink.withLock { sink -> Bool in
            guard let path = sink.path, sink.descriptor == STDERR_FILENO else { return false }
            replace(&sink, with: openFile(path))
            return true
        }
        write(
            isOurs
                ? "\(now()) notice flyball: SIGUSR1: the log was opened anew\n"
                : "\(now()) notice flyball: SIGUSR1: the log goes to a standard error that is not this engine's to open anew\n")
    }

    private static func replace(_ sink: inout Sink, with descriptor: Int32) {
        guard descriptor >= 0 else { return }
        if sink.descriptor == STDERR_FILENO {
            _ = dup2(descriptor, STDERR_FILENO)
            close(descriptor)
        } else {
            close(sink.descriptor)
            sink.descriptor = descriptor
        }
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
        sink.withLock { sink in
            let descriptor = sink.descriptor
            _ = WholeWrite.write(bytes, to: descriptor)
            guard sink.rotation?.isDue(descriptor, after: bytes.count) == true, let path = sink.path else { return }
            LogRotation.shift(path)
            replace(&sink, with: openFile(path))
        }
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
