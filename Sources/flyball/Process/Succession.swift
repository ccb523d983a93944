import Engine
import Foundation
import Tabular

/// A program that takes the place of this one in the same process: the process id, the arguments and the listening socket stay.
enum Succession {
    /// The environment's word for the socket that a program takes over.
    static let variable = "FLYBALL_LISTENING_SOCKET"
    /// The same for that of gRPC.
    static let grpcVariable = "FLYBALL_GRPC_SOCKET"
    /// How long a program may take to say what it is.
    private static let patienceSeconds = 20.0

    /// Sockets that one program hands to the next.
    struct Sockets: Sendable {
        var http: Int32?
        var grpc: Int32?

        /// By the environment's word for each.
        var named: [(variable: String, socket: Int32)] {
            [(Succession.variable, http), (Succession.grpcVariable, grpc)].compactMap { name, socket in socket.map { (name, $0) } }
        }
    }

    /// The sockets that the program before this one listened on; given once.
    static func inheritedSockets() -> Sockets { Sockets(http: inherited(variable), grpc: inherited(grpcVariable)) }

    private static func inherited(_ variable: String) -> Int32? {
        guard let text = ProcessInfo.processInfo.environment[variable] else { return nil }
        unsetenv(variable)
        return Int32(text).flatMap { $0 > STDERR_FILENO ? $0 : nil }
    }

    /// Looks at a program before an engine of that workspace hands over to it: whose it is, what it is, whether it knows the stores.
    static func inspection(workspace: String) -> SuccessorInspection {
        { path in
            await onThread("flyball.successor") { inspect(path, workspace: workspace) }
        }
    }

    private static func inspect(_ path: String, workspace: String) -> Result<String, ActionFailure> {
        let shown = SafeText.escape(path)
        if let problem = problem(of: path) { return .failure(.refused(what: "\(shown) \(problem)", advice: "name the new program's file")) }
        let told: CapturedProcess
        do {
            told = try CapturedProcess.run(program: path, ["--version"], limit: 4_096, seconds: patienceSeconds)
        } catch { return .failure(.unavailable("\(shown): it cannot be started: \(error)")) }
        guard !told.wasTooSlow else {
            return .failure(
                .unavailable("\(shown) has not said its version within \(Int(patienceSeconds)) s: the machine may be overloaded"))
        }
        guard told.ending == .exited(0), let version = version(told.output) else {
            return .failure(.refused(what: "\(shown) does not say its version as a flyball does", advice: "name the new program's file"))
        }
        guard
            let check = try? CapturedProcess.run(
                program: path, ["--workspace", workspace, "migrate", "--check"], limit: 65_536, seconds: patienceSeconds)
        else { return .failure(.unavailable("\(shown): it cannot be started: see the engine's log")) }
        guard check.ending == .exited(0) else {
            return .failure(
                .refused(
                    what: "flyball \(version) at \(shown) cannot work with these stores",
                    advice: "ask it: \(shown) --workspace \(SafeText.escape(workspace)) migrate --check"))
        }
        return .success(version)
    }

    private static func version(_ output: Data) -> String? {
        let text = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        let isVersion =
            (1...40).contains(text.utf8.count) && text.utf8.first.map { (0x30...0x39).contains($0) } == true
            && text.unicodeScalars.allSatisfy { $0.isASCII && ($0.properties.isAlphabetic || "0123456789.+-".unicodeScalars.contains($0)) }
        return isVersion ? text : nil
    }

    /// What is wrong with a file that shall be run with this process's rights: whoever may order it must not be able to bring one of their own.
    private static func problem(of path: String) -> String? {
        guard path.hasPrefix("/"), let real = realpath(path, nil) else { return "is no file" }
        defer { free(real) }
        let whole = String(cString: real)
        var file = stat()
        guard stat(whole, &file) == 0, file.st_mode & S_IFMT == S_IFREG else { return "is no file" }
        guard access(whole, X_OK) == 0 else { return "may not be run by the engine" }
        var directory = stat()
        guard stat((whole as NSString).deletingLastPathComponent, &directory) == 0 else { return "is no file" }
        for (what, found) in [("it", file), ("its directory", directory)] {
            guard found.st_uid == 0 || found.st_uid == geteuid() else { return "is not to be trusted: \(what) belongs to somebody else" }
            let isShared = found.st_mode & (S_IWGRP | S_IWOTH) != 0 && found.st_mode & S_ISVTX == 0
            guard !isShared else { return "is not to be trusted: \(what) can be written by others" }
        }
        return nil
    }
}
