import Foundation
import Testing

/// An engine with its clock, its disk, its clients and its operators, all of which follow from a seed.
@Suite("Simulation", .serialized)
struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let isSlow = environment["FLYBALL_SLOW"] == "1"

    /// What a run has come to.
    struct Outcome: Equatable, Sendable {
        /// The end of the journal: its number and its hash.
        var rows: Int64
        var hash: String
        var answered: Int
        /// Predictions that have one: whether a label that is sent twice is the second one or still the first hangs on when it is joined.
        var labels: Int
        var changes: Int
        var trainings: Int
        var promotions: Int
        var faults: Int
        var ends: Int
    }

    @Test("three days with faults of the disk and ends of the engine break no promise, and are the same when they are lived again")
    func short() async throws {
        let first = try await Self.live(seed: 1, days: 3)
        let second = try await Self.live(seed: 1, days: 3)
        #expect(first == second)
        #expect(first.rows > 20 && first.labels > 500 && first.trainings > 2)
    }

    @Test("another seed is another life")
    func other() async throws {
        let (first, second) = (try await Self.live(seed: 2, days: 1), try await Self.live(seed: 3, days: 1))
        #expect(first.hash != second.hash)
    }

    @Test("a thousand days break no promise", .enabled(if: isSlow), arguments: 100..<110 as Range<UInt64>)
    func thousand(seed: UInt64) async throws {
        let outcome = try await Self.live(seed: seed, days: 100)
        print("simulation: seed \(seed), 100 days: \(outcome)")
        #expect(outcome.trainings > 50 && outcome.ends > 3 && outcome.faults > 10)
    }

    @Test("twenty days are the same when they are lived again", .enabled(if: isSlow), arguments: 200..<204 as Range<UInt64>)
    func again(seed: UInt64) async throws {
        let (first, second) = (try await Self.live(seed: seed, days: 20), try await Self.live(seed: seed, days: 20))
        #expect(first == second)
    }

    /// SIMULATION_SEED and SIMULATION_DAYS: one run, for whoever looks for a fault.
    @Test("a run of somebody's choice", .enabled(if: environment["SIMULATION_SEED"] != nil))
    func chosen() async throws {
        let seed = Self.environment["SIMULATION_SEED"].flatMap { UInt64($0) } ?? 1
        let days = Self.environment["SIMULATION_DAYS"].flatMap { Int($0) } ?? 10
        print("simulation: seed \(seed), \(days) days: \(try await Self.live(seed: seed, days: days))")
    }

    /// Lives some days; a violation names the seed, and what happened last.
    private static func live(seed: UInt64, days: Int) async throws -> Outcome {
        // In memory, where the machine has some for files: nothing is measured here that a disk would change.
        let shared = "/dev/shm"
        let parent = access(shared, W_OK) == 0 ? shared : FileManager.default.temporaryDirectory.path
        let root = "\(parent)/flyball-simulation-\(seed)"
        let world = try await World.make(World.Plan(seed: seed, days: days), root: root)
        do { try await world.run() } catch {
            let log = world.log.suffix(40).joined(separator: "\n  ")
            await world.close()
            throw Violation(what: "seed \(seed), day \(world.day), step \(world.steps): \(error)\n  \(log)")
        }
        let outcome = Outcome(
            rows: world.told.journal.sequence, hash: world.told.journal.hash, answered: world.clients.answered,
            labels: world.told.labels.values.reduce(0) { $0 + $1.count }, changes: world.operators.done,
            trainings: world.watch.trainings, promotions: world.watch.promotions, faults: world.faults, ends: world.ends)
        await world.close()
        return outcome
    }
}
