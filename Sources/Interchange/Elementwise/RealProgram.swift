/// A chain of elementwise operations over tensors of one kind of real numbers, evaluated in one walk.
struct RealProgram: Sendable {
    /// One operation; operands below `leaves.count` are leaves, the others results of earlier steps.
    struct Step: Sendable {
        var operation: RealOperation
        var first: Int
        /// Of operations of two numbers.
        var second = 0
        /// What some operations are parametrised with.
        var a = 0.0
        var b = 0.0
    }

    /// Most leaves, and most steps, of a fused chain.
    static let mostLeaves = 24
    static let mostSteps = 40

    /// Slots of the tensors that it reads.
    var leaves: [Int]
    var steps: [Step]

    /// One operation of one number.
    init(_ operation: RealOperation, _ leaf: Int, a: Double = 0, b: Double = 0) {
        leaves = [leaf]
        steps = [Step(operation: operation, first: 0, a: a, b: b)]
    }

    /// One operation of two or more numbers, from the left.
    init(_ operation: RealOperation, all slots: [Int]) {
        leaves = slots
        steps = []
        var last = 0
        for next in slots.indices.dropFirst() {
            steps.append(Step(operation: operation, first: last, second: next))
            last = slots.count + steps.count - 1
        }
    }

    /// This program with another one in the place of one of its leaves; nil when that would be too large.
    func replacing(leaf slot: Int, by inner: RealProgram) -> RealProgram? {
        let kept = leaves.filter { $0 != slot }
        var all = kept
        for leaf in inner.leaves where !all.contains(leaf) { all.append(leaf) }
        guard all.count <= Self.mostLeaves, steps.count + inner.steps.count <= Self.mostSteps else { return nil }
        func place(_ operand: Int, of program: RealProgram, after steps: Int, _ replaced: Int?) -> Int {
            guard operand < program.leaves.count else { return all.count + steps + operand - program.leaves.count }
            let leaf = program.leaves[operand]
            if let replaced, leaf == slot { return replaced }
            return all.firstIndex(of: leaf) ?? 0
        }
        let last = all.count + inner.steps.count - 1
        var result = self
        result.leaves = all
        result.steps = inner.steps.map { step in
            var step = step
            step.first = place(step.first, of: inner, after: 0, nil)
            if step.operation.isOfTwo { step.second = place(step.second, of: inner, after: 0, nil) }
            return step
        }
        result.steps += steps.map { step in
            var step = step
            step.first = place(step.first, of: self, after: inner.steps.count, last)
            if step.operation.isOfTwo { step.second = place(step.second, of: self, after: inner.steps.count, last) }
            return step
        }
        return result
    }
}
