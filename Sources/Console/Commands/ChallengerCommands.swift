import Engine
import Tabular

/// What gives versions a part of the traffic beside the champion, and takes it from them.
enum ChallengerCommands {
    static let all: [Command] = [
        Command(
            "challenge", aliases: ["canary", "share"], keys: ["c"], places: [.deployment, .versions, .fleet],
            arguments: [.deployment, .version, .text],
            doc: "Gives a version a part of the traffic beside the champion: canary, a/b by a key or shadow; ← → move its share.",
            group: "Roll-out", hint: 42, disabledReason: { refusal($0) },
            run: { call in
                do throws(CommandRefusal) {
                    let target = try target(call)
                    return .ask(question(target.status, target.version))
                } catch { return .refused(error.reason) }
            }),
        Command.action(
            "abort", keys: ["x"], places: [.deployment, .versions, .fleet], arguments: [.deployment, .version],
            doc: "Takes a challenger out: the champion answers alone. Works under every freeze.", group: "Roll-out", hint: 41
        ) { call in
            call.result { () throws(CommandRefusal) in
                let (status, arguments) = try call.deployment([.deployment, .version])
                let challengers = (status.challengers ?? []).map(\.challenger)
                // The selected version where it has a part, the one that was typed in any case; else all of them.
                let wanted = call.arguments.isEmpty ? arguments.version.flatMap { challengers.of($0)?.version } : arguments.version
                return .abort(deployment: status.name, version: wanted ?? (challengers.count == 1 ? challengers.first?.version : nil))
            }
        },
    ]

    private static func target(_ call: CommandCall) throws(CommandRefusal) -> (status: DeploymentStatus, version: UInt32) {
        let (status, arguments) = try call.deployment([.deployment, .version, .text])
        let present = (status.challengers ?? []).map(\.challenger)
        let selected = arguments.version == status.champion && call.arguments.isEmpty ? nil : arguments.version
        guard let version = selected ?? present.answering?.version ?? present.first?.version ?? status.advised else {
            throw CommandRefusal("no version of \(status.name) waits: choose one in Versions")
        }
        return (status, version)
    }

    private static func refusal(_ call: CommandCall) -> String? {
        if call.context.isPast { return "the console shows the past: N returns to now" }
        if let reason = Action.note(deployment: nil, text: "").disabledReason(in: call.context.snapshot, role: call.context.role) {
            return reason
        }
        do throws(CommandRefusal) {
            let (status, version) = try target(call)
            // A smaller share is allowed under a freeze: what is asked for decides, not the key.
            if (status.challengers ?? []).contains(where: { $0.challenger.version == version }) { return nil }
            return Action.challenge(deployment: status.name, version: version, plan: ArmPlan(.shadow, share: 1)).disabledReason(
                in: call.context.snapshot, role: call.context.role)
        } catch { return error.reason }
    }

    // MARK: The form

    private static let shares = ["0", "1", "2", "5", "10", "20", "25", "33", "50", "75", "90", "100"]

    private static func question(_ status: DeploymentStatus, _ version: UInt32) -> Question {
        let present = (status.challengers ?? []).map(\.challenger).of(version)
        let plan = present?.plan ?? ArmPlan(.canary, share: 0.05)
        let name = status.name
        return Question(
            title: "v\(version) of \(name) beside v\(status.champion ?? 0)",
            fields: [
                FormField(
                    label: "share", field: TextField(text(plan.share), limit: 8),
                    help: "per cent of the traffic: ← → or a figure; applied when you confirm", choices: shares, isShare: true),
                FormField(
                    label: "as", field: TextField(plan.kind.rawValue, limit: 8), help: "shadow: scores what is answered, nobody gets it",
                    choices: ArmPlan.Kind.allCases.map(\.rawValue)),
                FormField(
                    label: "key", field: TextField(plan.key ?? "", limit: 128),
                    help: "of an a/b: a column, id (the request's own) or header (Flyball-Key); the same key keeps its version"),
                FormField(
                    label: "steps", field: TextField(plan.steps.map(text).joined(separator: " "), limit: 80),
                    help: "shares that follow by themselves, such as 25 50 100; behind 100 it is promoted"),
                FormField(
                    label: "bake", field: TextField(plan.bake.map { DurationText.text($0) } ?? "", limit: 16),
                    help: "how long each share is held before the next, such as 30m"),
            ], button: "preview"
        ) { answers in
            do throws(CommandRefusal) {
                let wanted = try read(answers)
                if let present, present.plan.kind == wanted.kind, present.plan.key == wanted.key, present.plan.steps == wanted.steps {
                    return .success(.share(deployment: name, version: version, share: wanted.share))
                }
                return .success(.challenge(deployment: name, version: version, plan: wanted))
            } catch { return .failure(error) }
        }
    }

    private static func text(_ share: Double) -> String { ArmPlan.percent(share).replacing(" %", with: "") }

    private static func read(_ answers: [String]) throws(CommandRefusal) -> ArmPlan {
        guard let kind = ArmPlan.Kind(rawValue: answers[1].trimmingBlanks) else {
            throw CommandRefusal("as: canary, a/b or shadow")
        }
        let key = answers[2].trimmingBlanks
        var steps: [Double] = []
        for word in answers[3].split(whereSeparator: { $0 == " " || $0 == "," }) { steps.append(try share(String(word), "steps")) }
        var bake: Int64?
        if !answers[4].trimmingBlanks.isEmpty {
            guard let length = DurationText.milliseconds(answers[4]), length > 0 else {
                throw CommandRefusal("bake: a length of time such as 30m")
            }
            bake = length
        }
        if kind == .ab, key.isEmpty { throw CommandRefusal("key: an a/b needs one: a column, id or header") }
        if kind != .ab, !key.isEmpty { throw CommandRefusal("key: only an a/b goes by one") }
        if steps.isEmpty != (bake == nil) { throw CommandRefusal("\(bake == nil ? "bake" : "steps"): steps and bake go together") }
        return ArmPlan(kind, share: try share(answers[0], "share"), key: key.isEmpty ? nil : key, steps: steps, bake: bake)
    }

    private static func share(_ text: String, _ label: String) throws(CommandRefusal) -> Double {
        let digits = text.trimmingBlanks.replacing("%", with: "")
        guard let percent = Double(digits), percent >= 0, percent <= 100 else { throw CommandRefusal("\(label): per cent from 0 to 100") }
        return percent / 100
    }
}
