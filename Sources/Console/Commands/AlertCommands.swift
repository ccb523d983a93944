import Engine
import Monitoring
import Tabular

/// What people say about what happens: acknowledgements and notes.
enum AlertCommands {
    static let all: [Command] = [
        Command(
            "acknowledge", aliases: ["ack"], keys: ["a"], arguments: [.alert, .duration, .text],
            doc: "Says that you are on an alert, until when, with a note that all see.", group: "Alerts and notes", hint: 50,
            disabledReason: { call in
                if call.context.isPast { return "the console shows the past: N returns to now" }
                do throws(CommandRefusal) {
                    return try acknowledgement(call).disabledReason(in: call.context.snapshot, role: call.context.role)
                } catch { return error.reason }
            },
            run: { call in
                do throws(CommandRefusal) {
                    let action = try acknowledgement(call)
                    guard case .acknowledge(let id, _, _) = action, call.arguments.count < 2 else { return .act(action) }
                    return .ask(question(id, call))
                } catch { return .refused(error.reason) }
            }),
        Command(
            "note", keys: ["n"], arguments: [.text], doc: "Writes a remark into the journal, about the selected deployment.",
            group: "Alerts and notes",
            hint: 7,
            disabledReason: { call in
                if call.context.isPast { return "the console shows the past: N returns to now" }
                return Action.note(deployment: nil, text: "").disabledReason(in: call.context.snapshot, role: call.context.role)
            },
            run: { call in
                let name = call.subject.deployment.flatMap { call.context.snapshot.deployment($0)?.name }
                guard call.arguments.isEmpty else { return .act(.note(deployment: name, text: call.arguments.joined(separator: " "))) }
                return .ask(
                    Question(
                        title: name.map { "Note on \($0)" } ?? "Note", fields: [FormField(label: "note", help: "one line for the journal")],
                        button: "write"
                    ) { answers in
                        let text = answers[0].trimmingBlanks
                        return text.isEmpty
                            ? .failure(CommandRefusal("note: say something")) : .success(.note(deployment: name, text: text))
                    })
            }),
    ]

    private static func acknowledgement(_ call: CommandCall) throws(CommandRefusal) -> Action {
        let arguments = try CommandArguments(call, [.alert, .duration, .text])
        guard let id = arguments.alert else {
            let firing = call.context.snapshot.firing
            throw CommandRefusal(firing == 0 ? "no alert is firing" : "no alert is selected: choose one in Alerts")
        }
        return .acknowledge(alert: id, until: arguments.duration.map { call.context.asOf + $0 }, note: arguments.text)
    }

    private static func question(_ id: Int64, _ call: CommandCall) -> Question {
        let alert = call.context.snapshot.alerts.first { $0.id == id }
        let now = call.context.asOf
        return Question(
            title: "Acknowledge alert \(id)" + (alert.map { " of \($0.deployment)" } ?? ""),
            fields: [
                LengthField.field("1h", help: "then it fires again; empty: until it resolves"),
                FormField(label: "note", help: "seen by all who are on watch"),
            ], button: "acknowledge"
        ) { answers in
            let note = answers[1].trimmingBlanks
            return LengthField.end(of: answers[0], from: now).map {
                .acknowledge(alert: id, until: $0, note: note.isEmpty ? nil : note)
            }
        }
    }
}

extension String {
    /// The text without blanks at its ends.
    var trimmingBlanks: String {
        let start = drop { $0 == " " }
        return String(start.reversed().drop { $0 == " " }.reversed())
    }
}
