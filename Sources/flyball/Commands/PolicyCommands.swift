import ArgumentParser
import Engine
import Foundation
import Tabular

/// The verb `policy` with the verbs below it.
struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show, edit or replace what a deployment may do by itself.",
        discussion: """
            automation = "auto"            # manual, advise or auto
            [retrain]
            on_drift = true
            every = "24h"
            after_labels = 50000
            window = "30d"
            minimum_labels = 500
            cooldown = "10m"
            [promote]
            max_per_day = 24
            """, subcommands: [Show.self, Edit.self, Apply.self])

    /// Prints the policy.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the policy as TOML.", discussion: "flyball policy show flight-delay > policy.toml")
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The deployment.") var name: String
        @OptionGroup var json: JSONOption

        func run() async throws {
            try await Session.with(place, .reading) { session in
                let text = try await session.policy(of: name)
                if json.isJSON { return try Output.json(["deployment": name, "policy": text]) }
                try Output.write(text.utf8, to: STDOUT_FILENO)
            }
        }
    }

    /// Opens the policy in an editor.
    struct Edit: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Edit the policy with $VISUAL or $EDITOR, see what changes, apply it.", discussion: "flyball policy edit flight-delay"
        )
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The deployment.") var name: String
        @OptionGroup var why: ReasonOption
        @OptionGroup var json: JSONOption

        func run() async throws {
            guard isatty(STDIN_FILENO) == 1 else {
                throw CommandFailure("no terminal to edit on: standard input: use `flyball policy apply \(SafeText.escape(name)) F.toml`")
            }
            try await Session.with(place, .changing) { session in
                let former = try await session.policy(of: name)
                let edited = try Editor.edit(former, name: "policy-\(name).toml")
                guard edited != former else { return Output.remark("nothing changed") }
                try await session.apply(edited, to: name, former: former, reason: why.reason, json: json)
            }
        }
    }

    /// Replaces the policy.
    struct Apply: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the policy with a file's text; the journal keeps both.",
            discussion: """
                flyball policy apply flight-delay policy.toml --reason "let it promote by itself"
                flyball policy apply flight-delay -        (from standard input)
                """)
        @OptionGroup var place: WorkspaceOption
        @Argument(help: "The deployment.") var name: String
        @Argument(help: "The TOML file, or - for standard input.", completion: .file()) var file: String
        @OptionGroup var why: ReasonOption
        @OptionGroup var json: JSONOption

        /// Longest policy text, bytes.
        private static let largest = 1 << 16

        func run() async throws {
            let text = try read()
            try await Session.with(place, .changing) { session in
                try await session.apply(text, to: name, former: try await session.policy(of: name), reason: why.reason, json: json)
            }
        }

        private func read() throws -> String {
            let handle = file == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: try Given.readableFile(file))
            let data = (try? handle?.read(upToCount: Self.largest + 1)) ?? Data()
            guard data.count <= Self.largest, let text = String(validating: data, as: UTF8.self) else {
                throw CommandFailure("\(SafeText.escape(file)): it is no UTF-8 text of at most 64 KiB: give a TOML file")
            }
            return text
        }
    }
}

extension Session {
    fileprivate func policy(of name: String) async throws -> String {
        _ = try await deployment(name)
        return try await ask(.policy(deployment: name), \.asText)
    }

    /// Shows on standard error what changes, and applies it.
    fileprivate func apply(_ text: String, to name: String, former: String, reason: String?, json: JSONOption) async throws {
        let next = try Policy.parse(text, deployment: name).text
        for line in TextDifference.lines(from: former, to: next) { Output.remark(SafeText.escape(line)) }
        try await order(.setPolicy(deployment: name, text: text), reason: reason, json: json)
    }
}

/// The operator's own editor.
enum Editor {
    /// Lets the operator edit a text; returns what it has become.
    static func edit(_ text: String, name: String) throws -> String {
        let directory = NSTemporaryDirectory() + "/flyball-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let path = directory + "/" + name
        guard WholeWrite.write(Array(text.utf8), toFile: path) else {
            throw CommandFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        let environment = ProcessInfo.processInfo.environment
        let editor = environment["VISUAL"] ?? environment["EDITOR"] ?? "vi"
        // Through the shell, since the variable may hold options too; the path goes in as an argument, not as shell text. The editor stays
        // in our process group, so that it owns the terminal while it runs.
        guard spawn(["/bin/sh", "-c", "exec \(editor) \"$1\"", "sh", path]) == 0 else {
            throw CommandFailure("the editor failed: \(SafeText.escape(editor)): set $EDITOR to another one")
        }
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    private static func spawn(_ words: [String]) -> Int32 {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        guard posix_spawn(&process, words[0], nil, nil, &arguments, environ) == 0 else { return -1 }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { return -1 }
        }
        return status
    }
}
