/// Why bytes are no sound request; knows the status of the answer, after which nothing more is read.
package struct HeadFailure: Error, Sendable, Equatable {
    /// 400, 413 or 431.
    package var status: Int
    /// What is wrong.
    package var text: String

    private init(_ status: Int, _ text: String) {
        self.status = status
        self.text = text
    }

    static func malformed(_ text: String) -> HeadFailure { HeadFailure(400, "HTTP: \(text)") }
    static func headTooLong(_ limit: Int) -> HeadFailure { HeadFailure(431, "headers: more than \(limit) bytes") }
    static func trailersTooLong(_ limit: Int) -> HeadFailure { HeadFailure(431, "trailers: more than \(limit) bytes") }
}
