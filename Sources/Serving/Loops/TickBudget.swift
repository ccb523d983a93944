import NIOCore

/// Sheds load: how much of one turn of an event loop is used up.
///
/// In one turn a loop reads every connection that has bytes. When requests come faster than they are answered, a turn grows without end, and
/// so does the wait of the last request in it. Once a turn has answered several requests and lasted its budget, the rest of it is refused at once, so
/// that those answered are answered in time. A task at the end of the turn starts the next one. A thread that was merely descheduled for a moment
/// refuses nothing, since few requests had been answered in that turn.
struct TickBudget {
    /// Requests that a turn answers in any case.
    static let minimum = 16

    private let nanoseconds: UInt64
    private var isOpen = false
    private var started: UInt64 = 0
    private var admitted = 0

    init(milliseconds: Int) { nanoseconds = UInt64(max(1, milliseconds)) * 1_000_000 }

    /// Whether a turn is under way; when not, its end must be awaited by the caller.
    var isRunning: Bool { isOpen }

    /// Whether a request that came up at `now` is answered.
    mutating func admits(_ now: UInt64) -> Bool {
        if !isOpen {
            isOpen = true
            started = now
            admitted = 0
        }
        guard admitted < Self.minimum || now &- started < nanoseconds else { return false }
        admitted += 1
        return true
    }

    /// The turn has ended.
    mutating func end() { isOpen = false }
}
