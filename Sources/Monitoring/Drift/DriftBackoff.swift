/// How long a drift waits to be learnt from after the last one was: 1, 2, 4 … 64 windows, so that what no training cures does not train for ever.
package struct DriftBackoff: Codable, Sendable, Equatable {
    /// The longest wait, windows.
    package static let longest = 64
    /// Windows in a row without a drift after which the waits begin anew.
    package static let calm = 24

    /// What the next training will wait for.
    private var next = 1
    /// Windows to wait now.
    package private(set) var wait = 0
    /// Windows without a drift in a row.
    private var quiet = 0

    /// Nothing to wait for.
    package init() {}

    /// A training was begun because of a drift.
    package mutating func answered() {
        wait = next
        next = min(Self.longest, next * 2)
    }

    /// A window was closed.
    package mutating func closed(isBad: Bool) {
        wait = max(0, wait - 1)
        quiet = isBad ? 0 : min(Self.calm, quiet + 1)
        if quiet == Self.calm { next = 1 }
    }
}
