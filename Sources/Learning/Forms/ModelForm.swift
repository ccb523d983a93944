package import Tabular

/// What a model has learnt, as who writes it down in another language needs to know it: numbers and texts, and no code.
///
/// What it says is what the model's predictor does, step by step: rows are coded, laid out, scored, turned into probabilities, corrected.
package struct ModelForm: Sendable {
    /// What stands for a feature before the algorithm sees it.
    package enum Coding: Sendable {
        case asIs
        /// Numbers for texts.
        case texts(TextForm)
        /// Sine and cosine of hour, weekday and month.
        case cycles
        /// Nothing: what was learnt does not see it.
        case withheld
    }

    /// What the algorithm has learnt.
    package enum Core: Sendable {
        /// The same of every row, one value an output.
        case constants([Double])
        /// Weighted sums of a layout's columns: `[outputs][columns + 1]`, the last of each an intercept.
        case linear(DesignForm, [[Double]])
        /// Layers of rectified units over a layout's columns.
        case network(DesignForm, NetworkForm)
        case trees(ForestForm)
    }

    /// The algorithm's name.
    package var algorithm: String
    /// The layout of raw rows.
    package var schema: Schema
    /// One a feature of the schema.
    package var coding: [Coding]
    /// The layout of coded rows, which the core reads.
    package var inner: Schema
    package var core: Core
    /// How each output's probability is corrected; none where it is not.
    package var corrections: [CorrectionForm]
    /// Values in a result.
    package var outputs: Int

    /// The hour, weekday and month of an instant in the schema's zone; nil for what is none.
    package func parts(_ milliseconds: Double) -> LocalParts? { schema.clock.parts(milliseconds) }
}

/// The numbers that stand for the texts of a column.
package struct TextForm: Sendable {
    /// Numbers a text.
    package var width: Int
    package var texts: [String]
    /// `[texts, width]`.
    package var values: [Double]
    /// For no value.
    package var missing: [Double]
    /// For a text that is none of these.
    package var unseen: [Double]
}

/// The columns that a linear model or a network makes of a row.
package struct DesignForm: Sendable {
    /// A feature's columns.
    package struct Block: Sendable {
        package enum Kind: Sendable { case number, category, time }

        package var kind: Kind
        /// First column.
        package var start: Int
        /// Of a number: (x − mean) · scale within ± `DesignForm.farthest`; 0 for a missing one.
        package var mean: Double
        package var scale: Double
        /// The column that is 1 where a value is missing; negative without one.
        package var missing: Int
        /// The column of all other texts; negative without one.
        package var other: Int
        /// Texts with a column each, from `start` on; of a time `hour=5`, `weekday=1`, `month=12`.
        package var texts: [String]
    }

    /// Deviations that count as the farthest.
    package static let farthest = DesignLayout.farthest

    /// One a feature; nil for those that are not used.
    package var blocks: [Block?]
    package var columns: Int
}

/// Layers of rectified units.
package struct NetworkForm: Sendable {
    /// A layer: weights `[inputs, outputs]`, and a bias an output.
    package struct Layer: Sendable {
        package var inputs: Int
        package var outputs: Int
        package var weights: [Float]
        package var biases: [Float]
    }

    package var layers: [Layer]
    /// Of a regression: the answer is the output times the scale, plus the center.
    package var center: Double
    package var scale: Double
    /// What values of the first layer are kept within.
    package static let farthest = NetworkRows.farthest
}

/// Trees in flat arrays; tree *i* adds to output *i* modulo their number.
package struct ForestForm: Sendable {
    /// A node that parts rows.
    package struct Node: Sendable {
        /// Of the features, and after them the hour, weekday and month of each time.
        package var input: Int
        /// Numbers up to this go left.
        package var threshold: Double
        package var missingIsLeft: Bool
        /// Of categories: which bins go left.
        package var bins: [Bool]?
        /// Non-negative: a node; negative: leaf −1 − n.
        package var left: Int
        package var right: Int
    }

    /// Where each output begins.
    package var base: [Double]
    package var roots: [Int]
    package var nodes: [Node]
    package var leaves: [Double]
    /// Of each input of categories: the texts of its bins, after which come the bin of all others and that of missing values.
    package var texts: [[String]?]
    /// Whether a number's sum is its logarithm.
    package var isLogarithmic: Bool
    /// Features that are times, in order: their parts are inputs behind the features.
    package var times: [Int]
}

/// How a probability is corrected.
package enum CorrectionForm: Sendable {
    /// 1 / (1 + e^−(slope · log-odds + shift)), of a probability within `nearest` of 0 and 1.
    case curve(slope: Double, shift: Double, nearest: Double)
    /// Straight lines between points, level beyond them.
    case lines(from: [Double], to: [Double])
}
