import Foundation
import Testing

@Suite("What the command line refuses", .serialized)
struct CLIErrorTests {
    /// Arguments, exit status, and what standard error must hold.
    static let cases: [([String], Int32, String)] = [
        (["deplyo", "x"], 64, "flyball: no such verb: deplyo: did you mean `flyball deploy`?\n"),
        (["deploy", "x"], 64, "flyball: Missing expected argument '--data <file> ...': see `flyball deploy --help`\n"),
        (
            ["promote", "x", "vv"], 64,
            "flyball: The value 'vv' is invalid for '<version>': write a version, such as v2: see `flyball promote --help`\n"
        ),
        (["job", "cancel", "seven"], 64, "see `flyball job cancel --help`\n"),
        (["freeze", "--only", "promotio"], 64, "'learning', 'promotion', 'traffic', 'retention' or 'all'"),
        (
            ["deploy", "x", "--data", "/nonexistent.csv", "--target", "y"], 1,
            "flyball: /nonexistent.csv: no such file or directory: check the path"
        ),
        (
            ["deploy", "x", "--data", CLIRig.flights, "--target", "lat"], 1,
            "flyball: no column 'lat': flights-sample.csv:1: did you mean 'late'?\n"
        ),
        (
            ["deploy", "x", "--data", CLIRig.flights, "--target", "late", "--time", "time", "--until", "April"], 64,
            "flyball: not a time: --until April: write 2013-04-01"
        ),
        (["deploy", "x", "--data", CLIRig.flights, "--target", "late", "--time", "time", "--zone", "New York"], 1, "America/New_York"),
        (["deploy", "../x", "--data", CLIRig.flights, "--target", "late"], 1, "use lower-case letters, digits and dashes"),
        (["deploy", "x\u{202E}y\u{1B}[2J", "--data", CLIRig.flights, "--target", "late"], 1, "x\\u{202E}y\\u{1B}[2J"),
        (["deploy", "x", "--data", CLIRig.flights, "--target", "late", "--algorithm", "boosted-tree"], 1, "boosted-trees"),
        (["train", "x", "--data", CLIRig.flights, "--window", "3d"], 64, "--window chooses labelled traffic"),
        (["train", "x", "--search", "1"], 64, "--search is 2 to 1000 trials"),
        (["train", "x", "--search-time", "5m"], 64, "ask for one with --search N"),
        (["train", "x", "--search", "5", "--search-time", "100ms"], 64, "--search-time is a second to a week"),
        (
            ["train", "x", "--window", "3 fortnights"], 64,
            "write a number with its unit, such as 30s, 5m, 24h or 7d: see `flyball train --help`"
        ),
        (["train", "x", "--search", "5", "--search-time", "0"], 64, "write a number with its unit"),
        (["train", "x", "--split", "group"], 64, "--split group needs a column: name it with --group"),
        (["train", "x", "--split", "hash", "--group", "a"], 64, "would part the rows of one unit"),
        (["train", "x", "--folds", "5"], 64, "ask for it with --split cv"),
        (["train", "x", "--split", "cv", "--folds", "1"], 64, "--folds is 2 to 20"),
        (["train", "x", "--holdout-share", "1"], 64, "--holdout-share is a share between 0 and 1"),
        (["train", "x", "--split", "time", "--holdout", CLIRig.flights], 64, "leave --split and --holdout-share out"),
        (["deploy", "x", "--data", CLIRig.flights, "--target", "late", "--group", "carier"], 1, "did you mean 'carrier'?"),
        (["deploy", "x", "--data", CLIRig.flights, "--target", "late", "--split", "time"], 64, "needs a column of times"),
        (["train", "x", "--seed", "-1"], 64, "write a whole number from 0 on"),
        (["train", "x", "--seed=-1"], 64, "write a whole number from 0 on"),
        (["train", "x", "--set", "trees=50", "--set", "trees=60"], 64, "given twice: --set trees: give each setting once"),
        (["rollback", "x", "--to", "vv"], 64, "write a version such as v2, or a time such as 02:14"),
        (["replay", "x", "--data", CLIRig.flights], 1, "no engine runs"),
        (["replay", "x", "--data", CLIRig.flights, "--to", "nowhere"], 64, "write HOST:PORT"),
        (["status"], 1, "no engine runs"),
        (["stop"], 1, "no engine runs"),
        (["bench", "cvs"], 64, "flyball: no such suite: cvs: did you mean csv?\n"),
        (["job", "show", "0"], 64, "a job's number is 1 or more"),
        (["job", "show", "1", "--log", "20000"], 64, "--log is 0 to 10000"),
        (["journal", "--limit", "0"], 64, "--limit is 1 to 1000"),
    ]

