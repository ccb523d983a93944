import Synchronization

/// The append-only dictionary of a deployment (or of an imported table): category text ↔ small integer code.
///
/// Raw rows hold categories as codes, so that any version, also a later one, can be trained on them or rehearsed with them.
/// Codes are never reused or reordered. Past `capacity` entries every new text gets `otherCode`.
/// Readers take an immutable `CategoryTable` and never lock.
public final class CategoryDictionary: Sendable {
    /// Number of texts that get a code of their own.
    public static let capacity = 65_535
    /// The code of every text beyond the capacity.
    public static let otherCode: Int32 = 65_535

    private let state: Mutex<CategoryTable>

    /// Makes a dictionary whose entry *i* has code *i*.
    ///
    /// Entries beyond the capacity and repeated ones are dropped.
    public init(_ entries: [String] = []) {
        var table = CategoryTable()
        for entry in entries { _ = table.append(entry) }
        state = Mutex(table)
    }

    /// The dictionary as it is now.
    ///
    /// Complexity: O(1).
    public var table: CategoryTable { state.withLock { $0 } }

    /// The code of `text`, adding it when it is new.
    ///
    /// Complexity: O(1) amortised; a table held elsewhere makes the next append copy.
    public func intern(_ text: String) -> Int32 { state.withLock { $0.append(text) } }
}

/// An immutable view of a `CategoryDictionary`.
public struct CategoryTable: Sendable {
    /// Text by code.
    public private(set) var names: [String] = []
    private var codes: [String: Int32] = [:]

    /// Makes an empty table.
    public init() {}

    /// The code of `text`, or nil when it has none.
    public func code(of text: String) -> Int32? { codes[text] }

    /// The text of a code; nil for codes that were never given, `otherCode` included.
    public func name(of code: Int32) -> String? {
        guard code >= 0, Int(code) < names.count else { return nil }
        return names[Int(code)]
    }

    fileprivate mutating func append(_ text: String) -> Int32 {
        if let code = codes[text] { return code }
        guard names.count < CategoryDictionary.capacity else { return CategoryDictionary.otherCode }
        let code = Int32(names.count)
        names.append(text)
        codes[text] = code
        return code
    }
}
