import Learning

extension LoadedVersion {
    /// A constant as event loops answer by it: under no version's number, its rows measured against the reference of the one that is paused.
    convenience init(_ scores: [Double], width: Int, beside champion: LoadedVersion) {
        self.init(
            number: PausedAnswer.noVersion, predictor: ConstantPredictor(width: width, values: scores), profile: champion.profile,
            reference: champion.reference)
    }
}
