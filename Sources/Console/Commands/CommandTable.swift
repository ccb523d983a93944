import Tabular

/// The one table of commands: keys, `:` names, completion, hints, help and disabled reasons all come from it.
package enum CommandTable {
    /// Every command, in the order of the help.
    package static let all: [Command] =
        MovingCommands.all + ScreenCommands.all + ConsoleCommands.all + RolloutCommands.all + ChallengerCommands.all + LoopCommands.all
        + VersionCommands.all + ThresholdCommands.all
        + JobCommands.all + DriftCommands.all + AlertCommands.all + JournalCommands.all

    /// The command of a key at a place: one of that place first, then one that works everywhere.
    package static func command(for key: Key, at place: Place.Kind) -> Command? {
        let found = byKey[key] ?? []
        return (found.first { $0.places.contains(place) } ?? found.first { $0.places.isEmpty })
    }

    /// The command that the key has at other places, when it has none at this one.
    package static func elsewhere(for key: Key, at place: Place.Kind) -> Command? {
        command(for: key, at: place) == nil ? byKey[key]?.first : nil
    }

    /// The command of a name or alias.
    package static func named(_ name: String) -> Command? { byName[name] }

    /// The nearest name to a mistyped one.
    package static func nearest(to name: String) -> String? { Names.nearest(to: name, in: byName.keys.sorted()) }

    /// Reads a command line: the command and its words, or why there is none.
    package static func parse(_ line: String) -> Result<(command: Command, arguments: [String]), CommandRefusal> {
        let words = line.split(separator: " ").map(String.init)
        guard let name = words.first else { return .failure(CommandRefusal("type a command: ? lists them")) }
        if let command = named(name) { return .success((command, Array(words.dropFirst()))) }
        let hint = nearest(to: name).map { ": did you mean \($0)?" } ?? ": ? lists them"
        return .failure(CommandRefusal("no such command: \(SafeText.escape(String(name.prefix(40))))\(hint)"))
    }

    /// The commands that the hints line offers at a place, the most useful first.
    package static func hinted(at place: Place.Kind) -> [Command] { hints[place] ?? [] }

    /// Keys that two commands claim at the same place, as sentences; empty in a sound table.
    package static var conflicts: [String] {
        var result: [String] = []
        for (key, commands) in byKey {
            for (index, first) in commands.enumerated() {
                for second in commands[(index + 1)...] where first.places.isEmpty == second.places.isEmpty {
                    let isShared = first.places.isEmpty || !first.places.isDisjoint(with: second.places)
                    if isShared { result.append("\(key.name) means \(first.name) and \(second.name)") }
                }
            }
        }
        return result.sorted()
    }

    // Made once: every frame has a line of them.
    private static let hints: [Place.Kind: [Command]] = {
        var result: [Place.Kind: [Command]] = [:]
        for place in Place.Kind.allCases {
            result[place] = all.enumerated().filter { $0.element.hint > 0 && !$0.element.keys.isEmpty && $0.element.works(at: place) }
                .sorted { ($1.element.hint, $0.offset) < ($0.element.hint, $1.offset) }.map(\.element)
        }
        return result
    }()

    private static let byKey: [Key: [Command]] = {
        var result: [Key: [Command]] = [:]
        for command in all {
            for key in command.keys.compactMap({ Key(name: $0) }) { result[key, default: []].append(command) }
        }
        return result
    }()

    private static let byName: [String: Command] = {
        var result: [String: Command] = [:]
        for command in all {
            for name in [command.name] + command.aliases where result[name] == nil { result[name] = command }
        }
        return result
    }()
}

extension Command {
    /// Whether its keys work at a place.
    package func works(at place: Place.Kind) -> Bool { places.isEmpty || places.contains(place) }

    /// `promote [DEPLOYMENT] [vN]`.
    package var usage: String { ([name] + arguments.map { "[\($0.placeholder)]" }).joined(separator: " ") }
}
