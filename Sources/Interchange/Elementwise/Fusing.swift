/// Puts chains of elementwise operations together, so that what lies between two of them is never written to memory.
enum Fusing {
    /// The same steps with a step's program in the place of whatever only it reads.
    ///
    /// Complexity: O(steps · leaves).
    static func fuse(_ steps: [PlanBuilder.Step], keeping kept: Set<Int>) -> [PlanBuilder.Step] {
        var readers: [Int: Int] = [:]
        for step in steps { for slot in step.reads { readers[slot, default: 0] += 1 } }
        var result: [PlanBuilder.Step?] = steps
        var makers: [Int: Int] = [:]
        for (index, step) in steps.enumerated() {
            guard let kernel = step.kernel as? RealKernel else { continue }
            var program = kernel.program
            for leaf in kernel.program.leaves where readers[leaf] == 1 && !kept.contains(leaf) {
                guard let maker = makers[leaf], let inner = result[maker]?.kernel as? RealKernel, inner.type == kernel.type,
                    let fused = program.replacing(leaf: leaf, by: inner.program)
                else { continue }
                program = fused
                result[maker] = nil
            }
            result[index] = PlanBuilder.Step(
                kernel: RealKernel(program: program, type: kernel.type, output: kernel.output), reads: program.leaves, makes: step.makes,
                place: step.place)
            makers[kernel.output] = index
        }
        return result.compactMap { $0 }
    }
}
