import COpenBLAS

/// How two matrices are multiplied, row-major.
package struct MatrixProduct<Number: MatrixNumber> {
    /// Lines of the result.
    package var rows: Int
    /// Products that an element of the result sums.
    package var inner: Int
    /// Columns of the result.
    package var columns: Int
    /// Whether the first one lies as `[inner, rows]`.
    package var isFirstTurned: Bool
    /// Whether the second one lies as `[columns, inner]`.
    package var isSecondTurned: Bool
    /// What the product is multiplied with.
    package var factor: Number

    /// Makes a form.
    package init(
        rows: Int, inner: Int, columns: Int, isFirstTurned: Bool = false, isSecondTurned: Bool = false, factor: Number = 1
    ) {
        self.rows = rows
        self.inner = inner
        self.columns = columns
        self.isFirstTurned = isFirstTurned
        self.isSecondTurned = isSecondTurned
        self.factor = factor
    }

    /// Whether there is nothing to do, or more than the library's numbers of 32 bits say.
    fileprivate var isBeyond: Bool { rows < 1 || inner < 1 || columns < 1 || max(rows, inner, columns) > Int(Int32.max) }
    fileprivate var turns: (CBLAS_TRANSPOSE, CBLAS_TRANSPOSE) {
        (isFirstTurned ? CblasTrans : CblasNoTrans, isSecondTurned ? CblasTrans : CblasNoTrans)
    }
    fileprivate var strides: (Int32, Int32) { (Int32(isFirstTurned ? rows : inner), Int32(isSecondTurned ? inner : columns)) }
}

/// Numbers that the linear algebra library multiplies.
package protocol MatrixNumber: BinaryFloatingPoint, BitwiseCopyable, Sendable {
    /// Adds a product of two matrices to a third, `[rows, columns]`.
    static func addProduct(
        _ form: MatrixProduct<Self>, _ first: UnsafePointer<Self>, _ second: UnsafePointer<Self>, to result: UnsafeMutablePointer<Self>)
}

extension Float: MatrixNumber {
    /// By `sgemm`.
    package static func addProduct(
        _ form: MatrixProduct<Float>, _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, to result: UnsafeMutablePointer<Float>
    ) {
        guard !form.isBeyond else { return }
        let (turns, strides) = (form.turns, form.strides)
        cblas_sgemm(
            CblasRowMajor, turns.0, turns.1, Int32(form.rows), Int32(form.columns), Int32(form.inner), form.factor, first, strides.0,
            second, strides.1, 1, result, Int32(form.columns))
    }
}

extension Double: MatrixNumber {
    /// By `dgemm`.
    package static func addProduct(
        _ form: MatrixProduct<Double>, _ first: UnsafePointer<Double>, _ second: UnsafePointer<Double>,
        to result: UnsafeMutablePointer<Double>
    ) {
        guard !form.isBeyond else { return }
        let (turns, strides) = (form.turns, form.strides)
        cblas_dgemm(
            CblasRowMajor, turns.0, turns.1, Int32(form.rows), Int32(form.columns), Int32(form.inner), form.factor, first, strides.0,
            second, strides.1, 1, result, Int32(form.columns))
    }
}
