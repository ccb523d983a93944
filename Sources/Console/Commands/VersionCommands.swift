/// What is done with versions beside rolling them out.
package enum VersionCommands {
    /// In the order of the help.
    package static let all: [Command] = [
        Command(
            "compare", aliases: ["diff"], keys: ["="], places: [.versions], arguments: [.version, .version],
            doc: "Compares two versions: the marked ones, or the selected one with the champion; pressed again, shows the table.",
            group: "Versions",
            hint: 75,
            disabledReason: { call in call.place.kind == .versions ? nil : "compares on Versions only: go there first" },
            run: { call in .screen("compare", call.arguments) })
    ]
}
