/// Why a command was not done, for mistakes that no module below has a word for.
struct CommandFailure: Error, CustomStringConvertible, Equatable {
    /// One line: what, where, what to do.
    var description: String
    /// 1: refused or failed; 64: used wrongly.
    var code: Int32 = 1

    init(_ description: String, code: Int32 = 1) {
        self.description = description
        self.code = code
    }

    /// A mistake in the arguments.
    static func usage(_ description: String) -> CommandFailure { CommandFailure(description, code: 64) }

    /// The reader of our output went away; there is nobody to tell.
    static let outputClosed = CommandFailure("")

    /// The result itself says what is wrong.
    static let alreadySaid = CommandFailure("")
}
