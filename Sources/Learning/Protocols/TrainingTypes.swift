public import Tabular

/// How far a training is.
public struct TrainingProgress: Codable, Sendable, Equatable {
    /// What is being done: `binning`, `fitting`, `evaluating`, ….
    public var stage: String
    /// What is said behind the stage where there is room: a search's figures and settings.
    public var detail: String?
    /// Iterations done.
    public var iteration: Int
    /// Iterations in all; 0 when not known.
    public var iterations: Int
    /// Loss on the training part.
    public var trainLoss: Double?
    /// Loss on the validation part.
    public var validationLoss: Double?
    /// Share done, 0…1.
    public var fraction: Double
    /// Estimated seconds left.
    public var secondsLeft: Double?

    /// Makes a progress.
    public init(
        stage: String, detail: String? = nil, iteration: Int, iterations: Int, trainLoss: Double?, validationLoss: Double?,
        fraction: Double, secondsLeft: Double?
    ) {
        self.stage = stage
        self.detail = detail
        self.iteration = iteration
        self.iterations = iterations
        self.trainLoss = trainLoss
        self.validationLoss = validationLoss
        self.fraction = fraction
        self.secondsLeft = secondsLeft
    }
}

/// Where a training keeps what it has learnt so far, to go on from there when its process has died.
///
/// An algorithm that takes long saves to it; the others start anew, with the same result.
public struct TrainingCheckpoints: Sendable {
    /// What was saved last for this training; nil when there is nothing.
    ///
    /// What is damaged or of another training is passed over.
    public var load: @Sendable () -> [UInt8]?
    /// Keeps bytes in the place of the last ones.
    public var save: @Sendable ([UInt8]) -> Void
    /// Least seconds from one saving to the next.
    public var seconds: Double

    /// Makes a place for checkpoints.
    public init(load: @escaping @Sendable () -> [UInt8]?, save: @escaping @Sendable ([UInt8]) -> Void, seconds: Double = 5) {
        self.load = load
        self.save = save
        self.seconds = seconds
    }
}

/// How a training talks to whoever runs it.
public struct TrainingHooks: Sendable {
    /// Told of progress, each iteration.
    public var report: @Sendable (TrainingProgress) -> Void
    /// Asked at least ten times a second.
    public var isCancelled: @Sendable () -> Bool
    /// Called each iteration; may sleep, to leave the machine to serving.
    public var breathe: @Sendable () -> Void
    /// Threads that may be used.
    public var threads: Int
    /// Where to keep what was learnt so far; nil: nowhere.
    public var checkpoints: TrainingCheckpoints?
    /// Told of a search's trials, whenever one begins or ends.
    public var reportTrials: @Sendable (SearchProgress) -> Void

    /// Hooks; by default nobody listens.
    public init(
        report: @escaping @Sendable (TrainingProgress) -> Void = { _ in }, isCancelled: @escaping @Sendable () -> Bool = { false },
        breathe: @escaping @Sendable () -> Void = {}, threads: Int = 1, checkpoints: TrainingCheckpoints? = nil,
        reportTrials: @escaping @Sendable (SearchProgress) -> Void = { _ in }
    ) {
        self.reportTrials = reportTrials
        self.report = report
        self.isCancelled = isCancelled
        self.breathe = breathe
        self.threads = threads
        self.checkpoints = checkpoints
    }

    /// The same hooks for one part of a work: its fractions fall into this range of the whole.
    public func reporting(within range: ClosedRange<Double>) -> TrainingHooks {
        var part = self
        let report = report
        part.report = { progress in
            var scaled = progress
            scaled.fraction = range.lowerBound + min(max(progress.fraction, 0), 1) * (range.upperBound - range.lowerBound)
            report(scaled)
        }
        return part
    }

    /// Leaves the machine to serving for a moment, and ends the training if somebody asked for it.
    func checkpoint() throws(LearningFailure) {
        breathe()
        if isCancelled() { throw .cancelled }
    }
}

