import Foundation

/// The queue of jobs is as long as it may be.
enum QueueFault {
    private static let limit = 10_000

    static func run(_ rig: CLIRig) async throws -> FaultFigure {
        var figure = FaultFigure("the 10,001st job is refused, says why, and hurts nobody")
        let place = try await FaultPlace.make(rig, name: "queue")
        var server = try await place.serve()
        // One that takes long, and behind it as many as there may be but one.
        let train = ["train", FaultPlace.deployment, "--data", CLIRig.flights, "--algorithm", "boosted-trees", "--set", "trees=10000"]
        try await place.done(train)
        try await place.done(train)
        server.child.kill()
        _ = await server.child.end()
        try place.change(
            "control",
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(limit - 3))
            INSERT INTO job (kind, deployment, payload, priority, state, attempts, fence, created_at, progress, progress_text, created_by, cancel_requested)
            SELECT kind, deployment, payload, priority, 'queued', 0, 0, created_at, 0, 'waiting', created_by, 0
            FROM n, (SELECT * FROM job ORDER BY id DESC LIMIT 1)
            """)
        server = try await place.serve()
        func isOpen(_ count: Int) throws -> Bool {
            try place.rows("control", "SELECT COUNT(*) FROM job WHERE state IN ('queued', 'running')") == [["\(count)"]]
        }
        if try !isOpen(limit - 1) { figure.wrong.append("not as many jobs as were made") }
        let last = try await place.call(train)
        if try last.status != 0 || !isOpen(limit) { figure.wrong.append("the \(limit)th: \(last.errors)") }
        let refused = try await place.call(train + ["--reason", "one too many"])
        if refused.status == 0 || !refused.errors.contains("\(limit) jobs are open") { figure.wrong.append("the next one: \(refused)") }
        if try place.reasons()["one too many"] != nil { figure.wrong.append("what was refused is in the journal") }
        let answers = try await place.predict(server, rows: 0..<50)
        if answers.contains(where: { $0 == nil }) { figure.wrong.append("predictions fail") }
        for arguments in [["jobs"], ["status"], ["pause", FaultPlace.deployment], ["job", "cancel", "100"]] {
            let result = try await place.call(arguments)
            if result.status != 0 { figure.wrong.append("\(arguments): \(result.errors)") }
        }
        let again = try await place.call(train)
        if again.status != 0 { figure.wrong.append("after one was cancelled: \(again.errors)") }
        figure.wrong += try await place.journalProblems()
        server.child.kill()
        _ = await server.child.end()
        figure.tried = "\(limit) open jobs, one more refused, \(answers.count) predictions, a pause; one cancelled, one more taken"
        return figure
    }
}

/// What somebody was allowed is taken from him while he is connected.
enum RoleFault {
    static func run(_ rig: CLIRig) async throws -> FaultFigure {
        var figure = FaultFigure("a role or a token that is revoked is worth nothing to whoever is connected already")
        let place = try await FaultPlace.make(rig, name: "roles")
        let server = try await place.serve()
        let secret = try await place.object(["token", "create", "robot", "--scopes", "admin"])["token"] as? String ?? ""
        guard let client = CLIHTTP(server.address) else { throw CLIUnexpected("nobody listens") }
        func promote() -> Int {
            client.post("/v1/deployments/\(FaultPlace.deployment)/promote", "{\"version\":1,\"reason\":\"robot\"}", token: secret)?.status
                ?? 0
        }
        if promote() != 200 { figure.wrong.append("a token that holds is refused") }
        try await place.done(["token", "revoke", "robot"])
        let after = promote()
        if after != 401 { figure.wrong.append("a token that was revoked is answered \(after) on its open connection") }
        server.child.kill()
        _ = await server.child.end()
        figure.tried = "a token on an open connection"
        if getuid() == 0, access("/usr/bin/setpriv", X_OK) == 0 {
            try await revokeOperator(place, &figure)
            figure.tried += "; an operator's role while another uid follows the journal"
        } else {
            figure.tried += "; roles of other uids need root and setpriv"
        }
        return figure
    }

    /// Another uid follows the journal on one connection, and has no entry any more.
    private static func revokeOperator(_ place: FaultPlace, _ figure: inout FaultFigure) async throws {
        let rig = place.rig
        let program = rig.directory + "/flyball"
        _ = try await ShellCommand.run("/bin/cp", [CLIRig.program, program], environment: [:])
        chmod(program, 0o755)
        chmod(rig.directory, 0o711)
        func configure(_ role: String?) throws {
            let entries = ["daemon = \"viewer\""] + (role.map { ["nobody = \"\($0)\""] } ?? [])
            try "group = \"nogroup\"\n[operators]\n\(entries.joined(separator: "\n"))\n"
                .write(toFile: place.path + "/flyball.toml", atomically: true, encoding: .utf8)
        }
        try configure("operator")
        let server = try await place.serve()
        let nobody = ["--reuid", "65534", "--regid", "65534", "--clear-groups", program, "--workspace", place.path]
        let follower = try rig.start("/usr/bin/setpriv", nobody + ["journal", "--follow"])
        _ = try await follower.line { !$0.isEmpty }
        let paused = try await rig.call("/usr/bin/setpriv", nobody + ["pause", FaultPlace.deployment])
        if paused.status != 0 { figure.wrong.append("an operator is refused: \(paused.errors)") }
        try configure("viewer")
        let looking = try await rig.call("/usr/bin/setpriv", nobody + ["resume", FaultPlace.deployment])
        if looking.status == 0 { figure.wrong.append("who is a viewer by now resumes") }
        let second = try rig.start("/usr/bin/setpriv", nobody + ["journal", "--follow"])
        _ = try await second.line { !$0.isEmpty }
        try configure(nil)
        for (name, child) in [("before he was a viewer", follower), ("afterwards", second)] {
            _ = try await cliEventually("the end of \(name)") { child.isRunning ? nil : true }
            let ended = await child.end()
            if ended.status == 0 || ended.errors.isEmpty { figure.wrong.append("who was connected \(name) ended with \(ended)") }
        }
        let stranger = try await rig.call("/usr/bin/setpriv", nobody + ["status"])
        if stranger.status == 0 || !stranger.errors.contains("not allowed") { figure.wrong.append("without an entry: \(stranger)") }
        server.child.kill()
        _ = await server.child.end()
    }
}

/// The process has no descriptor left.
enum DescriptorFault {
    static func run(_ rig: CLIRig) async throws -> FaultFigure {
        var figure = FaultFigure("without a descriptor left open connections are answered, and all resumes by itself")
        let place = try await FaultPlace.make(rig, name: "descriptors")
        let server = try await place.serve()
        guard let client = CLIHTTP(server.address) else { throw CLIUnexpected("nobody listens") }
        let bodies = try CLIFlights(rows: 0..<300).bodies
        func infer(_ body: String) -> Int { client.post("/v2/models/\(FaultPlace.deployment)/infer", body)?.status ?? 0 }
        guard infer(bodies[0]) == 200 else { throw CLIUnexpected("it does not answer") }
        func limit(_ count: String) async throws {
            let result = try await rig.call("/usr/bin/prlimit", ["--pid", "\(server.child.pid)", "--nofile=\(count)"])
            if result.status != 0 { throw CLIUnexpected("prlimit: \(result.errors)") }
        }
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(server.child.pid)/fd").count
        try await limit("\(open + 6):4096")
        var others: [CLIHTTP] = []
        for _ in 0..<40 { if let other = CLIHTTP(server.address) { others.append(other) } }
        var failed = 0
        var taken: [FaultLabels.Label] = []
        for body in bodies {
            guard let answer = client.post("/v2/models/\(FaultPlace.deployment)/infer", body), answer.status == 200 else {
                failed += 1
                continue
            }
            if let id = CLIFlights.answer(answer.body)?.id { taken.append(FaultLabels.Label(id: id)) }
        }
        if failed > 0 { figure.wrong.append("\(failed) of \(bodies.count) predictions on an open connection failed") }
        let told = FaultLabels.send(taken, client)
        if told.outcomes == nil, told.status != 503 { figure.wrong.append("labels without a descriptor: \(told)") }
        if told.outcomes == nil { taken = [] }
        others.removeAll()
        try await limit("4096:4096")
        _ = try await cliEventually("answers to newcomers") {
            CLIHTTP(server.address)?.post("/v2/models/\(FaultPlace.deployment)/infer", bodies[0])?.status == 200 ? true : nil
        }
        let note = try await place.call(["note", "again"])
        if note.status != 0 { figure.wrong.append("a note afterwards: \(note.errors)") }
        _ = try await cliEventually("no banner") { try await place.status().degraded == nil ? true : nil }
        if let other = CLIHTTP(server.address) { figure.wrong += FaultLabels.problems(taken: taken, other) }
        figure.wrong += try await place.journalProblems()
        server.child.kill()
        _ = await server.child.end()
        figure.wrong += try await place.doctorProblems()
        figure.tried =
            "6 descriptors left, 40 newcomers: \(bodies.count) predictions on an open connection, \(taken.count) labels; then all again"
        return figure
    }
}
