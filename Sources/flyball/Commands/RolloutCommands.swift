import ArgumentParser
import Engine

/// `flyball promote`
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
