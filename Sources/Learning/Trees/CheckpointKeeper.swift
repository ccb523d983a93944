import Tabular

/// Saves a run of boosting now and then, and finds what was saved of the very same one.
struct CheckpointKeeper {
    private let checkpoints: TrainingCheckpoints
    private let identity: UInt64
    private var last = ContinuousClock.now

    /// Nil when nobody keeps checkpoints.
    init?(_ checkpoints: TrainingCheckpoints?, rows: LabelledRows, settings: Settings, seed: UInt64) {
        guard let checkpoints else { return nil }
        self.checkpoints = checkpoints
        identity = Fingerprint.training(rows, settings.texts, seed: seed)
    }

    /// What was saved; nil when that is nothing, damaged, or of another training.
    func load(schema: Schema) -> BoostingCheckpoint? {
        guard let bytes = checkpoints.load(), let found = try? BoostingCheckpoint(bytes, schema: schema), found.identity == identity else {
            return nil
        }
        return found
    }

    /// Saves, when the last time was long enough ago.
    mutating func save(isSettled: Bool, wanted: Int, losses: (train: [Double], watched: [Double]), ensemble: () -> TreeEnsemble) {
        guard ContinuousClock.now - last >= .seconds(checkpoints.seconds) else { return }
        let checkpoint = BoostingCheckpoint(
            identity: identity, isSettled: isSettled, wanted: wanted, losses: losses, ensemble: ensemble())
        checkpoints.save(checkpoint.encode())
        last = .now
    }
}
