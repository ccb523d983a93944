import Foundation
import Learning
import Store
import Tabular

/// Whether the machine lets an engine live.
enum SystemChecks {
    /// Descriptors that 4,096 HTTP connections, the stores and the operators need.
    private static let descriptors: UInt64 = 4_608

    static func run() -> [Finding] { [killing(), descriptorLimit(), sqlite(), openBLAS()] }

    /// logind may end what a user leaves behind, a detached engine too.
    private static func killing() -> Finding {
        let name = "logind"
        guard FileManager.default.fileExists(atPath: "/run/systemd/system") else {
            return Finding(name, .ok, "no systemd here: nothing ends a detached engine at logout")
        }
        guard killsUserProcesses(files: LogindFiles.all) else {
            return Finding(name, .ok, "KillUserProcesses=no: a detached engine outlives the logout")
        }
        return Finding(
            name, .warn, "KillUserProcesses=yes: a detached engine ends at logout",
            advice: "run `flyball serve` as a service, or `loginctl enable-linger`")
    }

    /// The last setting wins; without one systemd's default is no.
    static func killsUserProcesses(files: [String]) -> Bool {
        var result = false
        for path in files {
            guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { continue }
            for line in text.split(separator: "\n") {
                let words = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                guard words.count == 2, words[0] == "KillUserProcesses" else { continue }
                result = ["yes", "true", "1", "on"].contains(words[1].lowercased())
            }
        }
        return result
    }

    private static func descriptorLimit() -> Finding {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
            return Finding("open files", .warn, "the limit cannot be asked")
        }
        let soft = UInt64(limit.rlim_cur)
        return soft >= descriptors
            ? Finding("open files", .ok, "at most \(soft)")
            : Finding(
                "open files", .warn, "at most \(soft), which is fewer than \(descriptors)",
                advice: "with many connections some are refused: `ulimit -n 65536`, or LimitNOFILE= in the unit")
    }

    private static func sqlite() -> Finding {
        let version = StoreLibrary.version
        return Finding("SQLite", .ok, version)
    }

    private static func openBLAS() -> Finding { Finding("linear algebra", .ok, LinearAlgebra.version) }
}

/// Where logind reads its settings, in order.
enum LogindFiles {
    static var all: [String] {
        var files = ["/usr/lib/systemd/logind.conf", "/etc/systemd/logind.conf"]
        for folder in ["/usr/lib/systemd/logind.conf.d", "/run/systemd/logind.conf.d", "/etc/systemd/logind.conf.d"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            files += names.filter { $0.hasSuffix(".conf") }.sorted().map { folder + "/" + $0 }
        }
        return files
    }
}
