import Engine

/// Keys of the console itself.
enum ConsoleCommands {
    static let all: [Command] = [
        Command(
            "filter", keys: ["/"], doc: "Filters the rows by a regular expression; ! in front turns it round, empty clears it.",
            group: "Console", hint: 20
        ) {
            _ in .filterLine
        },
        Command("command", keys: [":"], label: "command", doc: "Opens the command line; Tab completes.", group: "Console", hint: 15) { _ in
            .commandLine("")
        },
        Command("undo", keys: ["u"], doc: "Takes back your last change, with its preview where it has one.", group: "Console", hint: 2) {
            _ in .undo
        },
        Command("redraw", keys: ["ctrl-l"], doc: "Draws the whole screen again.", group: "Console") { _ in .set(.redraw) },
        Command("copy", keys: ["ctrl-y"], doc: "Copies the screen as text to your clipboard (OSC 52).", group: "Console") { _ in
            .set(.copy)
        },
        Command(
            "dump", arguments: [.text],
            doc: "Writes the screen to a new file on your terminal's side: coloured text for .ans, a drawing for .svg, else text.",
            group: "Console"
        ) { call in
            let path = call.arguments.joined(separator: " ")
            return path.isEmpty ? .refused("name a new file: dump screen.svg, .ans or .txt") : .set(.save(path: path))
        },
        Command(
            "report", arguments: [.deployment, .duration, .text],
            doc: "Writes what happened to a deployment (in 24h, or so long) to a new HTML page on your terminal's side.", group: "Console"
        ) { call in
            do throws(CommandRefusal) { return .report(try ReportOrder(call)) } catch { return .refused(error.reason) }
        },
        Command("theme", arguments: [.theme], doc: "Draws with another theme.", group: "Console") { call in
            do throws(CommandRefusal) {
                guard let name = try CommandArguments(call, [.theme]).theme else {
                    return .say("themes: \(ThemeCatalog.builtIn.names.joined(separator: ", "))")
                }
                return .set(.theme(name))
            } catch { return .refused(error.reason) }
        },
        Command("glyphs", arguments: [.text], doc: "Draws with braille, blocks or ascii.", group: "Console") { call in
            guard let name = call.arguments.first else { return .say("glyphs: braille, blocks, ascii") }
            return GlyphLevel(rawValue: name).map { .set(.glyphs($0)) } ?? .refused("no such glyphs: braille, blocks or ascii")
        },
        Command(
            "detach", aliases: ["quit", "q"], keys: ["q", "ctrl-c"],
            doc: "Leaves this screen; the engine goes on serving, but the demo ends with its own screen.",
            group: "Console", hint: 65
        ) { _ in
            .detach
        },
        Command.action(
            "backup", keys: ["b"], places: [.system], arguments: [.text],
            doc: "Backs the workspace up: where flyball.toml says, or into the directory that is named, which admins may.",
            group: "Console",
            hint: 70
        ) { call in
            let words = call.arguments.joined(separator: " ")
            return .success(.backup(BackupOrder(target: words.isEmpty ? nil : words)))
        },
        Command.action(
            "upgrade", arguments: [.text],
            doc: "Has another flyball, named by its file on the engine's machine, take the engine's place; no connection is refused.",
            group: "Console"
        ) { call in
            let path = call.arguments.joined(separator: " ")
            return path.isEmpty ? .failure(CommandRefusal("name the new program's file: upgrade /PATH")) : .success(.upgrade(path: path))
        },
        Command.action("stop", doc: "Stops the engine: nothing answers any more.", group: "Console") { _ in .success(.stop) },
    ]
}
