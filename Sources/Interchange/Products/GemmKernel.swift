import Learning

/// A product of two matrices with a bias: α A B + β C.
struct GemmKernel: Kernel {
    let first: Int
    let second: Int
    let bias: Int?
    let form: ProductForm
    let type: ElementType
    let packed: PackedMatrix?
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        if type == .float { try evaluate(frame, Float.self) } else { try evaluate(frame, Double.self) }
    }

    private func evaluate<T: MatrixNumber>(_ frame: Frame, _: T.Type) throws(OnnxFault) {
        let (a, b) = (frame.shape(first), frame.shape(second))
        guard b.rank == 2, a.rank == 2 || (form.isStacked && a.rank >= 1) else { throw .shape("\(a.text) times \(b.text)") }
        let inner = form.isFirstTurned ? a[0] : a[a.rank - 1]
        let rows = form.isFirstTurned ? a[1] : a.product(0, a.rank - 1)
        let columns = form.isSecondTurned ? b[0] : b[1]
        guard inner == (form.isSecondTurned ? b[1] : b[0]) else { throw .shape("\(a.text) times \(b.text)") }
        try ProductForm.checkWork(rows, inner, columns)
        var shape = Shape(rows: rows, columns: columns)
        if form.isStacked {
            shape = Shape()
            for axis in 0..<(a.rank - 1) { try shape.append(a[axis]) }
            try shape.append(columns)
        }
        let to = try frame.make(output, type, shape, as: T.self)
        try begin(frame, to, rows, columns)
        let left = frame.read(first, as: T.self)
        if let packed, let left = left as? UnsafePointer<Float>, let to = to as? UnsafeMutablePointer<Float> {
            packed.values.withUnsafeBufferPointer { values in
                guard let values = values.baseAddress else { return }
                RowProducts.add(left, values, to: to, rows: rows, inner: packed.inner, columns: packed.columns)
            }
            return
        }
        T.addProduct(
            MatrixProduct(
                rows: rows, inner: inner, columns: columns, isFirstTurned: form.isFirstTurned, isSecondTurned: form.isSecondTurned,
                factor: T(form.alpha)), left, frame.read(second, as: T.self), to: to)
    }

    /// What the product is added to.
    private func begin<T: MatrixNumber>(
        _ frame: Frame, _ to: UnsafeMutablePointer<T>, _ rows: Int, _ columns: Int
    ) throws(OnnxFault) {
        let count = rows * columns
        guard let bias, form.beta != 0, count > 0 else { return to.update(repeating: 0, count: count) }
        let shape = Shape(rows: rows, columns: columns)
        let own = frame.shape(bias)
        guard own.rank <= 2, try own.stretched(with: shape) == shape else { throw .shape("\(own.text) added to \(shape.text)") }
        let values = frame.read(bias, as: T.self)
        if own.count == columns, own.rank < 2 || own[0] == 1 {
            for row in 0..<rows { (to + row * columns).update(from: values, count: columns) }
        } else {
            Stretch(own, to: shape).copy(values, to, from: 0, count: count)
        }
        if form.beta != 1 { for index in 0..<count { to[index] *= T(form.beta) } }
    }
}

/// Products of numbers of any type, and of stacks of matrices.
struct StackedProductKernel: Kernel {
    let first: Int
    let second: Int
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        var (a, b) = (frame.shape(first), frame.shape(second))
        guard a.rank > 0, b.rank > 0 else { throw .shape("\(a.text) times \(b.text)") }
        let (isLine, isColumn) = (a.rank == 1, b.rank == 1)
        if isLine { a = Shape(rows: 1, columns: a[0]) }
        if isColumn { b = Shape(rows: b[0], columns: 1) }
        let (rows, inner, columns) = (a[a.rank - 2], a[a.rank - 1], b[b.rank - 1])
        guard inner == b[b.rank - 2] else { throw .shape("\(a.text) times \(b.text)") }
        let (left, right) = (Self.stack(a), Self.stack(b))
        let stack = try left.stretched(with: right)
        try stack.checkExtent()
        try ProductForm.checkWork(stack.count * rows, inner, columns)
        var shape = stack
        if !isLine { try shape.append(rows) }
        if !isColumn { try shape.append(columns) }
        let to = try frame.make(output, type, shape)
        let (leftPlaces, rightPlaces) = (Stretch(left, to: stack), Stretch(right, to: stack))
        let size = type.size
        for index in 0..<stack.count {
            let form = MatrixProduct<Double>(rows: rows, inner: inner, columns: columns)
            let from = frame.bytes(first) + leftPlaces.place(index) * rows * inner * size
            let other = frame.bytes(second) + rightPlaces.place(index) * inner * columns * size
            multiply(form, from, other, to + index * rows * columns * size)
        }
    }

    private static func stack(_ shape: Shape) -> Shape { Shape(shape.dimensions.dropLast(2)) ?? Shape() }

    private func multiply(
        _ form: MatrixProduct<Double>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ to: UnsafeMutableRawPointer
    ) {
        switch type {
        case .float: multiplyReal(form, a, b, to, Float.self)
        case .double: multiplyReal(form, a, b, to, Double.self)
        case .int64: multiplyWhole(form, a, b, to, Int64.self)
        default: multiplyWhole(form, a, b, to, Int32.self)
        }
    }

    private func multiplyReal<T: MatrixNumber>(
        _ form: MatrixProduct<Double>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _: T.Type
    ) {
        let target = to.assumingMemoryBound(to: T.self)
        target.update(repeating: 0, count: form.rows * form.columns)
        T.addProduct(
            MatrixProduct(rows: form.rows, inner: form.inner, columns: form.columns), a.assumingMemoryBound(to: T.self),
            b.assumingMemoryBound(to: T.self), to: target)
    }

    private func multiplyWhole<T: FixedWidthInteger>(
        _ form: MatrixProduct<Double>, _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ to: UnsafeMutableRawPointer, _: T.Type
    ) {
        let (a, b, to) = (a.assumingMemoryBound(to: T.self), b.assumingMemoryBound(to: T.self), to.assumingMemoryBound(to: T.self))
        for row in 0..<form.rows {
            for column in 0..<form.columns {
                var sum: T = 0
                for index in 0..<form.inner { sum &+= a[row * form.inner + index] &* b[index * form.columns + column] }
                to[row * form.columns + column] = sum
            }
        }
    }
}
