import Foundation

/// The N-th call on a store's files fails, and what was told meanwhile must be so after the next start.
enum DiskErrorFault {
    struct Trial: Sendable {
        var store: String
        /// `fdatasync` or `pwrite64`.
        var call: String
        var error: String
        /// The N-th call of a thread; nil: every one.
        var number: Int?

        /// As strace takes it.
        var injection: String { "inject=\(call):error=\(error):when=\(number.map { "\($0)" } ?? "1+")" }
        var name: String { "\(store).db \(call) \(error) \(number.map { "at call \($0)" } ?? "always")" }
    }

    static let stores = ["control", "labels", "telemetry"]

    static func trials(_ nth: [Int]) -> [Trial] {
        stores.flatMap { store in
            [("fdatasync", "EIO"), ("fdatasync", "ENOSPC"), ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("pwrite64", "EDQUOT")].flatMap {
                call, error in
                (nth.map { Optional($0) } + [nil]).map { Trial(store: store, call: call, error: error, number: $0) }
            }
        }
    }

    /// Why it cannot be tried here.
    static var obstacle: String? { access("/usr/bin/strace", X_OK) == 0 ? nil : "strace is not installed" }

    static func run(_ rig: CLIRig, seed: UInt64, nth: [Int]) async throws -> FaultFigure {
        var figure = FaultFigure(
            "a disk error never becomes a wrong OK, a failed sync included; roll back, pause and freeze hold all the same")
        figure.skipped = obstacle
        if obstacle != nil { return figure }
        let base = try await FaultPlace.make(rig, name: "disk")
        var (met, refused) = (0, 0)
        let all = trials(nth)
        for (index, trial) in all.enumerated() {
            var random = FaultRandom(seed: seed, part: "disk", round: index)
            let place = try await base.copy(to: rig.directory + "/disk-\(index)")
            let outcome = try await attempt(place, trial, isKilled: random.chance(0.5))
            met += outcome.met > 0 ? 1 : 0
            refused += outcome.refused
            figure.wrong += outcome.wrong.map { "\(trial.name): \($0)" }
            place.remove()
        }
        figure.tried =
            "\(all.count) errors (EIO, ENOSPC, EDQUOT at the N-th write or sync of each store, N of \(nth) or each), \(met) of them met; "
            + "\(refused) refusals"
        return figure
    }

    // MARK: A trial

    private struct Outcome {
        var wrong: [String] = []
        /// Calls that failed.
        var met = 0
        var refused = 0
    }

    /// What the receipts of a trial said.
    private struct Told {
        var taken: [FaultLabels.Label] = []
        var refused: [FaultLabels.Label] = []
        var done: [String] = []
        var not: [String] = []
    }

    private static func attempt(_ place: FaultPlace, _ trial: Trial, isKilled: Bool) async throws -> Outcome {
        var outcome = Outcome()
        var server = try await place.serve()
        let tracer = try await attach(place, server, trial)
        let told = try await work(place, server, &outcome)
        tracer.signal(SIGTERM)
        outcome.met = await tracer.end().errors.components(separatedBy: "(INJECTED)").count - 1
        if isKilled { server.child.kill() } else { server.child.signal(SIGTERM) }
        _ = await server.child.end()
        server = try await place.serve()
        outcome.wrong += try await problems(place, server, told)
        server.child.kill()
        _ = await server.child.end()
        outcome.wrong += try await place.doctorProblems()
        return outcome
    }

    private static func attach(_ place: FaultPlace, _ server: CLIServer, _ trial: Trial) async throws -> CLIChild {
        let file = "\(place.stores)/\(trial.store).db"
        let tracer = try place.rig.start(
            "/usr/bin/strace",
            ["-f", "-p", "\(server.child.pid)", "-P", file, "-P", file + "-wal", "-e", "trace=\(trial.call)", "-e", trial.injection])
        _ = try await cliEventually("strace at work") {
            if !tracer.isRunning { throw CLIUnexpected("strace: \(tracer.errors)") }
            return tracer.errors.contains(" attached") ? true : nil
        }
        return tracer
    }

