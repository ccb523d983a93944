import Tabular

/// When a label's row was answered, and when the label came.
public struct LabelTiming: Sendable, Equatable {
    /// UTC milliseconds.
    public var answered: Int64
    /// UTC milliseconds.
    public var received: Int64

    /// Makes a timing.
    public init(answered: Int64, received: Int64) {
        self.answered = answered
        self.received = received
    }
}

/// What learns one row at a time: at one rate, or at several side by side.
///
/// Confined to whoever owns it.
protocol OnlineCore: AnyObject {
    /// Whether the loss is that of two classes; else half the square.
    var isLogistic: Bool { get }
    /// Rows learnt so far.
    var rows: Int { get }
    /// The mean loss of the rows, each before it was learnt.
    var meanLoss: Double { get }
    /// What it knows, to be resumed.
    var knowledge: OnlineKnowledge { get }
    /// An immutable copy of what answers now.
    var live: any Predictor { get }
    /// A probability, or a number in the target's unit.
    func predict(_ row: UnsafePointer<Double>) -> Double
    /// Learns a row; gives the answer from before.
    ///
    /// `target` is 1 or 0, or a finite number; without a timing the label came at once. Complexity: O(columns of the row).
    @discardableResult
    func learn(_ row: UnsafePointer<Double>, target: Double, timing: LabelTiming?) -> Double
    /// What it would have answered the row that was learnt last when that was answered, as far as it remembers.
    var answeredThen: Double { get }
    /// The loss of a row that is not learnt.
    func loss(_ row: UnsafePointer<Double>, target: Double) -> Double
}

/// What an online learner knows, as a value.
enum OnlineKnowledge: Sendable {
    case single(OnlineState)
    case mixture(MixtureState)

    /// Nothing learnt yet.
    init(layout: DesignLayout, rates: OnlineRates, center: Double = 0, scale: Double = 1) {
        self =
            rates.rate == MixtureState.mark
            ? .mixture(MixtureState(layout: layout, rates: rates, center: center, scale: scale))
            : .single(OnlineState(layout: layout, rates: rates, center: center, scale: scale))
    }

    /// What releases before the mixture wrote has a rate there that is not 0.
    init(from reader: inout ArtefactReader, schema: Schema) throws(LearningFailure) {
        let layout = try DesignLayout(from: &reader, width: schema.width)
        let rates = try OnlineRates(from: &reader)
        if rates.rate == MixtureState.mark {
            self = .mixture(try MixtureState(layout: layout, rates: rates, from: &reader))
        } else {
            self = .single(try OnlineState(layout: layout, rates: rates, from: &reader))
        }
    }

    func encode(into writer: inout ArtefactWriter) {
        switch self {
        case .single(let state): state.encode(into: &writer)
        case .mixture(let state): state.encode(into: &writer)
        }
    }

    var layout: DesignLayout {
        switch self {
        case .single(let state): state.layout
        case .mixture(let state): state.layout
        }
    }

    /// The weights that a version answers with.
    var linear: LinearWeights {
        switch self {
        case .single(let state): state.linear
        case .mixture(let state): state.linear
        }
    }

    /// Whether every weight is a number.
    var isFinite: Bool {
        switch self {
        case .single(let state): state.linear.weights.allSatisfy(\.isFinite)
        case .mixture(let state):
            state.z.allSatisfy(\.isFinite) && state.squares.allSatisfy(\.isFinite) && state.linear.weights.allSatisfy(\.isFinite)
                && state.linear(state.live).weights.allSatisfy(\.isFinite)
        }
    }

    /// The same after a training, for which nobody waited for answers.
    var trained: OnlineKnowledge {
        switch self {
        case .single: self
        case .mixture(let state): .mixture(state.trained())
        }
    }

    /// What goes on learning from it.
    func core(_ schema: Schema, _ categories: Categories, isLogistic: Bool) -> any OnlineCore {
        switch self {
        case .single(let state): SingleRateCore(state, schema, categories, isLogistic: isLogistic)
        case .mixture(let state): MixtureCore(state, schema, categories, isLogistic: isLogistic)
        }
    }
}
