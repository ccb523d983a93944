package import Tabular

/// A schema laid out for decoding requests: names as bytes, and which features one matrix tensor would carry.
///
/// Confined to one event loop: the marks of the request being decoded live here, so that no request allocates them.
package final class RowPlan {
    package let schema: Schema
    /// The features' kinds, by position: to read one of a `Feature` would copy the whole of it.
    let kinds: [FeatureKind]
    /// Features in a row.
    let width: Int
    /// Row positions, in order, that a single `[n, columns]` tensor fills.
    let matrix: [Int]
    /// Required features that no matrix tensor can carry; when there are any, matrix requests are refused.
    let notInMatrix: [String]
    var cells: RequestCells
    /// Whether some number, such as -999, stands for no value.
    let hasMissingNumbers: Bool
    /// Whether one tensor of all features is the rows as they are: each feature a quantity of which any number is a value.
    let isPlainMatrix: Bool

    private let names: UnsafeMutablePointer<UInt8>
    private let offsets: [Int]
    private let positions: [String: Int]
    private let marks: UnsafeMutablePointer<UInt64>
    private var stamp: UInt64 = 0

    package init(_ schema: Schema) {
        self.schema = schema
        kinds = schema.features.map(\.kind)
        width = schema.width
        cells = RequestCells(schema)
        hasMissingNumbers = !schema.missingWords.numbers.isEmpty
        var matrix: [Int] = []
        var notInMatrix: [String] = []
        var offsets = [0]
        var positions: [String: Int] = [:]
        for (position, feature) in schema.features.enumerated() {
            offsets.append(offsets[position] + feature.name.utf8.count)
            positions[feature.name] = position
            let isNumber = feature.kind == .numeric || feature.kind == .integer || feature.kind == .boolean
            if isNumber { matrix.append(position) } else if !feature.optional { notInMatrix.append(feature.name) }
        }
        self.matrix = matrix
        self.notInMatrix = notInMatrix
        isPlainMatrix = matrix.count == schema.width && !hasMissingNumbers && kinds.allSatisfy { $0 == .numeric }
        self.offsets = offsets
        self.positions = positions
        names = .allocate(capacity: max(1, offsets[schema.width]))
        marks = .allocate(capacity: max(1, schema.width))
        marks.initialize(repeating: 0, count: max(1, schema.width))
        for (position, feature) in schema.features.enumerated() {
            for (i, byte) in feature.name.utf8.enumerated() { (names + offsets[position] + i).initialize(to: byte) }
        }
    }

    deinit {
        names.deallocate()
        marks.deallocate()
    }

    /// Forgets which features the last request brought.
    func beginRequest() { stamp += 1 }

    /// Notes that a feature came; false when it had come before.
    func mark(_ position: Int) -> Bool {
        defer { marks[position] = stamp }
        return marks[position] != stamp
    }

    /// Whether the feature came with this request.
    func isMarked(_ position: Int) -> Bool { marks[position] == stamp }

    /// The row position of the feature of that name, or nil.
    ///
    /// `hint` is tried first: clients send features in the schema's order. Complexity: O(name) on a hit of the hint, else one dictionary
    /// look-up.
    func position(of name: UnsafeBufferPointer<UInt8>, hint: Int) -> Int? {
        if hint < width, name.count == offsets[hint + 1] - offsets[hint] {
            let expected = names + offsets[hint]
            var i = 0
            while i < name.count, name[i] == expected[i] { i += 1 }
            if i == name.count { return hint }
        }
        return positions[String(decoding: name, as: UTF8.self)]
    }
}
