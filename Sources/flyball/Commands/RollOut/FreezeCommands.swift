import ArgumentParser
import Engine

/// The verb `freeze`.
struct FreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "freeze", abstract: "Stop everything automatic, in one deployment or in all.",
        discussion: """
            `learning`: no policy trains, nothing is learnt online. `promotion`: no policy promotes. `traffic`: nobody promotes or resumes; roll back and pause still \
            work. Without --only: all three. `retention`, of the whole log: no traffic is deleted by its age; Flyball sets it itself when it is started under a date \
            that cannot be.

            flyball freeze                                   (all deployments)
            flyball freeze flight-delay --only promotion --reason "holiday week"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment; all when left out.") var name: String?
    @Option(help: "What to stop.") var only: FreezeScope?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.freeze(deployment: name, scope: only ?? .all), reason: why.reason, json: json)
        }
    }
}

/// The verb `unfreeze`.
struct UnfreezeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unfreeze", abstract: "Lift a freeze, or every freeze of that place.",
        discussion: """
            flyball unfreeze
            flyball unfreeze flight-delay --only promotion
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment; the freezes of all when left out.") var name: String?
    @Option(help: "What to let go on.") var only: FreezeScope?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.unfreeze(deployment: name, scope: only ?? .all), reason: why.reason, json: json)
        }
    }
}
