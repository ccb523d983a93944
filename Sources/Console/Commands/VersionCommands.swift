import Engine

/// What is done with versions beside rolling them out.
package enum VersionCommands {
    /// In the order of the help.
    package static let all: [Command] = [
        Command(
            "compare", aliases: ["diff"], keys: ["="], places: [.versions], arguments: [.version, .version],
            doc: "Compares two versions: the marked ones, or the selected one with the champion; pressed again, shows the table.",
            group: "Versions",
            hint: 75,
            disabledReason: { call in target(call) == nil ? "select a deployment first" : nil },
            run: { call in
                guard let place = target(call) else { return .refused("select a deployment first") }
                return .goScreen(place, .compare, call.arguments)
            })
    ]

    /// The versions to compare among: of this place, else of what is selected or was looked at last.
    private static func target(_ call: CommandCall) -> Place? {
        if call.place.kind == .versions { return call.place }
        let name = call.subject.deployment ?? call.place.deployment ?? call.recent
        return name.flatMap { call.context.snapshot.deployment($0) }.map { .versions($0.name) }
    }
}
