import Tabular

/// The dictionaries of a deployment by the position of their column in a row: what the traffic writer asks before it stores a block.
struct DeploymentDictionaries: Sendable {
    let categories: Categories
    private let columns: [(position: Int, feature: String)]
    private let width: Int

    init(_ categories: Categories, _ schema: Schema) {
        self.categories = categories
        width = schema.width
        columns = schema.features.enumerated().filter { $0.element.kind == .categorical }.map { ($0.offset, $0.element.name) }
    }

    /// What must be stored no later than a block; codes without a text become the code of all others.
    ///
    /// Complexity: O(rows · categorical columns).
    func prepare(_ block: inout TrafficBlock) -> [CategoryEntry] {
        guard block.width == width, let newest = block.times.max() else { return [] }
        var entries: [CategoryEntry] = []
        for (position, feature) in columns {
            var codes: Set<Int32> = []
            var last = Double.nan
            for index in stride(from: position, to: block.features.count, by: width) where block.features[index] != last {
                last = block.features[index]
                if let code = Int32(exactly: last) { codes.insert(code) }
            }
            let (needed, unknown) = categories[feature].needed(for: codes, at: newest)
            entries += needed
            guard !unknown.isEmpty else { continue }
            for index in stride(from: position, to: block.features.count, by: width) {
                guard let code = Int32(exactly: block.features[index]), unknown.contains(code) else { continue }
                block.features[index] = Double(CategoryDictionary.otherCode)
            }
        }
        return entries
    }

    /// Takes note that entries are stored.
    func stored(_ entries: [CategoryEntry]) {
        for (feature, own) in Dictionary(grouping: entries, by: { $0.feature ?? "" }) { categories[feature].stored(own) }
    }
}
