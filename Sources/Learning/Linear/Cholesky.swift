import COpenBLAS

/// Solves symmetric positive definite systems through LAPACK.
enum Cholesky {
    /// x of A x = b; `a` holds the upper triangle, row-major `[n, n]`.
    ///
    /// Nil when A is not positive definite. Complexity: O(n³/3).
    static func solve(_ a: [Double], _ b: [Double], size n: Int) -> [Double]? {
        guard let size = Int32(exactly: n), n > 0, a.count == n * n, b.count == n else { return nil }
        var factor = a
        var x = b
        var failed: Int32 = 0
        var order = size
        var columns: Int32 = 1
        // The upper triangle of rows is the lower one of columns, which is how LAPACK reads memory.
        var triangle = CChar(UInt8(ascii: "L"))
        dpotrf_(&triangle, &order, &factor, &order, &failed)
        guard failed == 0 else { return nil }
        dpotrs_(&triangle, &order, &columns, factor, &order, &x, &order, &failed)
        return failed == 0 && x.allSatisfy(\.isFinite) ? x : nil
    }
}
