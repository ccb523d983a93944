/// One value of a row, before it becomes JSON or CSV.
public enum InputValue: Sendable, Equatable {
    /// No value.
    case missing
    /// A finite number.
    case number(Double)
    /// True or false.
    case truth(Bool)
    /// A category.
    case word(String)
    /// An instant, UTC milliseconds.
    case time(Int64)
}
