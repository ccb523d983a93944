import Foundation
import GRDB
import Store
import Testing

/// A workspace that a fault may ruin, and what is done in it by the real program.
struct FaultPlace: Sendable {
    static let deployment = "flight-delay"

    let rig: CLIRig
    let path: String

    /// The stores' directory.
    var stores: String { path + "/store" }

    // MARK: Making

    /// A workspace with two versions, the second one answering, some predictions, labels and rows of the journal; its engine was killed, so that
    /// the logs of the stores hold what was written last.
    static func make(_ rig: CLIRig, name: String = "base") async throws -> FaultPlace {
        let place = FaultPlace(rig: rig, path: rig.directory + "/" + name)
        try await place.done([
            "deploy", deployment, "--data", CLIRig.flights, "--target", "late", "--positive", "yes", "--time", "time", "--zone",
            "America/New_York", "--exclude", "dep_delay", "--until", "2013-04-01", "--algorithm", "logistic", "--wait",
        ])
        try await place.done(["train", deployment, "--algorithm", "boosted-trees", "--set", "trees=20", "--wait"])
        try await place.done(["promote", deployment, "v2", "--reason", "the better one"])
        // Half of it in the stores themselves, half in their logs: whoever closes a store last empties its log.
        for store in ["control", "labels", "telemetry"] { try place.change(store, "PRAGMA user_version") }
        let server = try await place.serve()
        let ids = try await place.predict(server, rows: 0..<60).compactMap(\.?.id)
        try #require(ids.count == 60)
        let client = try #require(CLIHTTP(server.address))
        try #require(FaultLabels.send(ids.prefix(40).map { FaultLabels.Label(id: $0) }, client).outcomes?.count == 40)
        // Whoever reads the log sees them: blocks are handed over each second.
        _ = try await cliEventually("logged predictions") {
            try await place.lines(["predictions", deployment, "--last", "60"]).count == 60 ? true : nil
        }
        try await place.done(["note", "ready"])
        server.child.kill()
        _ = await server.child.end()
        return place
    }

    /// A copy of the stores, the data and the configuration, without what an engine makes anew.
    func copy(to directory: String) async throws -> FaultPlace {
        let target = FaultPlace(rig: rig, path: directory)
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let result = try await rig.call("/bin/cp", ["-a", path + "/store", path + "/data", directory])
        guard result.status == 0 else { throw CLIUnexpected("no copy: \(result.errors)") }
        try? FileManager.default.removeItem(atPath: target.stores + "/ballast")
        if FileManager.default.fileExists(atPath: path + "/flyball.toml") {
            try FileManager.default.copyItem(atPath: path + "/flyball.toml", toPath: directory + "/flyball.toml")
        }
        return target
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    // MARK: Commands

    func call(_ arguments: [String]) async throws -> CLIResult {
        try await rig.call(CLIRig.program, ["--workspace", path] + arguments)
    }

    @discardableResult
    func done(_ arguments: [String]) async throws -> String {
        let result = try await call(arguments)
        guard result.status == 0 else { throw CLIUnexpected("flyball \(arguments.joined(separator: " ")): \(result.errors)") }
        return result.output
    }

    /// A command's `--json` result as an object.
    func object(_ arguments: [String]) async throws -> [String: Any] {
        let result = try await call(arguments + ["--json"])
        guard let object = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any] else {
            throw CLIUnexpected("no object: \(arguments): \(result.status): \(result.output)\(result.errors)")
        }
        return object
    }