    @Test("each mistake gets one line, on standard error, and its exit status", arguments: cases)
    func mistake(arguments: [String], status: Int32, text: String) async throws {
        try await CLIRig.run { rig in
            let result = try await rig.call(CLIRig.program, arguments)
            #expect(result.status == status)
            #expect(result.output.isEmpty)
            #expect(result.errors.contains(text), "\(result.errors)")
            #expect(result.errors.hasPrefix("flyball: "))
            #expect(result.errors.split(separator: "\n").count == 1, "\(result.errors)")
        }
    }

    @Test("a reading verb does not make a workspace")
    func noWorkspace() async throws {
        try await CLIRig.run { rig in
            for verb in [["jobs"], ["versions", "x"], ["alerts"], ["journal"], ["policy", "show", "x"]] {
                let result = try await rig.call(CLIRig.program, verb)
                #expect(result.status == 1)
                #expect(result.errors.contains("no workspace: \(rig.workspace)"))
            }
            #expect(!FileManager.default.fileExists(atPath: rig.workspace))
        }
    }

    @Test("every verb explains itself with an example, and verbs of other issues are not there")
    func help() async throws {
        try await CLIRig.run { rig in
            let verbs = [
                "serve", "demo", "stop", "status", "doctor", "bench", "deploy", "train", "versions", "compare", "jobs", "policy show",
                "policy edit",
                "policy apply", "algorithms", "predict", "promote", "share", "abort", "rollback", "pause", "resume", "freeze", "unfreeze",
                "job cancel",
                "job retry", "job raise", "job show", "import", "export",
                "drift", "alerts", "ack", "journal", "journal verify", "journal export", "replay", "describe",
            ]
            for verb in verbs {
                let result = try await rig.call(CLIRig.program, verb.split(separator: " ").map(String.init) + ["--help"])
                #expect(result.status == 0)
                #expect(result.output.contains("flyball \(verb)"), "\(verb)")
                let first = result.output.split(separator: "\n").first { $0.hasPrefix("flyball ") || $0.hasPrefix("flyball --workspace") }
                #expect(first != nil, "\(verb) has no example")
            }
            for verb in ["card", "reproduce", "why", "quality", "report"] {
                #expect(try await rig.call(verb).status == 64)
            }
            #expect(try await rig.call("--version").output == "0.1.0\n")
        }
    }

    @Test("a listener that is busy, or reachable from outside, is refused; a second engine is told of the first")
    func listeners() async throws {
        try await CLIRig.run { rig in
            let server = try await rig.serve()
            let other = rig.directory + "/other"
            let busy = try await rig.call("--workspace", other, "serve", "--listen", server.address)
            #expect(busy.status == 1)
            #expect(busy.errors.contains("flyball: listen: \(server.address): the port is in use: choose another port\n"))
            let open = try await rig.call("--workspace", other, "serve", "--listen", "0.0.0.0:0")
            #expect(open.status == 1)
            #expect(open.errors.contains("reachable from other machines"))
            let second = try await rig.call("serve", "--listen", "127.0.0.1:0")
            #expect(second.status == 1)
            #expect(second.errors.contains("already running: \(rig.workspace) belongs to process \(server.child.pid)"))
        }
    }

    @Test("a reader of the output who leaves early ends the command, silently")
    func brokenPipe() async throws {
        try await CLIRig.run { rig in
            try await rig.deploy()
            let result = try await rig.call(
                "/bin/sh", ["-c", "'\(CLIRig.program)' predict flight-delay --data '\(CLIRig.flights)' | head -n 1"])
            #expect(result.output.hasPrefix("time,month,"))
            #expect(result.errors.isEmpty)
        }
    }
}
