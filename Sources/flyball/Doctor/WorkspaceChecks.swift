import Engine
import Foundation
import Store
import Tabular

/// Whether the workspace can be used.
enum WorkspaceChecks {
    /// Less free space than this is worth a warning, bytes: the stores keep 10 GiB of traffic unless told otherwise.
    private static let enoughBytes: UInt64 = 12 << 30
    private static let fewBytes: UInt64 = 64 << 20

    static func run(path: String) -> [Finding] {
        [directory(path), configuration(path), space(path), engine(path)] + (isOwn(path + "/store") ? stored(path + "/store") : [])
    }

    private static func isOwn(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR && status.st_uid == geteuid()
    }

    /// The format of the stores, and every record that cannot be read.
    private static func stored(_ directory: String) -> [Finding] {
        let findings: RecordCheck.Findings
        do throws(StoreFailure) { findings = try RecordCheck.run(storeDirectory: directory) } catch {
            return [
                Finding(
                    "stores", .fail, SafeText.escape("\(error)"),
                    advice: "without its registry no engine starts; damaged labels or traffic it sets aside")
            ]
        }
        guard let format = findings.standing.format else { return [Finding("stores", .ok, "none yet")] }
        var result = [formatFinding(format, findings.standing, directory)]
        if findings.damaged.isEmpty {
            result.append(Finding("records", .ok, "all \(findings.rows) can be read, add up, and say what the journal says"))
        }
        for record in findings.damaged {
            result.append(
                Finding(
                    "records", .fail, SafeText.escape(record.text),
                    advice: "it is left as it is: restore the file from a backup, or use the newer flyball that wrote it"))
        }
        return result
    }

    private static func formatFinding(_ format: Int, _ standing: WorkspaceFormat.Standing, _ directory: String) -> Finding {
        let steps = standing.stores.map { "\($0.store) \($0.taken.joined(separator: "; "))" }.joined(separator: " | ")
        let asides = WorkspaceFormat.asides(directory: directory)
        let copies = asides.isEmpty ? "" : "; copies set aside: \(asides.map { SafeText.escape($0) }.joined(separator: ", "))"
        let text = "format \(format), this flyball writes \(WorkspaceFormat.current); steps taken: \(steps)\(copies)"
        let missing = standing.stores.flatMap { store in store.missing.map { "\(store.store) \($0)" } }
        guard !missing.isEmpty else { return Finding("stores", .ok, text) }
        return Finding(
            "stores", .warn, text,
            advice:
                "the next start takes \(missing.joined(separator: "; ")), after it has set copies aside in \(SafeText.escape(directory))/aside"
        )
    }

    private static func directory(_ path: String) -> Finding {
        let name = "workspace"
        let safe = SafeText.escape(path)
        var status = stat()
        guard lstat(path, &status) == 0 else {
            return Finding(name, .ok, "\(safe) does not exist yet: the first command makes it")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return Finding(name, .fail, "\(safe) is no directory", advice: "move it away, or name another with --workspace")
        }
        guard status.st_uid == geteuid() else {
            return Finding(
                name, .ok, "\(safe) belongs to uid \(status.st_uid): you reach it through its engine, if its owner has an entry for you")
        }
        guard status.st_mode & 0o066 == 0 else {
            return Finding(
                name, .warn, "\(safe) is open to others, mode \(String(status.st_mode & 0o777, radix: 8))",
                advice: "the next start closes it; or `chmod 700`")
        }
        for folder in ["store", "data", "log", "run"] {
            var inner = stat()
            guard lstat(path + "/" + folder, &inner) == 0 else { continue }
            if inner.st_mode & S_IFMT != S_IFDIR || inner.st_uid != geteuid() {
                return Finding(
                    name, .fail, "\(safe)/\(folder) is not a directory of yours", advice: "restore it, or `chown -R` it to yourself")
            }
        }
        return Finding(name, .ok, safe)
    }

    private static func configuration(_ path: String) -> Finding {
        let file = path + "/flyball.toml"
        guard FileManager.default.fileExists(atPath: file) else { return Finding("flyball.toml", .ok, "none: the defaults hold") }
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            return Finding("flyball.toml", .fail, "it cannot be read as UTF-8 text", advice: "check its permissions and content")
        }
        do throws(WorkspaceFailure) {
            let configuration = try WorkspaceConfiguration.parse(text)
            return Finding("flyball.toml", .ok, "\(configuration.operators.count) operators beside the owner")
        } catch { return Finding("flyball.toml", .fail, "\(error)", advice: "correct the key: no engine starts with it") }
    }

    private static func space(_ path: String) -> Finding {
        var folder = path
        while !FileManager.default.fileExists(atPath: folder), folder.count > 1 { folder = (folder as NSString).deletingLastPathComponent }
        var information = statvfs()
        guard statvfs(folder, &information) == 0 else {
            return Finding("disk space", .warn, "it cannot be asked", advice: "check the path")
        }
        let free = UInt64(information.f_bavail) &* UInt64(information.f_frsize)
        let text = "\(FigureTexts.one(Double(free) / 1e9)) GB free"
        if free < fewBytes { return Finding("disk space", .fail, text, advice: "free some: writes are refused soon") }
        return free < enoughBytes
            ? Finding(
                "disk space", .warn, text, advice: "traffic is kept up to 10 GiB: free some, or set telemetry.max_bytes in flyball.toml")
            : Finding("disk space", .ok, text)
    }

    private static func engine(_ path: String) -> Finding {
        guard EngineInfo.isHeld(runDirectory: path + "/run") else { return Finding("engine", .ok, "none runs here") }
        let info = EngineInfo.read(runDirectory: path + "/run")
        let since = info.map { ", since \(TimeText.rfc3339($0.startedAt))" } ?? ""
        let scheme = info?.speaksTLS == true ? "https" : "http"
        let http = info?.http.map { ", \(scheme)://\(SafeText.escape($0))" } ?? ""
        let grpc = info?.grpc.map { ", gRPC on \(SafeText.escape($0))" } ?? ""
        return Finding("engine", .ok, "runs" + (info.map { ", process \($0.pid)" } ?? "") + since + http + grpc)
    }
}