/// What to train and how.
public struct TrainingRequest: Codable, Sendable, Equatable {
    /// The algorithm's name.
    public var algorithm: String
    /// Settings that differ from the defaults.
    public var settings: [String: String]
    /// Seed of everything random.
    public var seed: UInt64
    /// Share of the rows that the version is judged on.
    public var holdout: Double
    /// How these rows are found; nil: by the standard rule of the data, with that share.
    public var split: SplitRule?
    /// Columns that may tell the target by themselves; nil: as for the champion.
    ///
    /// The data checks look at it; `Training.run` does not.
    public var allowedLeakage: [String]?
    /// Bytes that the training may take, about; nil: no bound.
    public var memoryBudget: Int?
    /// Which trials find the settings that are not given; nil: they take their defaults.
    ///
    /// `Search.run` makes them; `Training.run` does not look at it.
    public var search: SearchOrder?

    /// Makes a request.
    public init(
        algorithm: String, settings: [String: String] = [:], seed: UInt64 = 0, holdout: Double = TrainingRequest.standardHoldout,
        memoryBudget: Int? = nil, search: SearchOrder? = nil, split: SplitRule? = nil
    ) {
        self.split = split
        self.search = search
        self.memoryBudget = memoryBudget
        self.algorithm = algorithm
        self.settings = settings
        self.seed = seed
        self.holdout = holdout
    }
}

/// A figure of quality on held-out rows, with its interval.
public struct Metric: Codable, Sendable, Equatable {
    /// `auc logLoss accuracy brier balancedAccuracy`, for two classes `precision recall f1 averagePrecision` of the positive one, for several
    /// `macroF1` and `recall red`, `precision red` of each; `rmse mae medianError bias r2` for numbers, and
    /// before them `pinball`, `poissonDeviance`, `gammaDeviance` or `tweedieDeviance` where that is the loss that was learnt by.
    public var name: String
    /// The figure.
    public var value: Double
    /// Lower end of its interval.
    public var lower: Double?
    /// Upper end.
    public var upper: Double?
    /// Rows.
    public var n: Int
    /// Whether more is better.
    public var higherIsBetter: Bool
    /// How the interval was made: `DeLong 95 %`.
    public var interval: String?

    /// Makes a metric.
    public init(name: String, value: Double, lower: Double?, upper: Double?, n: Int, higherIsBetter: Bool, interval: String?) {
        self.name = name
        self.value = value
        self.lower = lower
        self.upper = upper
        self.n = n
        self.higherIsBetter = higherIsBetter
        self.interval = interval
    }
}

/// What the constant answers, which looks at no row, and how good that is.
public struct ConstantFigures: Sendable {
    /// One value, or one a class.
    public var values: [Double]
    /// On the held-out rows.
    public var metrics: [Metric]
}

/// What a training made.
public struct TrainingOutcome: Sendable {
    /// The model's bytes: the same data, settings, seed and build give the same.
    public var artefact: [UInt8]
    /// On the held-out rows.
    public var metrics: [Metric]
    /// What predicting the training part's mean comes to on the same rows.
    public var constant: ConstantFigures
    /// Rows learnt from.
    public var trainRows: Int
    /// Rows judged on.
    public var holdoutRows: Int
    /// How the rows were divided; nil for what was learnt label by label.
    public var division: RowDivision?
    /// Which held-out rows go together, such as copies; nil where each is its own.
    public var groups: RowGroups?
    /// The held-out rows themselves.
    public var holdout: LabelledRows
    /// Scores of the held-out rows, row-major `[rows, outputs]`.
    public var holdoutScores: [Double]
    /// Every setting.
    public var settings: [String: String]
    /// How well probabilities keep their word on the held-out rows; nil for numbers.
    public var calibration: CalibrationReport?
    /// Figures of the held-out rows by value of their categories.
    public var slices: [SliceMetrics]
    /// The loss curve.
    public var curve: [TrainingProgress]
    /// Remarks.
    public var notes: [String]
    /// Seconds of the fitting.
    public var fitSeconds: Double
    /// Libraries that took part, with versions.
    public var libraries: [String: String]
}

extension TrainingOutcome {
    /// Of predicting the training part's mean, on the same rows.
    public var baselineMetrics: [Metric] { constant.metrics }

    /// By what the held-out rows judge.
    ///
    /// Complexity: O(held-out rows).
    public var judgement: Judgement { Judgement(holdout, settings: settings) }
}
