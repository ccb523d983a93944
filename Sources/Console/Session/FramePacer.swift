/// When the next frame may be drawn.
///
/// Keys draw at once, data at most four times a second, and all together at most twenty times a second over any longer stretch.
///
/// Times are milliseconds of a monotonic clock. The caller asks; nothing here waits.
struct FramePacer: Sendable {
    /// What a frame would show that the last one did not.
    enum Need: Int, Comparable, Sendable {
        case nothing, data, key

        static func < (a: Need, b: Need) -> Bool { a.rawValue < b.rawValue }
    }

    /// What to do now.
    enum Verdict: Equatable, Sendable {
        case nothing
        case draw
        /// Ask again after so many milliseconds.
        case wait(Int64)
    }

    static let dataInterval: Int64 = 250
    static let frameInterval: Int64 = 50
    /// Frames that a fast typist may have in a row before the rate counts.
    static let burst: Int64 = 6

    private(set) var need = Need.key
    private var lastFrame: Int64?
    /// Unused frames, in milliseconds of `frameInterval` each.
    private var credit = burst * frameInterval

    mutating func note(_ more: Need) { need = max(need, more) }

    func verdict(_ now: Int64) -> Verdict {
        guard need != .nothing else { return .nothing }
        guard let lastFrame else { return .draw }
        let passed = max(0, now - lastFrame)
        let wait =
            need == .data
            ? Self.dataInterval - passed
            : Self.frameInterval - min(credit + passed, Self.burst * Self.frameInterval)
        return wait <= 0 ? .draw : .wait(wait)
    }

    /// Takes the frame that is being drawn.
    mutating func took(_ now: Int64) {
        let passed = lastFrame.map { max(0, now - $0) } ?? 0
        credit = min(credit + passed, Self.burst * Self.frameInterval) - Self.frameInterval
        credit = max(0, credit)
        lastFrame = now
        need = .nothing
    }
}
