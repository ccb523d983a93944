import Tabular

/// How a model from elsewhere is asked about a deployment's rows, and how its answers are read.
public struct OnnxBinding: Codable, Sendable, Equatable {
    /// An input with the columns that fill it, in their order.
    public struct Input: Codable, Sendable, Equatable {
        /// The model's name of it.
        public var name: String
        /// Features of the schema.
        public var features: [String]

        /// Makes an input.
        public init(name: String, features: [String]) {
            self.name = name
            self.features = features
        }
    }

    /// What becomes of the numbers that a model answers with.
    public enum Reading: String, Codable, Sendable, CaseIterable {
        /// They are what is wanted: probabilities, or the predicted number.
        case plain
        /// Scores of which the logistic function makes a probability.
        case logistic
        /// Scores of which the softmax function makes probabilities.
        case softmax
        /// The class itself: it has probability 1.
        case label
    }

    /// What is fed.
    public var inputs: [Input]
    /// The output that is read.
    public var output: String
    /// How it is read.
    public var reading: Reading
    /// For each class of the schema its column in the output, or its label as the model calls it.
    public var columns: [Int]
    /// The model's labels of the classes, in the schema's order, where labels are read.
    public var labels: [String]

    /// Makes a binding.
    public init(inputs: [Input], output: String, reading: Reading, columns: [Int], labels: [String] = []) {
        self.inputs = inputs
        self.output = output
        self.reading = reading
        self.columns = columns
        self.labels = labels
    }

    /// Refuses a binding that does not fit a schema.
    func check(_ schema: Schema) throws(OnnxFailure) {
        for input in inputs {
            guard !input.features.isEmpty else { throw .unfit("input \(SafeText.escape(input.name)) has no columns: say which with --map") }
            for name in input.features where schema.index(of: name) == nil {
                throw .unfit("no column \(SafeText.escape(name)): the model's input \(SafeText.escape(input.name)) reads it")
            }
        }
        let classes = schema.target.classes.count
        let needed = schema.target.task == .regression ? 1 : reading == .label ? 0 : schema.target.task == .binary ? 1 : classes
        guard columns.count == needed, columns.allSatisfy({ (0..<65_536).contains($0) }), reading != .label || labels.count == classes
        else {
            throw .unfit("the model's answers are not those of \(classes) classes")
        }
    }
}
