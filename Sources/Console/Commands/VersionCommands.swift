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
            }),
        Command.action(
            "archive", keys: ["X"], places: [.versions], arguments: [.deployment, .version],
            doc: "Gives up the selected version's model and data; its line and its number stay.", group: "Versions", hint: 30
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (name, version) = try version(call)
                return .archive(deployment: name, version: version.number)
            }
        },
        Command.action(
            "pin", keys: ["K"], places: [.versions], arguments: [.deployment, .version],
            doc: "Keeps the selected version, however many come after it; pressed on a kept one, lets it go.", group: "Versions", hint: 28
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (name, version) = try version(call)
                return version.isPinned && call.arguments.isEmpty
                    ? .unpin(deployment: name, version: version.number) : .pin(deployment: name, version: version.number)
            }
        },
        Command.action(
            "unpin", arguments: [.deployment, .version], doc: "Lets the policy archive a kept version when its time comes.",
            group: "Versions"
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (name, version) = try version(call)
                return .unpin(deployment: name, version: version.number)
            }
        },
    ]

    /// The version that a command is about: the one that was typed, else the selected one.
    private static func version(_ call: CommandCall) throws(CommandRefusal) -> (name: String, version: (number: UInt32, isPinned: Bool)) {
        let (status, arguments) = try call.deployment([.deployment, .version])
        guard let number = arguments.version else { throw CommandRefusal("select a version first") }
        return (status.name, (number, status.versions.first { $0.number == number }?.isPinned ?? false))
    }

    /// The versions to compare among: of this place, else of what is selected or was looked at last.
    private static func target(_ call: CommandCall) -> Place? {
        if call.place.kind == .versions { return call.place }
        let name = call.subject.deployment ?? call.place.deployment ?? call.recent
        return name.flatMap { call.context.snapshot.deployment($0) }.map { .versions($0.name) }
    }
}
