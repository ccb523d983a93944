package import Engine
import Foundation

/// One command: the record that feeds keys, completion, hints, help and disabled reasons.
package struct Command: Sendable {
    /// What it takes behind its name on the command line, and how to complete it.
    package enum Argument: Sendable, Equatable {
        case deployment, version, job, alert, algorithm, theme, freezeScope, duration
        /// A time that lies behind: `02:14`.
        case moment
        /// Free text to the end of the line.
        case text
    }

    /// Its name behind `:`, `promote`.
    package var name: String
    /// Other names behind `:`.
    package var aliases: [String]
    /// Default keys, by their names: `["p"]`.
    package var keys: [String]
    /// Where its keys work; empty: everywhere.
    ///
    /// Its name works everywhere.
    package var places: Set<Place.Kind>
    /// Arguments, in order; all may be left out when the subject gives them.
    package var arguments: [Argument]
    /// One or two words for the hints line: `promote`.
    package var label: String
    /// One sentence for help and the doc line.
    package var doc: String
    /// The heading in help: `Moving`, `Roll-out`, `Jobs`, ….
    package var group: String
    /// Whether the hints line offers it, and how early: 0 is never, higher is earlier.
    package var hint: Int
    /// Why it does nothing now; nil when it would do something.
    package var disabledReason: @Sendable (CommandCall) -> String?
    /// What it does.
    package var run: @Sendable (CommandCall) -> Outcome

    package init(
        _ name: String, aliases: [String] = [], keys: [String] = [], places: Set<Place.Kind> = [], arguments: [Argument] = [],
        label: String? = nil,
        doc: String, group: String, hint: Int = 0, disabledReason: @escaping @Sendable (CommandCall) -> String? = { _ in nil },
        run: @escaping @Sendable (CommandCall) -> Outcome
    ) {
        self.name = name
        self.aliases = aliases
        self.keys = keys
        self.places = places
        self.arguments = arguments
        self.label = label ?? name
        self.doc = doc
        self.group = group
        self.hint = hint
        self.disabledReason = disabledReason
        self.run = run
    }

    /// The places where its key works, as people call them.
    var placeNames: String { Place.Kind.allCases.filter { places.contains($0) }.map(\.rawValue.capitalized).joined(separator: ", ") }

    /// A command that is an action of the engine: disabled with the engine's own reason, previewed as its consequence demands.
    ///
    /// - Parameter action: the action for a call, or why there is none ("select a version first").
    package static func action(
        _ name: String, aliases: [String] = [], keys: [String] = [], places: Set<Place.Kind> = [], arguments: [Argument] = [],
        label: String? = nil,
        doc: String, group: String, hint: Int = 0, action: @escaping @Sendable (CommandCall) -> Result<Action, CommandRefusal>
    ) -> Command {
        Command(
            name, aliases: aliases, keys: keys, places: places, arguments: arguments, label: label, doc: doc, group: group, hint: hint,
            disabledReason: { call in
                if call.context.isPast { return "the console shows the past: N returns to now" }
                switch action(call) {
                case .success(let action): return action.disabledReason(in: call.context.snapshot, role: call.context.role)
                case .failure(let refusal): return Self.forbidden(call) ?? refusal.reason
                }
            },
            run: { call in
                switch action(call) {
                case .success(let action): .act(action)
                case .failure(let refusal): .refused(Self.forbidden(call) ?? refusal.reason)
                }
            })
    }

    /// Whoever may only look is told that first, whatever else is missing: every action takes at least an operator.
    private static func forbidden(_ call: CommandCall) -> String? {
        call.context.role < .operator ? "needs the role operator; yours is \(call.context.role.rawValue)" : nil
    }
}

/// Why a command cannot be made of what was typed or selected.
package struct CommandRefusal: Error, Sendable, Equatable {
    package var reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// A command being asked for: by a key (no arguments) or by its name.
package struct CommandCall: Sendable {
    package var context: ScreenContext
    package var place: Place
    package var subject: Subject
    package var arguments: [String]
    /// The deployment that was looked at last, for keys that only go somewhere.
    package var recent: String?

    package init(context: ScreenContext, place: Place, subject: Subject, arguments: [String] = [], recent: String? = nil) {
        self.context = context
        self.place = place
        self.subject = subject
        self.arguments = arguments
        self.recent = recent
    }
}

/// What a command asks the session to do.
package enum Outcome: Sendable {
    /// Perform an action: at once when it is small, after its preview when it is not.
    case act(Action)
    /// Go somewhere; the way back is remembered.
    case go(Place)
    /// Back to where the operator came from.
    case back
    /// Forward again after going back.
    case forward
    /// To the view before, and with the next one here again.
    case swap
    /// A movement for the screen.
    case move(Movement)
    /// A command of the screen's own.
    case screen(ScreenOrder, [String])
    /// Go somewhere, and a command of that screen's own.
    case goScreen(Place, ScreenOrder, [String])
    /// Open the command line with this text.
    case commandLine(String)
    /// Open the filter line.
    case filterLine
    /// Ask for a few fields, then act.
    case ask(Question)
    /// Undo the last action of this operator.
    case undo
    /// Write a report into a file on the terminal's side.
    case report(ReportOrder)
    /// Change a setting of this console.
    case set(ConsoleSetting)
    /// The terminal should do something: copy, bell.
    case effect(TerminalEffect)
    /// Leave the screen; the engine goes on.
    case detach
    /// Say something.
    case say(String)
    /// It cannot be done: why.
    case refused(String)
}

/// What a screen does beside moving about in it; each screen takes those that are its own.
package enum ScreenOrder: String, Sendable {
    /// Two versions side by side.
    case compare
    /// What a version's answers decide.
    case decisions
    /// The text of a deployment's policy.
    case policy
    /// How much time charts show.
    case span
    /// A walk along the journal's chain.
    case verify
    /// To follow what comes.
    case follow
}

/// What an operator sets for the own console.
package enum ConsoleSetting: Sendable, Equatable {
    case theme(String)
    case glyphs(GlyphLevel)
    /// Everything is drawn once more.
    case redraw
    /// The screen goes to the clipboard.
    case copy
    /// The screen goes into a file on the terminal's side.
    case save(path: String)
}

/// A small form: fields, then an action made of the answers.
package struct Question: Sendable {
    package var title: String
    package var fields: [FormField]
    package var button: String
    /// The fields that follow from the answers so far, such as an algorithm's settings; nil: they stay.
    package var following: (@Sendable ([FormField]) -> [FormField])?
    /// The action for the answers, or what is wrong with them.
    package var action: @Sendable ([String]) -> Result<Action, CommandRefusal>

    package init(
        title: String, fields: [FormField], button: String, following: (@Sendable ([FormField]) -> [FormField])? = nil,
        action: @escaping @Sendable ([String]) -> Result<Action, CommandRefusal>
    ) {
        self.title = title
        self.fields = fields
        self.following = following
        self.button = button
        self.action = action
    }
}
