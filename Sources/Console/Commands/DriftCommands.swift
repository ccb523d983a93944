import Engine
import Monitoring
import Tabular

/// What operators say of the columns of a deployment's traffic.
enum DriftCommands {
    /// How long a mute holds where nobody says otherwise.
    private static let standardMute = "8h"

    static let all: [Command] = [
        Command(
            "mute", keys: ["m"], places: [.drift], arguments: [.duration, .text],
            doc: "Lets the selected column raise nothing for a time, with a reason that all see; pressed on a muted one, ends that.",
            group: "Drift", hint: 60,
            disabledReason: { call in
                // Whether it is muted decides what the key does, not whether.
                refusal(call) { isMuted(call, $0) ? .unmute : .mute(until: call.context.asOf, reason: nil) }
            },
            run: { call in
                do throws(CommandRefusal) {
                    let (name, column) = try column(call)
                    guard call.arguments.isEmpty else { return .act(try typedMute(call, name, column)) }
                    return isMuted(call, column)
                        ? .act(.tune(deployment: name, column: column, change: .unmute)) : .ask(muteQuestion(call, name, column))
                } catch { return .refused(error.reason) }
            }),
        Command(
            "drift-floor", keys: ["e"], places: [.drift], arguments: [.text], label: "floor",
            doc: "Sets from which effect on the selected column drifts: a PSI beyond what is expected; empty for the standard.",
            group: "Drift", hint: 55, disabledReason: { refusal($0) { _ in .floor(Drift.driftExcess) } },
            run: { call in
                do throws(CommandRefusal) {
                    let (name, column) = try column(call)
                    guard call.arguments.isEmpty else {
                        return .act(
                            .tune(deployment: name, column: column, change: .floor(try effect(call.arguments.joined(separator: " ")))))
                    }
                    return .ask(floorQuestion(call, name, column))
                } catch { return .refused(error.reason) }
            }),
    ]

    private static func refusal(_ call: CommandCall, _ change: (_ column: String) -> TuningChange) -> String? {
        if call.context.isPast { return "the console shows the past: N returns to now" }
        // Whoever may only look is told that first.
        if let reason = Action.note(deployment: nil, text: "").disabledReason(in: call.context.snapshot, role: call.context.role) {
            return reason
        }
        do throws(CommandRefusal) {
            let (name, column) = try column(call)
            return Action.tune(deployment: name, column: column, change: change(column)).disabledReason(
                in: call.context.snapshot, role: call.context.role)
        } catch { return error.reason }
    }

    private static func column(_ call: CommandCall) throws(CommandRefusal) -> (deployment: String, column: String) {
        guard let name = call.subject.deployment, let column = call.subject.column else {
            throw CommandRefusal("no column is selected: choose one in Drift")
        }
        return (name, column)
    }

    private static func isMuted(_ call: CommandCall, _ column: String) -> Bool {
        let tuning = call.subject.deployment.flatMap { call.context.snapshot.deployment($0)?.tuning }
        return tuning?.mute(column, at: call.context.asOf) != nil
    }

    private static func typedMute(_ call: CommandCall, _ name: String, _ column: String) throws(CommandRefusal) -> Action {
        let arguments = try CommandArguments(call, [.duration, .text])
        return .tune(
            deployment: name, column: column,
            change: .mute(until: arguments.duration.map { call.context.asOf + $0 }, reason: arguments.text))
    }

    private static func muteQuestion(_ call: CommandCall, _ name: String, _ column: String) -> Question {
        let now = call.context.asOf
        return Question(
            title: "Mute \(SafeText.escape(column)) of \(name)",
            fields: [
                LengthField.field(standardMute, help: "then it alarms again; empty: until somebody ends it"),
                FormField(label: "reason", help: "seen by all who are on watch"),
            ], button: "mute"
        ) { answers in
            let reason = answers[1].trimmingBlanks
            return LengthField.end(of: answers[0], from: now).map {
                .tune(deployment: name, column: column, change: .mute(until: $0, reason: reason.isEmpty ? nil : reason))
            }
        }
    }

    private static func floorQuestion(_ call: CommandCall, _ name: String, _ column: String) -> Question {
        let known = call.context.snapshot.deployment(name)?.tuning?.floors[column]
        return Question(
            title: "From which effect on \(SafeText.escape(column)) of \(name) drifts",
            fields: [
                FormField(
                    label: "PSI", field: TextField(known.map { "\($0)" } ?? "", limit: 16),
                    help: "beyond what is expected; empty: the standard, \(Drift.driftExcess)")
            ], button: "set"
        ) { answers in
            do throws(CommandRefusal) {
                return .success(.tune(deployment: name, column: column, change: .floor(try effect(answers[0]))))
            } catch { return .failure(error) }
        }
    }

    private static func effect(_ text: String) throws(CommandRefusal) -> Double? {
        let words = text.trimmingBlanks
        if words.isEmpty || words == "standard" { return nil }
        guard let effect = Double(words), effect.isFinite else {
            throw CommandRefusal("\(SafeText.escape(String(words.prefix(40)))) is no number: write a PSI such as 0.25, or standard")
        }
        return effect
    }
}
