import Foundation

/// Lists of texts in a model's metadata, as JSON.
enum ClassText {
    /// Nil for what is no list of texts.
    static func list(_ text: String) -> [String]? { try? JSONDecoder().decode([String].self, from: Data(text.utf8)) }
}
