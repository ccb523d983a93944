/// What is wrong with a file that knows types, before it is known where: its reader adds file, column and row.
struct Damage: Error {
    /// What was found.
    var what: String
    /// What to do about it.
    var remedy = "copy the file again, or write it anew"

    /// Bytes end where more must follow.
    static let tooShort = Damage(what: "the data ends too early")
}
