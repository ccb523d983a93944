import Engine
import Learning
import Tabular

/// What turns the loop, and what stops it from turning by itself.
enum LoopCommands {
    static let all: [Command] = [
        Command(
            "train", keys: ["t"], arguments: [.deployment, .algorithm],
            doc: "Trains a new version from the labelled traffic and the import; it answers only after a promotion.", group: "The loop",
            hint: 70,
            disabledReason: { call in reason(call) { () throws(CommandRefusal) in .train(try order(call)) } },
            run: { call in
                do throws(CommandRefusal) {
                    let order = try order(call)
                    return order.training.algorithm.isEmpty ? .ask(TrainForm.question(order, call)) : .act(.train(order))
                } catch { return .refused(error.reason) }
            }),
        Command(
            "freeze", keys: ["F"], arguments: [.deployment, .freezeScope], label: "freeze",
            doc: "Stops learning, promotion or traffic changes of a deployment; pressed on a frozen one, lifts it.", group: "The loop",
            hint: 60,
            disabledReason: { call in reason(call) { () throws(CommandRefusal) in try freeze(call) } },
            run: { call in
                do throws(CommandRefusal) {
                    let action = try freeze(call)
                    guard case .freeze(let name, _) = action, call.arguments.isEmpty else { return .act(action) }
                    return .ask(freezeQuestion(name))
                } catch { return .refused(error.reason) }
            }),
        Command.action("unfreeze", arguments: [.deployment, .freezeScope], doc: "Lifts a freeze of a deployment.", group: "The loop") {
            call in
            call.result { () throws(CommandRefusal) in
                let (status, arguments) = try call.deployment([.deployment, .freezeScope])
                return .unfreeze(deployment: status.name, scope: arguments.scope ?? lifted(status.name, call.context.snapshot) ?? .all)
            }
        },
        Command.action("freeze-all", arguments: [.freezeScope], doc: "Stops everything automatic in all deployments.", group: "The loop") {
            call in
            call.result { () throws(CommandRefusal) in
                .freeze(deployment: nil, scope: try CommandArguments(call, [.freezeScope]).scope ?? .all)
            }
        },
        Command.action("unfreeze-all", arguments: [.freezeScope], doc: "Lifts a freeze of all deployments.", group: "The loop") { call in
            call.result { () throws(CommandRefusal) in
                .unfreeze(
                    deployment: nil, scope: try CommandArguments(call, [.freezeScope]).scope ?? lifted(nil, call.context.snapshot) ?? .all)
            }
        },
        Command(
            "policy", keys: ["i"], places: [.deployment], doc: "Shows the policy of the deployment, and the charts again.",
            group: "The loop", hint: 8
        ) { _ in .screen(.policy, []) },
        Command(
            "span", keys: ["z"], places: [.deployment], arguments: [.duration], label: "zoom",
            doc: "Changes how much time the charts show: 15m, 1h, 6h, 24h, or what is typed.", group: "The loop", hint: 9
        ) { call in .screen(.span, call.arguments) },
    ]

    private static func reason(_ call: CommandCall, _ action: () throws(CommandRefusal) -> Action) -> String? {
        if call.context.isPast { return "the console shows the past: N returns to now" }
        do throws(CommandRefusal) { return try action().disabledReason(in: call.context.snapshot, role: call.context.role) } catch {
            return error.reason
        }
    }

    private static func order(_ call: CommandCall) throws(CommandRefusal) -> TrainOrder {
        let (status, arguments) = try call.deployment([.deployment, .algorithm])
        return TrainOrder(deployment: status.name, training: TrainingRequest(algorithm: arguments.algorithm ?? ""))
    }

    /// Lifts what is frozen in the deployment itself, or else in all, or else freezes.
    private static func freeze(_ call: CommandCall) throws(CommandRefusal) -> Action {
        let (status, arguments) = try call.deployment([.deployment, .freezeScope])
        for name in [status.name, nil] where call.arguments.isEmpty {
            if let scope = lifted(name, call.context.snapshot) { return .unfreeze(deployment: name, scope: scope) }
        }
        return .freeze(deployment: status.name, scope: arguments.scope ?? .learning)
    }

    /// What an unfreeze without a scope lifts: the only freeze, or all of several.
    private static func lifted(_ name: String?, _ snapshot: Snapshot) -> FreezeScope? {
        let freezes = snapshot.frozen.filter { $0.deployment == name }
        return freezes.count == 1 ? freezes[0].scope : freezes.isEmpty ? nil : .all
    }

    private static func freezeQuestion(_ name: String?) -> Question {
        Question(
            title: "Freeze \(name ?? "all deployments")",
            fields: [
                FormField(
                    label: "what", field: TextField("learning", limit: 16), help: "left and right choose",
                    choices: FreezeScope.allCases.map(\.rawValue)),
                FormField(
                    label: "where", field: TextField("here", limit: 16), help: "everywhere: in all deployments",
                    choices: ["here", "everywhere"]),
            ], button: "freeze"
        ) { answers in
            guard let scope = FreezeScope(rawValue: answers[0]) else {
                return .failure(CommandRefusal("what: learning, promotion, traffic, retention or all"))
            }
            guard ["here", "everywhere"].contains(answers[1]) else { return .failure(CommandRefusal("where: here or everywhere")) }
            return .success(.freeze(deployment: answers[1] == "here" ? name : nil, scope: scope))
        }
    }
}
