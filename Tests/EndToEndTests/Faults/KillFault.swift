import Foundation
import Synchronization

/// SIGKILL at a random moment of labels, promotions, roll backs, trainings, pauses and freezes, again and again in one workspace.
enum KillFault {
    /// What clients were told in one round.
    private struct Told: Sendable {
        var taken: [FaultLabels.Label] = []
        var open: [FaultLabels.Label] = []
        /// Reasons of changes, each given once: those that were acknowledged, refused, or neither.
        var done: [String] = []
        var refused: [String] = []
        var unsure: [String] = []
        /// Whether the signal was sent.
        var isKilled = false
    }

    static func run(_ rig: CLIRig, seed: UInt64, rounds: Int) async throws -> FaultFigure {
        var figure = FaultFigure("what was acknowledged survives kill -9, once; what was refused did not happen")
        let place = try await FaultPlace.make(rig, name: "kill")
        var (labels, changes, unsure) = (0, 0, 0)
        var told = Told()
        var server = try await place.serve()
        for round in 1...rounds {
            var random = FaultRandom(seed: seed, part: "kill", round: round)
            told = try await load(place, server, round: round, &random)
            server = try await place.serve()
            labels += told.taken.count
            changes += told.done.count
            unsure += told.unsure.count + told.open.count
            figure.wrong += try await problems(place, server, told).map { "round \(round): \($0)" }
        }
        figure.wrong += try await last(place)
        server.child.kill()
        _ = await server.child.end()
        figure.wrong += try await place.doctorProblems()
        figure.tried = "\(rounds) kills; \(labels) labels and \(changes) changes acknowledged, \(unsure) under way at the kill"
        return figure
    }

    // MARK: A round

    /// What is told of a round, by whoever takes part in it.
    private final class Story: Sendable {
        let told = Mutex(Told())
    }

    private static func load(
        _ place: FaultPlace, _ server: CLIServer, round: Int, _ random: inout FaultRandom
    ) async throws -> Told {
        let story = Story()
        let patience = UInt32.random(in: 20_000...700_000, using: &random)
        let seeds = (random.next(), random.next())
        let flights = try CLIFlights(rows: 1_500..<1_700)
        let address = server.address
        async let first: Void = operate(place, name: "r\(round)a", seed: seeds.0, story.told)
        async let second: Void = operate(place, name: "r\(round)b", seed: seeds.1, story.told)
        await cliThreads(3) { thread in
            guard thread == 0 else { return label(flights, from: thread, address: address, story.told) }
            usleep(patience)
            story.told.withLock { $0.isKilled = true }
            server.child.kill()
        }
        _ = await server.child.end()
        _ = try await (first, second)
        return story.told.withLock { $0 }
    }

    private static func label(_ flights: CLIFlights, from first: Int, address: String, _ told: borrowing Mutex<Told>) {
        guard let client = CLIHTTP(address) else { return }
        var row = first * 50
        while true {
            var batch: [FaultLabels.Label] = []
            for _ in 0..<6 {
                row += 1
                guard let answer = client.post("/v2/models/\(FaultPlace.deployment)/infer", flights.bodies[row % 200]) else { return }
                if let id = CLIFlights.answer(answer.body)?.id { batch.append(FaultLabels.Label(id: id)) }
            }
            // Paused: nobody answers, and there is nothing to label.
            if batch.isEmpty {
                usleep(5_000)
                continue
            }
            let answer = FaultLabels.send(batch, client)
            guard let outcomes = answer.outcomes else {
                told.withLock { $0.open += batch }
                return
            }
            told.withLock { told in
                for (label, outcome) in zip(batch, outcomes) where ["accepted", "pending"].contains(outcome) { told.taken.append(label) }
            }
        }
    }

    /// An operator who changes something all the time, each change with a reason of its own.
    private static func operate(_ place: FaultPlace, name: String, seed: UInt64, _ told: borrowing Mutex<Told>) async throws {
        var random = FaultRandom(seed: seed)
        var number = 0
        while !told.withLock({ $0.isKilled }) {
            number += 1
            let reason = "\(name)-\(number)"
            let result = try await place.call(verb(&random) + ["--reason", reason])
            told.withLock { told in
                // A command that finds no engine does its work itself, which counts as well.
                if result.status == 0 {
                    told.done.append(reason)
                } else if told.isKilled {
                    told.unsure.append(reason)
                } else {
                    told.refused.append(reason)
                }
            }
        }
    }

    private static func verb(_ random: inout FaultRandom) -> [String] {
        let name = FaultPlace.deployment
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<5: return ["promote", name, Bool.random(using: &random) ? "v1" : "v2"]
        case 5..<8: return ["rollback", name]
        case 8..<11: return ["pause", name]
        case 11..<14: return ["resume", name]
        case 14..<16: return ["freeze", name]
        case 16..<18: return ["unfreeze", name]
        case 18:
            return [
                "train", name, "--data", CLIRig.flights, "--until", "2013-03-01", "--algorithm", "logistic", "--seed",
                "\(random.next() % 1_000)",
            ]
        default: return ["pin", name, "v1"]
        }
    }

    // MARK: Looking

    private static func problems(_ place: FaultPlace, _ server: CLIServer, _ told: Told) async throws -> [String] {
        var problems = try await place.journalProblems()
        let found = try place.reasons()
        for reason in told.done where found[reason] != 1 { problems.append("\(reason) was acknowledged: \(found[reason] ?? 0) rows") }
        for reason in told.refused where found[reason] != nil { problems.append("\(reason) was refused: \(found[reason] ?? 0) rows") }
        for reason in told.unsure where (found[reason] ?? 0) > 1 { problems.append("\(reason): \(found[reason] ?? 0) rows") }
        guard let client = CLIHTTP(server.address) else { return problems + ["nobody listens"] }
        return problems + FaultLabels.problems(taken: told.taken, open: told.open, client)
    }

    /// What the whole run must have left.
    private static func last(_ place: FaultPlace) async throws -> [String] {
        _ = try await cliEventually("the end of all jobs") {
            try place.rows("control", "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')") == [["0"]] ? true : nil
        }
        var problems: [String] = []
        let (jobs, versions) = (
            try place.rows("control", "SELECT COUNT(*) FROM job WHERE state = 'done'"),
            try place.rows("control", "SELECT COUNT(*) FROM version")
        )
        if jobs != versions { problems.append("\(jobs) jobs are done, and there are \(versions) versions") }
        let parked = try place.rows("control", "SELECT id, error FROM job WHERE state IN ('parked', 'failed')")
        problems += parked.map { "job \($0)" }
        // Each label was counted once, when it was taken or when its prediction came.
        let rows = try place.rows("labels", "SELECT COUNT(*) FROM label WHERE pending = 0")
        let counted = try place.rows("labels", "SELECT COALESCE(SUM(count), 0) FROM tally WHERE outcome IN ('accepted', 'corrected')")
        if rows != counted { problems.append("\(rows) labels stand, \(counted) were counted") }
        return problems
    }
}
