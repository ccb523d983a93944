import Foundation

/// A file system of its own that is filled to the last byte, under a running engine and before it starts.
enum FullDiskFault {
    static var obstacle: String? {
        if getuid() != 0 { return "only root mounts a file system" }
        return access("/usr/sbin/mkfs.ext4", X_OK) == 0 ? nil : "mkfs.ext4 is not installed"
    }

    static func run(_ rig: CLIRig, starts: Int) async throws -> FaultFigure {
        var figure = FaultFigure("a full disk stops no prediction, no roll back, no start")
        figure.skipped = obstacle
        if obstacle != nil { return figure }
        let (image, mount) = (rig.directory + "/image", rig.directory + "/mount")
        try FileManager.default.createDirectory(atPath: mount, withIntermediateDirectories: true)
        for (program, arguments) in [
            ("/usr/bin/truncate", ["-s", "64M", image]), ("/usr/sbin/mkfs.ext4", ["-q", "-m0", "-O", "^has_journal", image]),
            ("/bin/mount", ["-o", "loop", image, mount]),
        ] {
            let result = try await rig.call(program, arguments)
            guard result.status == 0 else {
                figure.skipped = "\(program): \(result.errors)"
                return figure
            }
        }
        do {
            try await fill(FaultPlace.make(rig, name: "mount/w"), mount, starts: starts, &figure)
        } catch {
            _ = try? await rig.call("/bin/umount", ["-l", mount])
            throw error
        }
        _ = try await rig.call("/bin/umount", ["-l", mount])
        return figure
    }

    private static func fill(_ place: FaultPlace, _ mount: String, starts: Int, _ figure: inout FaultFigure) async throws {
        let name = FaultPlace.deployment
        var server = try await place.serve()
        var (answered, refusals) = (0, 0)
        for start in 1...starts {
            let filler = mount + "/filler"
            fill(filler)
            // Running: notes are refused sooner or later, when the log of the store has used what room it had.
            let text = String(repeating: "x", count: 3_900)
            var said: String?
            for _ in 0..<200 where said == nil {
                let result = try await place.call(["note", text])
                if result.status != 0 { said = result.errors }
            }
            if let said {
                refusals += 1;
                if !said.contains("the disk is full") || !said.contains("store") { figure.wrong.append("refused with: \(said)") }
            } else {
                figure.wrong.append("start \(start): nothing was refused")
            }
            figure.wrong += try await serving(place, server, "running \(start)", &answered)
            let isKilled = start.isMultiple(of: 2)
            if isKilled { server.child.kill() } else { server.child.signal(SIGTERM) }
            _ = await server.child.end()
            fill(filler)
            do { server = try await place.serve() } catch {
                figure.wrong.append("start \(start) after \(isKilled ? "kill -9" : "SIGTERM"): \(error)")
                unlink(filler)
                server = try await place.serve()
                continue
            }
            figure.wrong += try await serving(place, server, "start \(start)", &answered)
            for verb in [["pause", name], ["freeze", name]] {
                let result = try await place.call(verb)
                if result.status != 0 { figure.wrong.append("start \(start): \(verb): \(result.errors)") }
            }
            unlink(filler)
            // Nothing resumes what is frozen.
            _ = try await cliEventually("writes again") { try await place.call(["unfreeze", name]).status == 0 ? true : nil }
            let resumed = try await place.call(["resume", name])
            if resumed.status != 0 { figure.wrong.append("start \(start): resume: \(resumed.errors)") }
        }
        figure.wrong += try await place.journalProblems()
        server.child.kill()
        _ = await server.child.end()
        figure.tried =
            "an ext4 of 64 MB filled to the last byte \(2 * starts) times, \(starts) times before a start; \(answered) predictions, \(refusals) refusals"
    }

    private static func serving(_ place: FaultPlace, _ server: CLIServer, _ what: String, _ answered: inout Int) async throws -> [String] {
        let answers = try await place.predict(server, rows: 0..<40)
        answered += answers.count { $0 != nil }
        let failed = answers.count { $0 == nil }
        return failed == 0 ? [] : ["\(what): \(failed) of 40 predictions failed"]
    }

    /// Takes every byte that is left.
    private static func fill(_ path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let bytes = [UInt8](repeating: 1, count: 65_536)
        for size in [65_536, 4_096, 512, 1] { while write(descriptor, bytes, size) == size {} }
        fsync(descriptor)
        close(descriptor)
    }
}
