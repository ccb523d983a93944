import Foundation
import Testing

/// A second uid, which takes root to become.
@Suite("Another uid", .serialized, .enabled(if: getuid() == 0 && access("/usr/bin/setpriv", X_OK) == 0))
struct CLIOperatorTests {
    private static let nobody = "65534"

    /// The program where the other uid can reach it; a copy, since a build directory may lie in root's own home.
    private static func copy(_ rig: CLIRig) async throws -> String {
        let path = rig.directory + "/flyball"
        // By another process: a descriptor of ours that is open for writing could be inherited, and the copy then not be run.
        _ = try await ShellCommand.run("/bin/cp", [CLIRig.program, path], environment: [:])
        chmod(path, 0o755)
        chmod(rig.directory, 0o711)
        return path
    }

    private static func asNobody(_ rig: CLIRig, _ program: String, _ arguments: [String]) async throws -> CLIResult {
        try await rig.call(
            "/usr/bin/setpriv",
            ["--reuid", nobody, "--regid", nobody, "--clear-groups", program, "--workspace", rig.workspace] + arguments)
    }

    private static func configure(_ rig: CLIRig, role: String?) throws {
        try FileManager.default.createDirectory(atPath: rig.workspace, withIntermediateDirectories: true)
        let operators =
            role.map { "group = \"nogroup\"\n[operators]\nnobody = \"\($0)\"\n" }
            ?? "group = \"nogroup\"\n[operators]\ndaemon = \"viewer\"\n"
        try operators.write(toFile: rig.workspace + "/flyball.toml", atomically: true, encoding: .utf8)
    }

    @Test("without an entry it is refused, as viewer it looks, as operator it promotes, and the journal names it")
    func roles() async throws {
        try await CLIRig.run { rig in
            let program = try await Self.copy(rig)
            try await rig.deploy()
            try await rig.done("train", "flight-delay", "--data", CLIRig.flights, "--until", "2013-06-01", "--wait")

            try Self.configure(rig, role: nil)
            var server = try await rig.serve()
            let stranger = try await Self.asNobody(rig, program, ["status"])
            #expect(stranger.status == 1)
            #expect(stranger.errors.contains("not allowed: nobody has no entry in [operators]"), "\(stranger.errors)")
            try await rig.done("stop")
            _ = await server.child.end()

            try Self.configure(rig, role: "viewer")
            server = try await rig.serve()
            let look = try await Self.asNobody(rig, program, ["status", "--json"])
            #expect(look.status == 0, "\(look.errors)")
            for verb in [
                ["promote", "flight-delay", "v2"], ["rollback", "flight-delay"], ["pause", "flight-delay"], ["freeze"], ["stop"],
                ["train", "flight-delay"],
                ["job", "cancel", "1"], ["ack", "1"],
            ] {
                let refused = try await Self.asNobody(rig, program, verb)
                #expect(refused.status == 1)
                #expect(refused.errors.contains("yours is viewer: ask the workspace's owner"), "\(verb): \(refused.errors)")
            }
            try await rig.done("stop")
            _ = await server.child.end()

            try Self.configure(rig, role: "operator")
            server = try await rig.serve()
            let promoted = try await Self.asNobody(rig, program, ["promote", "flight-delay", "v2", "--reason", "on call"])
            #expect(promoted.status == 0, "\(promoted.errors)")
            #expect(try await Self.asNobody(rig, program, ["stop"]).errors.contains("needs the role admin"))
            let file = try await Self.asNobody(rig, program, ["train", "flight-delay", "--data", "/etc/hostname"])
            #expect(file.errors.contains("needs the role admin"), "\(file.errors)")
            let row = try #require(
                try await rig.done("journal", "--json").split(separator: "\n").compactMap {
                    try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
                }.last { $0["verb"] as? String == "promote" })
            #expect(row["actor"] as? String == "nobody (uid 65534)")
            #expect(row["uid"] as? Int == 65_534)
            #expect(row["role"] as? String == "operator")
            withExtendedLifetime(server) {}
        }
    }

    @Test("without operators in the configuration the kernel keeps everybody else out")
    func closed() async throws {
        try await CLIRig.run { rig in
            let program = try await Self.copy(rig)
            try await rig.deploy()
            let server = try await rig.serve()
            let stranger = try await Self.asNobody(rig, program, ["status"])
            #expect(stranger.status == 1)
            #expect(stranger.errors.contains("flyball: "), "\(stranger.errors)")
            #expect(server.child.isRunning)
        }
    }
}
