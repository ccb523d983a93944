import Engine
import Foundation
import Tabular

/// What changes which version answers, and whether any does.
enum RolloutCommands {
    static let all: [Command] = [
        Command.action(
            "promote", keys: ["p"], arguments: [.deployment, .version],
            doc: "Makes a version the champion: the selected one, else the one that waits for a person.", group: "Roll-out", hint: 90
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (status, arguments) = try call.deployment([.deployment, .version])
                guard let version = arguments.version ?? status.advised else {
                    throw CommandRefusal("no version of \(status.name) waits for a promotion: choose one in Versions")
                }
                return .promote(deployment: status.name, version: version)
            }
        },
        Command.action(
            "rollback", aliases: ["roll-back"], keys: ["R"], arguments: [.deployment, .version, .moment], label: "roll back",
            doc: "Returns to the last good version, to vN, or to what answered at HH:MM; the one that leaves is marked withdrawn.",
            group: "Roll-out", hint: 85
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (status, arguments) = try call.deployment([.deployment, .version, .moment])
                if let moment = arguments.moment { return .rollbackToTime(deployment: status.name, time: moment) }
                // A selection in Versions is not a wish: only a version that was typed is returned to.
                return .rollback(deployment: status.name, to: call.arguments.isEmpty ? nil : arguments.version)
            }
        },
        Command.action(
            "publish", arguments: [.deployment],
            doc: "Makes what a deployment has learnt online so far a version, which answers if it passes its gates.", group: "Roll-out"
        ) { call in
            call.result { () throws(CommandRefusal) in .publish(deployment: try call.deployment().status.name) }
        },
        Command.action(
            "pause", keys: ["P"], arguments: [.deployment, .text], label: "pause",
            doc:
                "Stops a deployment from answering: 503, constant[=VALUE] or last-known-good; pressed on a paused one, lets it answer again.",
            group: "Roll-out", hint: 80
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (status, arguments) = try call.deployment([.deployment, .text])
                let isToggled = call.arguments.isEmpty && status.state == .paused
                guard let word = arguments.text else {
                    return isToggled ? .resume(deployment: status.name) : .pause(deployment: status.name)
                }
                guard let fallback = Fallback(rawValue: word) else {
                    throw CommandRefusal(
                        "no such deployment or fallback: \(SafeText.escape(String(word.prefix(40)))): a fallback is \(Fallback.words)")
                }
                return .pause(deployment: status.name, fallback: fallback)
            }
        },
        Command.action(
            "remove", arguments: [.deployment],
            doc: "Takes a deployment away with its versions, policy, traffic and labels; asks for its name.", group: "Roll-out"
        ) { call in
            call.result { () throws(CommandRefusal) in .remove(deployment: try call.deployment().status.name) }
        },
        Command.action("resume", arguments: [.deployment], doc: "Lets a paused deployment answer again.", group: "Roll-out") { call in
            call.result { () throws(CommandRefusal) in .resume(deployment: try call.deployment().status.name) }
        },
    ]
}
