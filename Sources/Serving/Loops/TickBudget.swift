/// Sheds load: how much of one turn of an event loop is used up.
///
/// In one turn a loop reads every connection that has bytes. When requests come faster than they are answered, a turn grows without end, and
/// so does the wait of the last request in it. Once a turn has answered several requests and lasted its budget, the rest of it is refused at once, so
/// that those answered are answered in time. A task at the end of the turn starts the next one. A thread that was merely descheduled for a moment
/// refuses nothing, since few requests had been answered in that turn.
///
/// A burst may take the whole budget; a flood may not. While one turn after the other refuses, each lasts an eighth of it: what came during a long turn
/// would wait for the whole of it before it is answered or refused, clients would be told later than they can send, and what is answered at last would be
/// what nobody waits for any more. Refusing early costs microseconds and keeps the queue where it can be seen, at the client.
package struct TickBudget {
    /// Requests that a turn answers in any case, unless the one before has refused some.
    package static let minimum = 16
    /// By how much turns are shorter while the loop is flooded.
    package static let flooded: UInt64 = 8

    private let whole: UInt64
    private var isOpen = false
    private var started: UInt64 = 0
    private var admitted = 0
    private var hasRefused = false
    private var isFlooded = false

    package init(milliseconds: Int) { whole = UInt64(max(1, milliseconds)) * 1_000_000 }

    /// Whether a turn is under way; when not, its end must be awaited by the caller.
    package var isRunning: Bool { isOpen }

    /// Whether a request that came up at `now`, monotonic nanoseconds, is answered.
    package mutating func admits(_ now: UInt64) -> Bool {
        if !isOpen {
            isOpen = true
            started = now
            admitted = 0
            hasRefused = false
        }
        let (least, budget) = isFlooded ? (1, whole / Self.flooded) : (Self.minimum, whole)
        guard admitted < least || now &- started < budget else {
            hasRefused = true
            return false
        }
        admitted += 1
        return true
    }

    /// The turn has ended.
    package mutating func end() {
        isOpen = false
        isFlooded = hasRefused
    }
}
