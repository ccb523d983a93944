/// Evaluates a chain of elementwise operations, some hundred numbers at a time through all its steps.
struct RealKernel: Kernel {
    let program: RealProgram
    let type: ElementType
    let output: Int

    func run(_ frame: Frame) throws(OnnxFault) {
        var shape = frame.shape(program.leaves[0])
        for leaf in program.leaves.dropFirst() { shape = try shape.stretched(with: frame.shape(leaf)) }
        if type == .float { try evaluate(frame, shape, Float.self) } else { try evaluate(frame, shape, Double.self) }
    }

    private func evaluate<T: RealNumber>(_ frame: Frame, _ shape: Shape, _: T.Type) throws(OnnxFault) {
        let target = try frame.make(output, type, shape, as: T.self)
        let count = shape.count
        guard count > 0 else { return }
        let chunk = min(count, RealVectors.chunk)
        let registers = program.leaves.count + program.steps.count
        withUnsafeTemporaryAllocation(of: T.self, capacity: registers * chunk) { room in
            withUnsafeTemporaryAllocation(of: UnsafePointer<T>.self, capacity: registers) { places in
                guard let room = room.baseAddress, let places = places.baseAddress else { return }
                for start in stride(from: 0, to: count, by: chunk) {
                    let length = min(chunk, count - start)
                    for (index, leaf) in program.leaves.enumerated() {
                        let own = frame.read(leaf, as: T.self)
                        let form = frame.shape(leaf)
                        if form == shape {
                            places[index] = own + start
                            continue
                        }
                        let copy = room + index * chunk
                        places[index] = UnsafePointer(copy)
                        if form.count == 1 {
                            // The same number throughout: once is enough.
                            if start == 0 { copy.update(repeating: own[0], count: chunk) }
                        } else {
                            Stretch(form, to: shape).copy(own, copy, from: start, count: length)
                        }
                    }
                    work(places, room, chunk, length, target + start)
                }
            }
        }
    }

    @inline(__always)
    private func work<T: RealNumber>(
        _ places: UnsafeMutablePointer<UnsafePointer<T>>, _ room: UnsafeMutablePointer<T>, _ chunk: Int, _ length: Int,
        _ target: UnsafeMutablePointer<T>
    ) {
        let leaves = program.leaves.count
        for (index, step) in program.steps.enumerated() {
            let to = index == program.steps.count - 1 ? target : room + (leaves + index) * chunk
            if step.operation.isOfTwo {
                RealVectors.apply(step.operation, places[step.first], places[step.second], to, length)
            } else {
                RealVectors.apply(step.operation, places[step.first], to, length, T(step.a), T(step.b))
            }
            places[leaves + index] = UnsafePointer(to)
        }
    }
}
