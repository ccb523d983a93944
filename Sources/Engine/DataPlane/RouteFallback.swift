import Learning
import Tabular

/// Says the same of every row: what a paused deployment answers with where a constant is its fallback.
final class FixedAnswer: Predictor {
    let width: Int
    let outputs: Int
    private let scores: [Double]

    init(width: Int, scores: [Double]) {
        self.width = width
        self.scores = scores
        outputs = scores.count
    }

    func predict(_ row: UnsafePointer<Double>, into result: UnsafeMutablePointer<Double>) {
        for output in 0..<outputs { result[output] = scores[output] }
    }
}

extension LoadedVersion {
    /// A constant as event loops answer by it: under no version's number, its rows measured against the reference of the one that is paused.
    convenience init(_ scores: [Double], width: Int, beside champion: LoadedVersion) {
        self.init(
            number: PausedAnswer.noVersion, predictor: FixedAnswer(width: width, scores: scores), profile: champion.profile,
            reference: champion.reference)
    }
}