    private static func work(_ place: FaultPlace, _ server: CLIServer, _ outcome: inout Outcome) async throws -> Told {
        var told = Told()
        let name = FaultPlace.deployment
        func change(_ arguments: [String], mustHold: Bool = false) async throws {
            let reason = "\(arguments[0])-\(told.done.count + told.not.count)"
            let result = try await place.call(arguments + ["--reason", reason])
            if result.status == 0 {
                told.done.append(reason)
                return
            }
            outcome.refused += 1
            told.not.append(reason)
            if mustHold { outcome.wrong.append("\(arguments) is refused: \(result.errors)") }
        }
        func label(_ rows: Range<Int>) async throws {
            let ids = try await place.predict(server, rows: rows).map { $0?.id }
            if ids.contains(nil) { outcome.wrong.append("predictions fail") }
            guard let client = CLIHTTP(server.address) else { throw CLIUnexpected("nobody listens") }
            let labels = ids.compactMap { $0.map { FaultLabels.Label(id: $0) } }
            let answer = FaultLabels.send(labels, client)
            if answer.outcomes != nil {
                told.taken += labels
            } else if answer.status == 503 {
                outcome.refused += 1
                told.refused += labels
            } else {
                outcome.wrong.append("labels: \(answer)")
            }
        }
        try await label(100..<110)
        try await change(["pin", name, "v1"])
        // The log of traffic is written each second.
        try await Task.sleep(for: .milliseconds(1_200))
        try await label(110..<120)
        try await change(["unpin", name, "v1"])
        try await change(["freeze", name], mustHold: true)
        try await change(["rollback", name], mustHold: true)
        try await label(120..<130)
        try await change(["pin", name, "v2"])
        try await change(["pause", name], mustHold: true)
        return told
    }

    private static func problems(_ place: FaultPlace, _ server: CLIServer, _ told: Told) async throws -> [String] {
        var problems = try await place.journalProblems()
        let found = try place.reasons()
        for reason in told.done where found[reason] != 1 { problems.append("\(reason) was acknowledged: \(found[reason] ?? 0) rows") }
        for reason in told.not where found[reason] != nil { problems.append("\(reason) was refused, and is in the journal") }
        let status = try await place.status()
        if status.champion != "v1" { problems.append("rolled back to v1, and \(status.champion ?? "nothing") is champion") }
        if status.state != "paused" { problems.append("paused, and \(status.state ?? "nothing")") }
        if !status.isFrozen { problems.append("frozen, and not frozen") }
        guard let client = CLIHTTP(server.address) else { return problems + ["nobody listens"] }
        return problems + FaultLabels.problems(taken: told.taken, refused: told.refused, client)
    }
}

/// The quota of the disk's owner is used up: each write of each store is refused, until there is room again.
enum QuotaFault {
    static func run(_ rig: CLIRig) async throws -> FaultFigure {
        var figure = FaultFigure("without quota predictions go on, changes are refused with the reason, and all resumes by itself")
        figure.skipped = DiskErrorFault.obstacle
        if figure.skipped != nil { return figure }
        let place = try await FaultPlace.make(rig, name: "quota")
        let server = try await place.serve()
        let files = DiskErrorFault.stores.flatMap { ["-P", "\(place.stores)/\($0).db", "-P", "\(place.stores)/\($0).db-wal"] }
        let tracer = try rig.start(
            "/usr/bin/strace",
            ["-f", "-p", "\(server.child.pid)"] + files + [
                "-e", "trace=pwrite64,ftruncate,fallocate", "-e", "inject=pwrite64:error=EDQUOT:when=1+",
            ])
        _ = try await cliEventually("strace at work") { tracer.errors.contains(" attached") ? true : nil }
        var answers = try await place.predict(server, rows: 0..<50)
        let refused = try await place.call(["note", "no room", "--json"])
        if refused.status == 0 || !refused.errors.contains("disk") { figure.wrong.append("a note without quota: \(refused)") }
        let held = try await place.call(["freeze", FaultPlace.deployment])
        if held.status != 0 { figure.wrong.append("freeze is refused: \(held.errors)") }
        answers += try await place.predict(server, rows: 50..<100)
        tracer.signal(SIGTERM)
        _ = await tracer.end()
        let failed = answers.count { $0 == nil }
        if failed > 0 { figure.wrong.append("\(failed) predictions failed") }
        _ = try await cliEventually("writes again") { try await place.call(["note", "room again"]).status == 0 ? true : nil }
        _ = try await cliEventually("no banner") { try await place.status().degraded == nil ? true : nil }
        figure.wrong += try await place.journalProblems()
        server.child.kill()
        _ = await server.child.end()
        figure.tried = "EDQUOT at each write of all stores: \(answers.count) predictions, a change, a freeze; then none"
        return figure
    }
}
