import ArgumentParser
import Engine

/// The verb `promote`.
struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Make a version the champion, from the next request on.",
        discussion: """
            The former champion stays loaded for a roll back.

            flyball promote flight-delay v2 --reason "better on spring traffic"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.promote(deployment: name, version: version.number), reason: why.reason, json: json)
        }
    }
}

/// The verb `rollback`.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Return to the last known good version; the departing one is marked withdrawn.",
        discussion: """
            Works under any freeze and on a full disk. No policy promotes a withdrawn version again; a person may.

            flyball rollback flight-delay --reason "complaints since 14:00"
            flyball rollback flight-delay --to v3
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp("A former champion to return to instead.", valueName: "version")) var to: VersionArgument?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.rollback(deployment: name, to: to?.number), reason: why.reason, json: json)
        }
    }
}

/// The verb `pause`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop a deployment from answering: requests get 503 with Retry-After.",
        discussion: """
            Labels are still taken and jobs still run.

            flyball pause flight-delay --reason "the weather feed is wrong"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.pause(deployment: name), reason: why.reason, json: json)
        }
    }
}

/// The verb `resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused deployment answer again.",
        discussion: """
            flyball resume flight-delay
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.resume(deployment: name), reason: why.reason, json: json)
        }
    }
}
