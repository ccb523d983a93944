/// An immutable view of a `CategoryDictionary`.
public struct CategoryTable: Sendable {
    /// Text by code; nil where no text has that code, or not any more.
    public private(set) var names: [String?] = []
    private var codes: [String: Int32] = [:]

    /// Makes an empty table.
    public init() {}

    /// Texts that have a code.
    public var count: Int { codes.count }

    /// The code of `text`, or nil when it has none.
    public func code(of text: String) -> Int32? { codes[text] }

    /// The text of a code; nil for codes that were never given or were given up, `otherCode` included.
    public func name(of code: Int32) -> String? {
        guard code >= 0, Int(code) < names.count else { return nil }
        return names[Int(code)]
    }

    /// The next code that no text has had; the code of all others is passed over.
    var next: Int32 {
        let count = Int32(clamping: names.count)
        return count == CategoryDictionary.otherCode ? count + 1 : count
    }

    mutating func set(_ code: Int32, _ text: String) {
        while names.count <= Int(code) { names.append(nil) }
        names[Int(code)] = text
        codes[text] = code
    }

    /// Takes a text and its code apart; the text's bytes, or nil when the code has none.
    mutating func remove(_ code: Int32) -> Int? {
        guard let text = name(of: code) else { return nil }
        names[Int(code)] = nil
        codes[text] = nil
        return text.utf8.count
    }
}
