/// The texts of all columns of a table in one list, each with its position as its code: how snapshots are written and files are read.
package struct CategoryList {
    /// The texts by code.
    package private(set) var texts: [String] = []
    private var codes: [String: Int] = [:]

    package init() {}

    /// The list of stored texts; nil when one stands in it twice.
    package init?(_ texts: [String]) {
        for text in texts {
            // What holds the place of the code of all others is no text.
            if self.texts.count == Self.other { self.texts.append(text) } else if code(of: text) != self.texts.count - 1 { return nil }
        }
    }

    private static let other = Int(CategoryDictionary.otherCode)

    /// The code of a text, the next one when it is new; the code of all others is passed over.
    package mutating func code(of text: String) -> Int {
        if let code = codes[text] { return code }
        if texts.count == Self.other { texts.append("") }
        codes[text] = texts.count
        texts.append(text)
        return texts.count - 1
    }

    /// Makes codes of the list into codes of each column's own dictionary, in the order of the list.
    ///
    /// The order does not depend on how the rows came about, so that the same rows give the same codes. Codes beyond the list become
    /// `otherCode`. Complexity: O(values of the columns + columns · texts).
    package func distribute(over features: inout [Double], of schema: Schema) -> Categories {
        let categories = Categories()
        let other = Double(CategoryDictionary.otherCode)
        for (column, feature) in schema.features.enumerated() where feature.kind == .categorical {
            let positions = stride(from: column, to: features.count, by: schema.width)
            var own = [Double](repeating: -1, count: texts.count)
            for position in positions { if let code = index(features[position]) { own[code] = 0 } }
            let dictionary = categories[feature.name]
            for code in own.indices where own[code] == 0 { own[code] = Double(dictionary.pin(texts[code])) }
            for position in positions where !features[position].isNaN {
                features[position] = index(features[position]).map { own[$0] } ?? other
            }
        }
        return categories
    }

    private func index(_ value: Double) -> Int? {
        guard let code = Int(exactly: value), code != Self.other, texts.indices.contains(code) else { return nil }
        return code
    }
}