    /// A command's `--json` result, an object a line.
    func lines(_ arguments: [String]) async throws -> [[String: Any]] {
        try await done(arguments + ["--json"]).split(separator: "\n").compactMap {
            try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// What the status says of the deployment.
    func status() async throws -> Status { Status(try await object(["status"])) }

    struct Status {
        let document: [String: Any]

        init(_ document: [String: Any]) { self.document = document }

        var deployment: [String: Any]? { (document["deployments"] as? [[String: Any]])?.first }
        var champion: String? { deployment?["champion"] as? String }
        var state: String? { deployment?["state"] as? String }
        var isFrozen: Bool { (document["frozen"] as? [[String: Any]])?.isEmpty == false }
        var degraded: String? { (document["engine"] as? [String: Any])?["degraded"] as? String }
    }

    // MARK: Engines

    /// Starts an engine; `prefix` goes before the command.
    func serve(_ environment: [String: String] = [:]) async throws -> CLIServer {
        try await rig.serve(environment.merging(["FLYBALL_WORKSPACE": path]) { $1 })
    }

    /// Answers of some rows of the sample, one request each; nil where there was none.
    func predict(_ server: CLIServer, rows: Range<Int>) async throws -> [CLIFlights.Answer?] {
        let flights = try CLIFlights(rows: rows)
        guard let client = CLIHTTP(server.address) else { throw CLIUnexpected("nobody listens at \(server.address)") }
        return flights.bodies.map { body in
            client.post("/v2/models/\(Self.deployment)/infer", body).flatMap { $0.status == 200 ? CLIFlights.answer($0.body) : nil }
        }
    }

    // MARK: Looking into the stores

    /// Rows of a store, each as its values' texts.
    func rows(_ store: String, _ sql: String) throws -> [[String]] {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: "\(stores)/\(store).db", configuration: configuration).read { database in
            try Row.fetchAll(database, sql: sql).map { row in row.databaseValues.map { "\($0)".trimmingCharacters(in: ["\""]) } }
        }
    }

    /// Changes a store behind the engine's back, so that what is changed adds up.
    func change(_ store: String, _ sql: String) throws {
        var configuration = Configuration()
        configuration.prepareDatabase { try SummedConnection.prepare($0, store: store) }
        try DatabaseQueue(path: "\(stores)/\(store).db", configuration: configuration).write { try $0.execute(sql: sql) }
    }

    /// What the journal says of each reason that somebody gave: how often.
    func reasons() throws -> [String: Int] {
        try rows("control", "SELECT reason, COUNT(*) FROM journal WHERE reason IS NOT NULL GROUP BY reason").reduce(into: [:]) {
            $0[$1[0]] = Int($1[1])
        }
    }

    /// What is wrong with the journal: gaps, a chain that does not hold.
    func journalProblems() async throws -> [String] {
        var problems: [String] = []
        let ends = try rows("control", "SELECT COUNT(*), COALESCE(MIN(sequence), 1), COALESCE(MAX(sequence), 0) FROM journal")[0].map {
            Int($0) ?? -1
        }
        if ends[0] != ends[2] - ends[1] + 1 { problems.append("the journal has gaps: \(ends)") }
        let verdict = try await call(["journal", "verify", "--json"])
        if !verdict.output.contains("\"intact\":true") { problems.append("journal verify: \(verdict.output)\(verdict.errors)") }
        return problems
    }

    /// What `doctor` finds that does not work.
    func doctorProblems() async throws -> [String] {
        let result = try await call(["doctor", "--json"])
        guard let findings = try? JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]] else {
            return ["doctor: \(result.status): \(result.output)\(result.errors)"]
        }
        return findings.filter { $0["verdict"] as? String == "fail" }.map { "doctor: \($0["check"] ?? ""): \($0["found"] ?? "")" }
    }
}

/// Labels as a client sends them.
enum FaultLabels {
    struct Label: Sendable {
        var id: String
        /// Follows from the id, so that nobody need remember it.
        var value: String { (id.utf8.last ?? 0) % 2 == 0 ? "yes" : "no" }
        var other: String { value == "yes" ? "no" : "yes" }
    }

    /// What was answered.
    struct Told: Sendable {
        /// 0 when no answer came.
        var status: Int
        /// Of each label; nil unless all were taken.
        var outcomes: [String]?
        var text = ""
    }

    private struct Reply: Decodable {
        struct Result: Decodable { var outcome: String }
        var results: [Result]
    }

    static func send(_ labels: [Label], others: Bool = false, _ client: CLIHTTP) -> Told {
        let items = labels.map { "{\"id\":\"\($0.id)\",\"value\":\"\(others ? $0.other : $0.value)\"}" }.joined(separator: ",")
        guard let answer = client.post("/v1/deployments/\(FaultPlace.deployment)/labels", "{\"labels\":[\(items)]}") else {
            return Told(status: 0)
        }
        let outcomes = answer.status == 200 ? try? JSONDecoder().decode(Reply.self, from: answer.body).results.map(\.outcome) : nil
        return Told(status: answer.status, outcomes: outcomes, text: String(decoding: answer.body.prefix(300), as: UTF8.self))
    }

    /// What an engine has wrong of labels that somebody was told of: the same value again is a duplicate, another one a conflict.
    static func problems(taken: [Label], open: [Label] = [], refused: [Label] = [], _ client: CLIHTTP) -> [String] {
        var problems: [String] = []
        func each(_ labels: [Label], others: Bool = false, _ check: (Label, String) -> Void) {
            for start in stride(from: 0, to: labels.count, by: 400) {
                let batch = Array(labels[start..<min(start + 400, labels.count)])
                guard let outcomes = send(batch, others: others, client).outcomes, outcomes.count == batch.count else {
                    problems.append("labels are not answered: \(send(batch, others: others, client))")
                    return
                }
                for (label, outcome) in zip(batch, outcomes) { check(label, outcome) }
            }
        }
        each(taken) { if $1 != "duplicate" { problems.append("label \($0.id) was taken, and is \($1)") } }
        each(taken, others: true) { if $1 != "conflict" { problems.append("label \($0.id) was taken, and another value is \($1)") } }
        each(refused) {
            if !["accepted", "pending", "unknown"].contains($1) { problems.append("label \($0.id) was refused, and is \($1)") }
        }
        // Sent without an answer: there or not, and once.
        each(open) {
            if !["duplicate", "accepted", "pending", "unknown"].contains($1) { problems.append("label \($0.id): \($1)") }
        }
        return problems
    }
}
