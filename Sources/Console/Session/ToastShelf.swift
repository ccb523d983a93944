/// What just happened, for a few seconds: one line at a time, the newest.
struct ToastShelf: Sendable {
    private struct Entry: Sendable {
        var toast: Toast
        var until: Int64
    }

    private var entry: Entry?

    /// How long a toast stays, milliseconds: long enough to be read, longer when something is asked of the reader.
    static func duration(_ toast: Toast) -> Int64 {
        let reading = Int64(min(6_000, 40 * toast.text.count))
        return max(toast.kind == .ok || toast.kind == .info ? 4_000 : 8_000, toast.hint == nil ? 0 : 10_000, reading)
    }

    mutating func show(_ toast: Toast, now: Int64) { entry = Entry(toast: toast, until: now + Self.duration(toast)) }

    mutating func clear() { entry = nil }

    /// What shows now.
    func current(_ now: Int64) -> Toast? { entry.flatMap { now < $0.until ? $0.toast : nil } }

    /// Milliseconds until what shows goes away; nil when nothing shows.
    func remaining(_ now: Int64) -> Int64? { entry.flatMap { now < $0.until ? $0.until - now : nil } }
}
