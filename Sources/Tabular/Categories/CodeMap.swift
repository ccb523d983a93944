/// What the codes of one column become in another numbering; every value without a code there becomes `otherCode`, a missing one stays.
struct CodeMap {
    private static let other = Double(CategoryDictionary.otherCode)
    /// By code.
    private var values: [Double]
    private var forgotten: Int?

    /// A map of so many codes, none of which has a new one yet.
    init(codes: Int) { values = [Double](repeating: Self.other, count: codes) }

    /// The new code of a code that the map has.
    subscript(code: Int) -> Int32 {
        get { Int32(values[code]) }
        set { values[code] = Double(newValue) }
    }

    /// Takes a code for one that stands for all others.
    mutating func forget(_ code: Int) { forgotten = code }

    /// By code, whether a column of row-major values has it.
    ///
    /// Complexity: O(rows).
    func present(in values: UnsafeBufferPointer<Double>, column: Int, width: Int) -> [Bool] {
        var present = [Bool](repeating: false, count: self.values.count)
        present.withUnsafeMutableBufferPointer { present in
            for place in stride(from: column, to: values.count, by: width) {
                if let code = Self.code(values[place], below: present.count) { present[code] = true }
            }
        }
        if let forgotten, present.indices.contains(forgotten) { present[forgotten] = false }
        return present
    }

    /// Rewrites columns of row-major values, each by its map.
    ///
    /// Some rows at a time, so that they stay in the nearer caches from one column to the next. Complexity: O(values of the columns).
    static func apply(_ maps: [(column: Int, map: CodeMap)], to values: UnsafeMutableBufferPointer<Double>, width: Int) {
        guard width > 0 else { return }
        for start in stride(from: 0, to: values.count, by: rowsAtOnce * width) {
            let end = min(values.count, start + rowsAtOnce * width)
            for (column, map) in maps { map.apply(to: values, from: start + column, to: end, by: width) }
        }
    }

    private static let rowsAtOnce = 512

    @inline(__always)
    private func apply(to values: UnsafeMutableBufferPointer<Double>, from start: Int, to end: Int, by width: Int) {
        self.values.withUnsafeBufferPointer { map in
            for place in stride(from: start, to: end, by: width) {
                let value = values[place]
                if let code = Self.code(value, below: map.count) {
                    values[place] = map[code]
                } else if !value.isNaN {
                    values[place] = Self.other
                }
            }
        }
    }

    /// The code that a value is, when there are so many; nil for a missing value and for what is no code.
    @inline(__always)
    static func code(_ value: Double, below count: Int) -> Int? {
        guard value >= 0, value < Double(count) else { return nil }
        let code = Int(value)
        return Double(code) == value ? code : nil
    }
}

/// Finds where each code of some columns stands first in row-major values.
struct FirstCodes {
    /// Row positions of the columns.
    let columns: [Int]
    /// How many codes each of them has.
    let codes: [Int]
    let width: Int

    /// Calls for each code that the rows have, by row and within a row by column, with the column's index among the columns.
    ///
    /// Complexity: O(values of the columns up to the row in which the last code is found).
    func forEach(in values: UnsafeBufferPointer<Double>, _ body: (_ index: Int, _ code: Int) -> Void) {
        guard !columns.isEmpty, width > 0 else { return }
        // One run of marks for all columns: a nested array would be looked up for each value.
        var marks = [Bool](repeating: false, count: codes.reduce(0, +))
        var left = marks.count
        var start = 0
        var lanes: [(column: Int, codes: Int, start: Int)] = []
        for (column, count) in zip(columns, codes) {
            lanes.append((column, count, start))
            start += count
        }
        marks.withUnsafeMutableBufferPointer { marks in
            for row in stride(from: 0, to: values.count - width + 1, by: width) {
                if left == 0 { return }
                for (index, lane) in lanes.enumerated() {
                    guard let code = CodeMap.code(values[row + lane.column], below: lane.codes), !marks[lane.start + code] else { continue }
                    marks[lane.start + code] = true
                    left -= 1
                    body(index, code)
                }
            }
        }
    }
}
