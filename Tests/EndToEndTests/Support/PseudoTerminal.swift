import Foundation
import Synchronization

/// A terminal whose other end is the test itself: it may stop reading, which no terminal program can be made to do.
final class PseudoTerminal: Sendable {
    private let master: Int32
    private let pid: pid_t
    private let received = Mutex<[UInt8]>([])
    private let isReaped = Mutex(false)
    private let isRead = Mutex(false)
    private let isClosing = Atomic(false)
    private let readerEnded = DispatchSemaphore(value: 0)

    /// Starts the product on it, in a session of its own.
    init(rig: ConsoleRig, arguments: [String], width: Int = 100, height: Int = 30) throws {
        master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        // Unlock, then number: what unlockpt and ptsname do.
        var isLocked: Int32 = 0
        var number: UInt32 = 0
        guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
            let reason = String(cString: strerror(errno))
            if master >= 0 { Foundation.close(master) }
            throw Overdue(description: "no pseudo terminal: \(reason)")
        }
        let path = "/dev/pts/\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var environment = rig.environment
        environment["TERM"] = "xterm-256color"
        let variables = environment.map { strdup("\($0.key)=\($0.value)") }
        // `setsid --ctty` makes it the controlling terminal, as a terminal program would.
        let words = (["setsid", "--ctty", ConsoleRig.product] + arguments).map { strdup($0) }
        defer { for text in variables + words { free(text) } }
        posix_spawn_file_actions_addopen(&actions, 0, path, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, 0, 1)
        posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
        var child: pid_t = 0
        let isStarted = CLIChild.spawning.withLock { _ in
            posix_spawn(&child, "/usr/bin/setsid", &actions, nil, words + [nil], variables + [nil]) == 0
        }
        guard isStarted else {
            Foundation.close(master)
            throw Overdue(description: "setsid cannot be started")
        }
        pid = child
    }

    /// Keeps reading, as a terminal does; to be called once.
    func readInBackground() {
        isRead.withLock { $0 = true }
        let thread = Thread { [self] in
            defer { readerEnded.signal() }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            // Poll, since a read of this end does not come back when the other end is still open somewhere.
            var wanted = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            while !isClosing.load(ordering: .acquiring) {
                guard poll(&wanted, 1, 50) > 0 else { continue }
                let count = read(master, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                received.withLock { $0 = ($0 + buffer[..<count]).suffix(1 << 20) }
            }
        }
        thread.start()
    }

    /// Whether a text has come since the last `forget`.
    func hasShown(_ text: String) -> Bool { received.withLock { String(decoding: $0, as: UTF8.self).contains(text) } }

    func forget() { received.withLock { $0 = [] } }

    func resize(width: Int, height: Int) {
        var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(master, bytes, bytes.count)
    }

    /// Whether the launcher has ended.
    var hasEnded: Bool {
        isReaped.withLock { isReaped in
            if !isReaped { isReaped = waitpid(pid, nil, WNOHANG) == pid }
            return isReaped
        }
    }

    /// Ends what runs on it, then its reader, and only then gives the descriptor back: whoever opens the next one gets the same number.
    func close() {
        if !hasEnded {
            kill(pid, SIGKILL)
            isReaped.withLock { isReaped in
                while !isReaped, waitpid(pid, nil, 0) < 0, errno == EINTR {}
                isReaped = true
            }
        }
        isClosing.store(true, ordering: .releasing)
        if isRead.withLock({ $0 }) { readerEnded.wait() }
        Foundation.close(master)
    }
}
