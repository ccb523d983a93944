public import Tabular

/// One simulated row and its truth.
public struct Sample: Sendable, Equatable {
    /// Values in the order of the deployment's columns; the time column and the target are not among them.
    public var values: [InputValue]
    /// The target as text: a class, or a number.
    public var truth: String

    /// Makes a sample.
    public init(values: [InputValue], truth: String) {
        self.values = values
        self.truth = truth
    }

    init(_ values: [InputValue], isPositive: Bool) { self.init(values: values, truth: isPositive ? "yes" : "no") }

    init(_ values: [InputValue], truth: Double) { self.init(values: values, truth: InputValue.number(truth).text) }
}

/// A prediction service that does not exist, with the process that makes its rows and their truths.
public struct SimulatedDeployment: Sendable {
    /// The deployment's name.
    public var name: String
    /// What it predicts, for people.
    public var summary: String
    /// The predicted column; classes are `no` and `yes`, `yes` positive, or none for regression.
    public var target: Target
    /// Input columns; the time column `time` comes on top of them.
    public var columns: [Feature]
    /// The algorithm of its first version.
    public var algorithm: String
    /// Rows of its training file.
    public var trainingRows: Int
    /// Requests a second, on average.
    public var requestsPerSecond: Double
    /// From an answer to its label.
    public var labelDelayMilliseconds: Int64
    /// Its policy, TOML.
    public var policy: String
    private let draw: @Sendable (inout SeededGenerator, Double) -> Sample

    /// The column that orders the rows.
    public static let timeColumn = "time"

    init(
        name: String, summary: String, target: String, task: PredictionTask, columns: [Feature], algorithm: String, trainingRows: Int,
        requestsPerSecond: Double, labelDelayMilliseconds: Int64, policy: String,
        draw: @escaping @Sendable (inout SeededGenerator, Double) -> Sample
    ) {
        self.name = name
        self.summary = summary
        self.target = Target(name: target, task: task, classes: task == .regression ? [] : ["no", "yes"])
        self.columns = columns
        self.algorithm = algorithm
        self.trainingRows = trainingRows
        self.requestsPerSecond = requestsPerSecond
        self.labelDelayMilliseconds = labelDelayMilliseconds
        self.policy = policy
        self.draw = draw
    }

    /// The next row under an incident, if there is one.
    public func sample(_ random: inout SeededGenerator, incident: Incident? = nil) -> Sample {
        switch incident {
        case .populationShift(let strength): return draw(&random, strength)
        case .upstreamFault(let feature, let share):
            var sample = draw(&random, 0)
            if let index = columns.firstIndex(where: { $0.name == feature }), random.chance(share) { sample.values[index] = .missing }
            return sample
        case .badCandidate, nil: return draw(&random, 0)
        }
    }

    /// The deployments of the demo.
    public static let all: [SimulatedDeployment] = [
        FlightDelay.deployment, CardFraud.deployment, Churn.deployment, EnergyLoad.deployment, DeliveryTime.deployment,
        CreditRisk.deployment,
    ]
}

/// Short ways to write the columns of the scenarios.
extension Feature {
    static func numeric(_ name: String) -> Feature { Feature(name: name, kind: .numeric) }
    static func integer(_ name: String) -> Feature { Feature(name: name, kind: .integer) }
    static func boolean(_ name: String) -> Feature { Feature(name: name, kind: .boolean) }
    static func categorical(_ name: String) -> Feature { Feature(name: name, kind: .categorical) }
}

/// Short ways to write the values of the scenarios.
extension InputValue {
    /// A number with so many decimals, as a data source would write it.
    static func decimal(_ value: Double, _ places: Int = 1) -> InputValue {
        let scale = [1.0, 10, 100, 1_000][min(max(places, 0), 3)]
        return .number((value * scale).rounded() / scale)
    }

    static func whole(_ value: Int) -> InputValue { .number(Double(value)) }

    /// The value, or a gap.
    func orGap(_ isGap: Bool) -> InputValue { isGap ? .missing : self }

    /// As a cell of a file, before quoting; empty for a missing value.
    var text: String {
        switch self {
        case .missing: ""
        case .number(let number): Int64(exactly: number).map { String($0) } ?? number.description
        case .truth(let truth): truth ? "true" : "false"
        case .word(let word): word
        case .time(let milliseconds): TimeText.rfc3339(milliseconds)
        }
    }
}
