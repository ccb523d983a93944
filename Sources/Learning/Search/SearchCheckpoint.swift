import Foundation
import Synchronization

/// What a search has found out so far: enough to go on after its process has died, and to end with the same winner.
struct SearchCheckpoint: Codable, Equatable {
    /// One training of one trial.
    struct Run: Codable, Equatable {
        /// From 0.
        var round: Int
        /// The trial's index.
        var trial: Int
        var figure: Double?
        var higherIsBetter: Bool?
        /// Why there is no figure.
        var failure: LearningFailure?
        var seconds: Double
    }

    /// What is searched for on what, as a number: `identity(of:_:)`.
    var identity: UInt64
    /// Seconds that the search has taken.
    var seconds: Double
    /// In the order in which they were done.
    var runs: [Run] = []

    init(identity: UInt64, seconds: Double = 0) {
        self.identity = identity
        self.seconds = seconds
    }

    /// Reads a checkpoint; nil for bytes that are none, or of which any was changed.
    init?(_ bytes: [UInt8]) {
        guard let body = Fingerprint.unsealed(bytes), let found = try? JSONDecoder().decode(Self.self, from: Data(body)),
            found.seconds.isFinite, found.seconds >= 0
        else { return nil }
        self = found
    }

    /// The bytes, sealed; nil never happens with finite figures.
    func encode() -> [UInt8]? {
        guard let body = try? JSONEncoder().encode(self) else { return nil }
        let bytes = Array(body)
        return bytes + Fingerprint.seal(bytes[...])
    }
}

/// Saves a search now and then, and finds what was saved of the very same one.
final class SearchKeeper: Sendable {
    private struct State {
        var checkpoint: SearchCheckpoint
        var saved = ContinuousClock.now
    }
    private struct Place: Hashable {
        var round: Int
        var trial: Int
    }

    private let checkpoints: TrainingCheckpoints?
    private let state: Mutex<State>
    private let known: [Place: SearchCheckpoint.Run]
    /// Seconds that were used before this process.
    let secondsBefore: Double

    /// - Parameter identity: not figured out unless somebody keeps checkpoints.
    init(_ checkpoints: TrainingCheckpoints?, identity: () -> UInt64) {
        self.checkpoints = checkpoints
        var checkpoint = SearchCheckpoint(identity: checkpoints == nil ? 0 : identity())
        if let found = checkpoints?.load().flatMap({ SearchCheckpoint($0) }), found.identity == checkpoint.identity { checkpoint = found }
        known = Dictionary(checkpoint.runs.map { (Place(round: $0.round, trial: $0.trial), $0) }) { first, _ in first }
        secondsBefore = checkpoint.seconds
        state = Mutex(State(checkpoint: checkpoint))
    }

    /// Trainings that were done before this process.
    var runsBefore: Int { known.count }

    /// What came of that training before this process; nil when it was not done.
    func run(round: Int, trial: Int) -> SearchCheckpoint.Run? { known[Place(round: round, trial: trial)] }

    /// Keeps a training that was done.
    func add(_ run: SearchCheckpoint.Run, elapsed: Double) {
        state.withLock { $0.checkpoint.runs.append(run) }
        note(elapsed: elapsed)
    }

    /// Keeps how much time was used, when the last time was long enough ago; asked often.
    func note(elapsed: Double) {
        guard let checkpoints else { return }
        state.withLock { state in
            guard ContinuousClock.now - state.saved >= .seconds(checkpoints.seconds) else { return }
            save(&state, elapsed: elapsed, checkpoints)
        }
    }

    /// Keeps everything now: the search ends before its time.
    func close(elapsed: Double) {
        guard let checkpoints else { return }
        state.withLock { save(&$0, elapsed: elapsed, checkpoints) }
    }

    private func save(_ state: inout State, elapsed: Double, _ checkpoints: TrainingCheckpoints) {
        state.checkpoint.seconds = elapsed
        state.saved = .now
        if let bytes = state.checkpoint.encode() { checkpoints.save(bytes) }
    }
}
