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

    @OptionGroup var order: VersionOrder

    func run() async throws { try await order.perform { .archive(deployment: $0, version: $1) } }
}

/// The verb `pin`.
struct PinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pin", abstract: "Keep a version and its data, however many come after it.",
        discussion: """
            flyball pin flight-delay v3 --reason "what the audit of June was about"
            """)

    @OptionGroup var order: VersionOrder

    func run() async throws { try await order.perform { .pin(deployment: $0, version: $1) } }
}

/// The verb `unpin`.
struct UnpinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpin", abstract: "Let the policy archive a pinned version when its time comes.",
        discussion: """
            flyball unpin flight-delay v3
            """)

    @OptionGroup var order: VersionOrder

    func run() async throws { try await order.perform { .unpin(deployment: $0, version: $1) } }
}

/// The verb `remove`.
struct RemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a deployment away with its versions, policy, traffic and labels.",
        discussion: """
            Its open jobs are cancelled first. The journal keeps its rows, the jobs keep their logs, and a new deployment of the name goes on \
            counting versions. There is no way back: the name is given twice.

            flyball remove flight-delay --yes flight-delay --reason "moved to the new house"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp("The deployment's name again.", valueName: "name")) var yes: String?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            let status = try await session.deployment(name)
            guard yes == name else {
                let count = status.versions.count
                throw CommandFailure.usage(
                    "not removed: \(name) with its \(count) \(count == 1 ? "version" : "versions") would be gone for good: repeat its name: --yes \(name)"
                )
            }
            try await session.order(.remove(deployment: name), reason: why.reason, json: json)
        }
    }
}
