import ArgumentParser
import Engine

/// What a verb about one deployment takes: which one, why, and how to answer.
struct DeploymentOrder: ParsableArguments {
    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    /// Orders an action about the deployment and prints its receipt.
    func perform(_ action: (_ deployment: String) -> Action) async throws {
        try await Session.with(place, .changing) { try await $0.order(action(name), reason: why.reason, json: json) }
    }
}

/// What a verb about one version takes: which one, why, and how to answer.
struct VersionOrder: ParsableArguments {
    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    /// Orders an action about the version and prints its receipt.
    func perform(_ action: (_ deployment: String, _ version: UInt32) -> Action) async throws {
        try await Session.with(place, .changing) { try await $0.order(action(name, version.number), reason: why.reason, json: json) }
    }
}
