/// The raw rows of the request being answered, and their scores.
///
/// One for each event loop, reused by every request.
package final class RowBuffer {
    /// Row-major `[count, width]`.
    package private(set) var rows: UnsafeMutablePointer<Double>
    /// Row-major `[count, outputs]`.
    package private(set) var scores: UnsafeMutablePointer<Double>
    /// The hash of the text that the request is known again by, where its deployment asks for one and it has been read.
    package var key: UInt64?
    private var rowCapacity = 1_024
    private var scoreCapacity = 256

    package init() {
        rows = .allocate(capacity: rowCapacity)
        scores = .allocate(capacity: scoreCapacity)
        rows.initialize(repeating: .nan, count: rowCapacity)
        scores.initialize(repeating: .nan, count: scoreCapacity)
    }

    deinit {
        rows.deallocate()
        scores.deallocate()
    }

    /// Makes room for a request.
    ///
    /// What was in it before is gone.
    func prepare(values: Int, scores wanted: Int) {
        if values > rowCapacity {
            rows.deallocate()
            rowCapacity = values
            rows = .allocate(capacity: values)
            rows.initialize(repeating: .nan, count: values)
        }
        if wanted > scoreCapacity {
            scores.deallocate()
            scoreCapacity = wanted
            scores = .allocate(capacity: wanted)
            scores.initialize(repeating: .nan, count: wanted)
        }
    }
}
