import Synchronization

/// A value that several tasks of a test write: a lock that closures can hold, which a bare `Mutex` in a variable is not.
final class Shared<Value: Sendable>: Sendable {
    private let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }

    func withLock<Result: Sendable>(_ body: (inout sending Value) throws -> sending Result) rethrows -> Result {
        try value.withLock { try body(&$0) }
    }
}
