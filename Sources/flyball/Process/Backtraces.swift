import CLinux
import Foundation

/// What every thread of this process does, for the log when a part of the engine stands still.
enum Backtraces {
    /// The signal that has a thread write its frames down; nothing else uses it, and dispatch's threads, which hold back nearly all others, take it.
    private static let number = SIGPROF
    /// How long a thread may take, milliseconds: one in the kernel's hands does not answer.
    private static let patience: Int32 = 200
    private static let mostThreads = 128

    /// Makes ready; without this, or where it fails, a signal would end the process, so nothing is asked then.
    static func prepare() -> (@Sendable () -> [String]) {
        guard flyball_prepare_backtraces(number) == 0 else { return { ["backtraces are not to be had here"] } }
        return { take() }
    }

    /// A line a thread and a line a frame.
    private static func take() -> [String] {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task"))?.compactMap { pid_t($0) }.sorted() ?? []
        var lines: [String] = []
        for thread in threads.prefix(mostThreads) {
            let name = text("/proc/self/task/\(thread)/comm")
            let place = text("/proc/self/task/\(thread)/wchan")
            lines.append("thread \(thread) \(name)" + (place.isEmpty || place == "0" ? "" : ", in the kernel at \(place)"))
            lines += frames(of: thread)
        }
        return lines
    }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self).trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    private static func frames(of thread: pid_t) -> [String] {
        var count: Int32 = 0
        guard let symbols = flyball_backtrace(thread, number, patience, &count) else { return ["  does not answer"] }
        defer { free(symbols) }
        // The first two are the handler and the kernel's way into it.
        return (0..<Int(count)).dropFirst(2).map { index in "  " + (symbols[index].map { shown(String(cString: $0)) } ?? "?") }
    }

    /// `program(name+0x12) [0x…]`, the name as it is in the source.
    private static func shown(_ symbol: String) -> String {
        guard let open = symbol.firstIndex(of: "("), let plus = symbol[open...].firstIndex(of: "+") else { return symbol }
        let name = String(symbol[symbol.index(after: open)..<plus])
        guard name.hasPrefix("$s"), let plain = swift_demangle(name, name.utf8.count, nil, nil, 0) else { return symbol }
        defer { free(plain) }
        return symbol.replacingOccurrences(of: name, with: String(cString: plain))
    }
}
