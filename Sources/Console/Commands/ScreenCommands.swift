import Engine
import Tabular

/// Keys and names that go from screen to screen.
enum ScreenCommands {
    static let all: [Command] = places + history

    private static let places: [Command] = [
        go(.fleet, "Shows all deployments, the worst first.", aliases: ["home"]) { _ in .fleet },
        about(
            Place.Kind.deployment.rawValue, keys: digit(.deployment), "Shows one deployment: charts, arms, the loop, what happened.",
            aliases: ["dep"]
        ) { .deployment($0) },
        about(
            Place.Kind.drift.rawValue, keys: digit(.drift), "Shows the columns of the last window: unlike training, changing now, and why."
        ) { .drift($0) },
        about(
            Place.Kind.why.rawValue, keys: ["w"], places: [.fleet, .deployment, .drift, .alerts],
            "Ranks what is probably behind what is seen of a deployment, with evidence and the safe next key.", hint: 45
        ) { .why($0) },
        about(Place.Kind.versions.rawValue, keys: digit(.versions), "Shows the versions of a deployment, to compare, promote or roll back.")
        { .versions($0) },
        go(.jobs, "Shows what is queued, running and done.") { _ in .jobs },
        go(.alerts, "Shows what fires, who is on it, and what to do.") { _ in .alerts },
        go(.journal, "Shows who did what, when and why.") { _ in .journal },
        about(
            Place.Kind.predictions.rawValue, keys: digit(.predictions),
            "Shows what a deployment answers, as it does, with the truth when it comes; enter explains one."
        ) {
            .predictions($0)
        },
        go(.system, "Shows threads, memory, stores, queues and this terminal.") { _ in .system },
        go(.help, "Lists every key and command here, with the reason where one does nothing.", keys: ["?"], label: "help", hint: 1) { _ in
            .help
        },
    ]

    private static let history: [Command] = [
        Command("back", keys: ["esc", "["], doc: "Goes back to where you came from; first it clears a filter.", group: "Screens") { _ in
            .back
        },
        Command("forward", keys: ["]"], doc: "Goes forward again after going back.", group: "Screens") { _ in .forward },
        Command("last", keys: ["-"], doc: "Goes to the view before this one, and back here with the next press.", group: "Screens") { _ in
            .swap
        },
    ]

    private static func digit(_ kind: Place.Kind) -> [String] { kind.digit.map { ["\($0)"] } ?? [] }

    private static func go(
        _ kind: Place.Kind, _ doc: String, aliases: [String] = [], keys: [String] = [], label: String? = nil, hint: Int = 0,
        place: @escaping @Sendable (CommandCall) -> Place
    ) -> Command {
        Command(kind.rawValue, aliases: aliases, keys: keys + digit(kind), label: label, doc: doc, group: "Screens", hint: hint) {
            .go(place($0))
        }
    }

    private static func about(
        _ name: String, keys: [String], places: Set<Place.Kind> = [], _ doc: String, aliases: [String] = [], hint: Int = 0,
        place: @escaping @Sendable (String) -> Place
    ) -> Command {
        Command(
            name, aliases: aliases, keys: keys, places: places, arguments: [.deployment], doc: doc, group: "Screens", hint: hint,
            disabledReason: { call in
                switch target(call) {
                case .success: nil
                case .failure(let refusal): refusal.reason
                }
            },
            run: { call in
                switch target(call) {
                case .success(let name): .go(place(name))
                case .failure(let refusal): .refused(refusal.reason)
                }
            })
    }

    private static func target(_ call: CommandCall) -> Result<String, CommandRefusal> {
        // Going somewhere changes nothing: without a selection it goes on with what was looked at last.
        if call.arguments.isEmpty, call.subject.deployment == nil, let recent = call.recent,
            call.context.snapshot.deployment(recent) != nil
        {
            return .success(recent)
        }
        do throws(CommandRefusal) { return .success(try call.deployment().status.name) } catch { return .failure(error) }
    }
}
