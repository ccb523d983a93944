/// The texts of a model, numbered: texts are compared by their numbers while a model is evaluated.
struct TextTable: Sendable {
    /// The number of any text that no model's text equals.
    static let unknown: Int32 = -1

    private(set) var texts: [String] = []
    private var numbers: [String: Int32] = [:]

    /// The number of a text, new if need be.
    mutating func intern(_ text: String) -> Int32 {
        if let number = numbers[text] { return number }
        let number = Int32(clamping: texts.count)
        numbers[text] = number
        texts.append(text)
        return number
    }

    /// The number of a text that is known.
    func number(of text: String) -> Int32? { numbers[text] }
}
