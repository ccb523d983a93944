import Foundation
import GRDB
import Store
import Testing

/// A fleet as large as one engine is meant for: every command answers, and none fetches what it does not show.
@Suite("A fleet of deployments with many versions each", .serialized)
struct CLIFleetTests {
    private static let isSlow = ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"

    /// Copies the one deployment of a workspace, and its version, as somebody with a database tool could.
    private static func multiply(_ rig: CLIRig, deployments: Int, versions: Int) async throws {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.prepareDatabase { try SummedConnection.prepare($0, store: "control") }
        let queue = try DatabaseQueue(path: rig.workspace + "/store/control.db", configuration: configuration)
        try await queue.write { database in
            let names = try database.columns(in: "deployment").map(\.name)
            let others = names.filter { $0 != "name" }.joined(separator: ", ")
            try database.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                    INSERT INTO deployment (name, \(others)) SELECT printf('copy-%04d', i), \(others) FROM deployment, n
                    WHERE name = 'flight-delay'
                    """, arguments: [deployments - 1])
            let values = try database.columns(in: "version").map(\.name).map { column in
                switch column {
                case "deployment": "d.name"
                case "number": "n.i"
                case "state": "CASE n.i WHEN 1 THEN v.state ELSE 'candidate' END"
                case "payload": "json_set(v.payload, '$.number', n.i)"
                default: "v." + column
                }
            }
            try database.execute(
                sql: """
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
                    INSERT OR IGNORE INTO version SELECT \(values.joined(separator: ", "))
                    FROM deployment AS d, n, version AS v WHERE v.deployment = 'flight-delay' AND v.number = 1
                    """, arguments: [versions])
            try database.execute(
                sql: "INSERT OR REPLACE INTO counter (name, deployment, value) SELECT 'version', name, ? FROM deployment",
                arguments: [versions])
        }
    }

    @Test("every command answers, in its time, whatever the number of versions", arguments: isSlow ? [(1_000, 500)] : [(20, 230)])
    func commands(_ deployments: Int, _ versions: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            try await Self.multiply(rig, deployments: deployments, versions: versions)
            let started = ContinuousClock.now
            _ = try await rig.serve()
            print("\(deployments) deployments of \(versions) versions: listening after \(ContinuousClock.now - started)")

            let status = try await rig.object("status")
            #expect((status["deployments"] as? [Any])?.count == deployments)
            #expect(try await rig.done("status").split(separator: "\n").count { $0.hasPrefix("copy-") } == deployments - 1)
            let all = try await rig.list("versions", "copy-0007").compactMap { $0["version"] as? String }
            #expect(all == (1...versions).reversed().map { "v\($0)" })
            #expect(try await rig.done("versions", "copy-0007").split(separator: "\n").count == versions + 1)
            for arguments in [
                ["compare", "copy-0007", "v3", "v\(versions)"], ["card", "copy-0007", "v2"], ["jobs"], ["job", "show", "1"],
                ["journal"], ["journal", "verify"], ["alerts"], ["policy", "show", "copy-0007"], ["drift", "copy-0007", "--json"],
                ["promote", "copy-0007", "v2", "--reason", "a fleet"], ["rollback", "copy-0007"], ["pause", "copy-0008"],
                ["predictions", "copy-0009"],
            ] {
                let began = ContinuousClock.now
                let result = try await rig.call(CLIRig.program, arguments)
                #expect(result.status == 0, "\(arguments): \(result.errors)")
                #expect(!(result.output + result.errors).isEmpty, "\(arguments) said nothing")
                print("flyball \(arguments.joined(separator: " ")): \(ContinuousClock.now - began)")
            }
            let missing = try await rig.call("versions", "copy-007")
            #expect(missing.status == 1 && missing.errors.contains("did you mean copy-00"))
            let none = try await rig.call("compare", "copy-0007", "v1", "v9999")
            #expect(none.status == 1 && none.errors.contains("did you mean v\(versions)?"))

            for arguments in [["status"], ["status", "--json"]] {
                var times: [Duration] = []
                for _ in 0..<9 {
                    let began = ContinuousClock.now
                    _ = try await rig.call(CLIRig.program, arguments)
                    times.append(ContinuousClock.now - began)
                }
                let median = times.sorted()[4]
                print("flyball \(arguments.joined(separator: " ")): median \(median)")
            }
        }
    }
}
