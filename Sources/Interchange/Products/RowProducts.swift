import Learning

/// Products of rows with a constant matrix.
///
/// Up to `mostRows` rows are summed in one and the same order, so that a small batch answers as its rows do, on every machine; larger ones,
/// where it pays, go to the linear algebra library, whose sums may differ in the last bits.
enum RowProducts {
    /// Rows that are always summed here: as many as a model's golden rows.
    static let mostRows = 32
    /// Multiplications from which the library is quicker.
    private static let leastWork = 1 << 18

    /// Adds `a` [rows, inner] times `b` [inner, columns] to `to` [rows, columns].
    ///
    /// Complexity: O(rows · inner · columns).
    static func add(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, rows: Int, inner: Int, columns: Int
    ) {
        if rows > mostRows, rows * inner * columns >= leastWork {
            Float.addProduct(MatrixProduct(rows: rows, inner: inner, columns: columns), a, b, to: to)
            return
        }
        var row = 0
        while row + 2 <= rows {
            addPair(a + row * inner, b, to + row * columns, inner, columns)
            row += 2
        }
        if row < rows { addRow(a + row * inner, b, to + row * columns, inner, columns) }
    }

    @inline(__always)
    private static func load(_ from: UnsafePointer<Float>) -> SIMD8<Float> {
        UnsafeRawPointer(from).loadUnaligned(as: SIMD8<Float>.self)
    }

    @inline(__always)
    private static func store(_ vector: SIMD8<Float>, _ to: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(to).storeBytes(of: vector, as: SIMD8<Float>.self)
    }

    /// Two rows, so that each line of the matrix is read once for both.
    private static func addPair(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ inner: Int, _ columns: Int
    ) {
        let (other, target) = (a + inner, to + columns)
        var column = 0
        while column + 8 <= columns {
            var (first, second) = (load(to + column), load(target + column))
            for index in 0..<inner {
                let line = load(b + index * columns + column)
                first += line * a[index]
                second += line * other[index]
            }
            store(first, to + column)
            store(second, target + column)
            column += 8
        }
        while column < columns {
            var (first, second) = (to[column], target[column])
            for index in 0..<inner {
                first += b[index * columns + column] * a[index]
                second += b[index * columns + column] * other[index]
            }
            (to[column], target[column]) = (first, second)
            column += 1
        }
    }

    private static func addRow(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, _ inner: Int, _ columns: Int
    ) {
        var column = 0
        while column + 8 <= columns {
            var sums = load(to + column)
            for index in 0..<inner { sums += load(b + index * columns + column) * a[index] }
            store(sums, to + column)
            column += 8
        }
        while column < columns {
            var sum = to[column]
            for index in 0..<inner { sum += b[index * columns + column] * a[index] }
            to[column] = sum
            column += 1
        }
    }
}
