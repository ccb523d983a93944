import ArgumentParser
import Engine

/// The verb `archive`.
struct ArchiveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive", abstract: "Give up a version's model and data; its line and its number stay.",
        discussion: """
            The champion, what a roll back returns to, what is learnt from online and what is pinned cannot be archived. By itself this \
            happens as the section [versions] of the deployment's policy says (`keep = 50`). There is no way back.

            flyball archive flight-delay v3 --reason "trained on the faulty feed"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.archive(deployment: name, version: version.number), reason: why.reason, json: json)
        }
    }
}

/// The verb `pin`.
struct PinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a version and its data, however many come after it.",
        discussion: """
            flyball pin flight-delay v3 --reason "what the audit of June was about"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.pin(deployment: name, version: version.number), reason: why.reason, json: json)
        }
    }
}

/// The verb `unpin`.
struct UnpinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin", abstract: "Let the policy archive a pinned version when its time comes.",
        discussion: """
            flyball unpin flight-delay v3
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.unpin(deployment: name, version: version.number), reason: why.reason, json: json)
        }
    }
}
