/// Keeps a watch on missing values from flapping: what the sequential test says must last before anybody hears of it.
///
/// The test takes rows for independent; real gaps come in runs (an hour without weather is missing in every flight of that hour), so that
/// a short run looks like a fault for a moment. A fault is told once it has lasted `raiseMilliseconds`, its end once it has held for
/// `clearMilliseconds`.
public struct MissingHold: Sendable {
    /// How long a jump lasts before it is told, milliseconds.
    public static let raiseMilliseconds: Int64 = 3_000
    /// How long the rate is normal before the end is told, milliseconds.
    public static let clearMilliseconds: Int64 = 30_000

    private struct Pending: Sendable {
        var change: MissingChange
        var from: Int64
    }

    private let raiseMilliseconds: Int64
    private var told: Set<String> = []
    private var pending: [String: Pending] = [:]

    /// Nothing raised, nothing waiting.
    ///
    /// - Parameter raiseMilliseconds: how long a jump lasts before it is told; none where the limits know the training's runs of gaps.
    public init(raiseMilliseconds: Int64 = MissingHold.raiseMilliseconds) { self.raiseMilliseconds = raiseMilliseconds }

    /// Features that look broken now but have not done so for long enough to be told, by name.
    public var suspects: [String] { pending.values.filter(\.change.isRaised).map(\.change.feature).sorted() }

    /// Whether nothing waits.
    var isQuiet: Bool { pending.isEmpty }

    /// Takes what the sequential test says, at UTC milliseconds.
    public mutating func take(_ changes: [MissingChange], at now: Int64) {
        for change in changes {
            if change.isRaised == told.contains(change.feature) {
                pending[change.feature] = nil
            } else {
                pending[change.feature] = Pending(change: change, from: now)
            }
        }
    }

    /// The changes that have lasted long enough by now, each one told once, by feature name.
    ///
    /// Complexity: O(waiting changes).
    public mutating func settle(at now: Int64) -> [MissingChange] {
        guard !pending.isEmpty else { return [] }
        let due = pending.values.filter {
            now - $0.from >= ($0.change.isRaised ? raiseMilliseconds : Self.clearMilliseconds)
        }.map(\.change).sorted { $0.feature < $1.feature }
        for change in due {
            pending[change.feature] = nil
            if change.isRaised { told.insert(change.feature) } else { told.remove(change.feature) }
        }
        return due
    }
}
