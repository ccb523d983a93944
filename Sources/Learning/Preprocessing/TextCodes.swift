/// The numbers that stand for the texts of one categorical feature.
struct TextCodes: Sendable, Equatable {
    /// What the numbers are; as artefacts hold it.
    enum Kind: Int, Sendable {
        case target = 1
        case ordinal = 2
    }

    let kind: Kind
    var texts: [String] = []
    /// `[texts, width]`.
    var values: [Double] = []
    /// What stands for missing values.
    var missing: [Double]
    /// What stands for unseen texts.
    var unseen: [Double]
    /// Texts that share a number because each is rare; not kept in artefacts.
    var folded = 0

    /// Numbers a text.
    var width: Int { missing.count }
    var isFinite: Bool { (values + missing + unseen).allSatisfy(\.isFinite) }
}
