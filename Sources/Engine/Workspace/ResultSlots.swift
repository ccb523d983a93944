import Synchronization

/// Results of pieces of work that end in any order, each in its own place.
final class ResultSlots<Value: Sendable, Failure: Error>: Sendable {
    private let slots: Mutex<[Result<Value, Failure>?]>

    init(count: Int) { slots = Mutex([Result<Value, Failure>?](repeating: nil, count: count)) }

    func set(_ index: Int, _ result: Result<Value, Failure>) { slots.withLock { $0[index] = result } }

    /// All results, once every slot is set.
    var all: [Result<Value, Failure>] { slots.withLock { $0.compactMap(\.self) } }
}
