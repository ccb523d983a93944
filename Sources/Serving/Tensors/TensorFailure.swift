import Tabular

/// What is wrong with a tensor; whoever reads it knows in which place of the request it stands.
package enum TensorFailure: Error, Sendable, Equatable {
    /// The request as a whole.
    case request(String)
    /// The tensor being written.
    case tensor(String)
    /// The element that was to be appended.
    case element(String)
    /// More rows than a request may have.
    case tooManyRows(Int, limit: Int)

    /// Outside text, safe and of bounded length.
    static func short(_ text: String) -> String {
        let safe = SafeText.escape(text)
        return safe.count <= 80 ? safe : safe.prefix(80) + "…"
    }
}
