/// A step with the place that a fault in it is said with.
struct PlanStep: Sendable {
    var kernel: any Kernel
    var place: OnnxPlace
}

/// What a plan reads.
struct PlanInput: Sendable {
    var name: String
    var slot: Int
    var type: ElementType
    /// Lengths of dimensions, nil for those that are open.
    var shape: [Int?]?
}

/// What a plan makes.
struct PlanOutput: Sendable {
    var name: String
    var slot: Int
    var type: ElementType
    /// The keys, when it is a sequence of maps.
    var keys: OnnxElements?
}

/// A model made ready to be evaluated, over and over.
struct Plan: Sendable {
    let steps: [PlanStep]
    let slots: Int
    let constants: ConstantMemory
    let texts: TextTable
    let inputs: [PlanInput]
    let outputs: [PlanOutput]
    /// Bytes that an evaluation may take.
    let memory: Int

    /// A frame for evaluations of this plan.
    func frame() -> Frame { Frame(count: slots, constants: constants, texts: texts, budget: memory) }

    /// Evaluates the plan over the inputs that lie in a frame.
    ///
    /// - Throws: `.evaluation` with the place.
    func run(_ frame: Frame) throws(OnnxFailure) {
        for step in steps {
            do { try step.kernel.run(frame) } catch { throw .evaluation(step.place, what: error.text) }
        }
    }
}
