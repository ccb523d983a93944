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
        let width = schema.width
        features.withUnsafeMutableBufferPointer { values in
            var maps: [(column: Int, map: CodeMap)] = []
            for (column, feature) in schema.features.enumerated() where feature.kind == .categorical {
                var map = CodeMap(codes: texts.count)
                map.forget(Self.other)
                let present = map.present(in: UnsafeBufferPointer(values), column: column, width: width)
                let dictionary = categories[feature.name]
                for code in texts.indices where present[code] { map[code] = dictionary.pin(texts[code]) }
                maps.append((column, map))
            }
            CodeMap.apply(maps, to: values, width: width)
        }
        return categories
    }

    /// Makes codes of each column's own texts into codes of its dictionary, as if all columns had shared one list by first appearance.
    ///
    /// - Parameter texts: by column, the texts by code; empty for columns without categories.
    /// - Returns: the dictionaries. Complexity: O(values of the columns + columns · texts).
    static func unite(_ texts: [[String]], in features: inout [Double], of schema: Schema) -> Categories {
        let categories = Categories()
        let columns = schema.features.indices.filter { schema.features[$0].kind == .categorical }
        var list = CategoryList()
        // By column: the codes with their places in the list.
        var found = columns.map { _ in [(place: Int, code: Int)]() }
        features.withUnsafeMutableBufferPointer { values in
            let scan = FirstCodes(columns: columns, codes: columns.map { texts[$0].count }, width: schema.width)
            scan.forEach(in: UnsafeBufferPointer(values)) { index, code in
                found[index].append((list.code(of: texts[columns[index]][code]), code))
            }
            var maps: [(column: Int, map: CodeMap)] = []
            for (index, column) in columns.enumerated() {
                var map = CodeMap(codes: texts[column].count)
                let dictionary = categories[schema.features[column].name]
                for (place, code) in found[index].sorted(by: { $0.place < $1.place }) { map[code] = dictionary.pin(list.texts[place]) }
                maps.append((column, map))
            }
            CodeMap.apply(maps, to: values, width: schema.width)
        }
        return categories
    }
}
