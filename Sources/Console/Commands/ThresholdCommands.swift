import Engine
import Learning
import Tabular

/// What a version's answers decide: looked at, and moved.
enum ThresholdCommands {
    static let all: [Command] = [
        Command(
            "decisions", keys: ["d"], places: [.versions],
            doc: "Shows what the selected version decides on its held-out rows: curves, thresholds, gains; pressed again, the table.",
            group: "Versions", hint: 33
        ) { call in
            guard call.place.kind == .versions else { return .refused("choose a version in Versions first") }
            return .screen(.decisions, call.arguments)
        },
        Command(
            "threshold", keys: ["e"], places: [.versions], arguments: [.deployment, .version, .text],
            doc: "Chooses from which probability on a version calls a row positive: a number, or by a figure, costs or a capacity.",
            group: "Versions", hint: 32, disabledReason: { refusal($0) },
            run: { call in
                do throws(CommandRefusal) {
                    let target = try target(call)
                    guard let text = target.text else { return .ask(question(call, target.status, target.version)) }
                    guard let value = number(text) else {
                        throw CommandRefusal("\(SafeText.escape(String(text.prefix(40)))) is no probability: write a number such as 0.3")
                    }
                    return .act(.setThreshold(deployment: target.status.name, version: target.version, value: value, basis: .value))
                } catch { return .refused(error.reason) }
            }),
    ]

    private static func target(
        _ call: CommandCall
    ) throws(CommandRefusal) -> (status: DeploymentStatus, version: UInt32, text: String?) {
        let (status, arguments) = try call.deployment([.deployment, .version, .text])
        guard let version = arguments.version ?? status.champion else { throw CommandRefusal("select a version first") }
        return (status, version, arguments.text)
    }

    private static func refusal(_ call: CommandCall) -> String? {
        if call.context.isPast { return "the console shows the past: N returns to now" }
        if let reason = Action.note(deployment: nil, text: "").disabledReason(in: call.context.snapshot, role: call.context.role) {
            return reason
        }
        do throws(CommandRefusal) {
            let (status, version, _) = try target(call)
            // A threshold that nobody can have yet: what is asked for decides, not the key.
            let present = status.version(version)?.decidesFrom ?? DecisionThreshold.standard
            let other = present == 0.25 ? 0.75 : 0.25
            return Action.setThreshold(deployment: status.name, version: version, value: other, basis: .value).disabledReason(
                in: call.context.snapshot, role: call.context.role)
        } catch { return error.reason }
    }

    // MARK: The form

    private static let ways =
        ["value"] + DecisionFigure.allCases.map(\.rawValue) + ["costs", "rate", "capacity", "precision", "recall", "standard"]

    private static func question(_ call: CommandCall, _ status: DeploymentStatus, _ version: UInt32) -> Question {
        let name = status.name
        let table = DecisionsPage.report(call.context, name, version)?.decisions?.table
        let rowsADay = status.requestsPerSecond * 86_400
        let present = status.version(version)?.decidesFrom ?? DecisionThreshold.standard
        return Question(
            title: "From which probability on v\(version) of \(name) calls a row positive",
            fields: [
                FormField(
                    label: "by", field: TextField("value", limit: 20), help: "← → : a value, the best figure, costs, a rate, a capacity …",
                    choices: ways),
                FormField(
                    label: "number", field: TextField("\(present)", limit: 24),
                    help: "value 0.3 · costs alarm,miss · rate % · capacity cases a day · precision, recall 0.9 · else none"),
            ], button: "preview"
        ) { answers in
            do throws(CommandRefusal) {
                let threshold = try read(answers, table, rowsADay: rowsADay)
                return .success(.setThreshold(deployment: name, version: version, value: threshold.value, basis: threshold.basis))
            } catch { return .failure(error) }
        }
    }

    private static func read(
        _ answers: [String], _ table: DecisionTable?, rowsADay: Double
    ) throws(CommandRefusal) -> DecisionThreshold {
        let way = answers[0].trimmingBlanks
        if way == "standard" { return DecisionThreshold(DecisionThreshold.standard, .standard) }
        if way == "value" {
            guard let value = number(answers[1]) else { throw CommandRefusal("number: a probability from 0 to 1") }
            return DecisionThreshold(value, .value)
        }
        let basis = try basis(way, answers[1], rowsADay: rowsADay)
        guard let table else {
            throw CommandRefusal("by: the figures of its held-out rows are not here yet, or not kept of it: a value can be given")
        }
        do throws(DecisionFailure) { return try table.threshold(for: basis) } catch { throw CommandRefusal("number: \(error)") }
    }

    private static func basis(_ way: String, _ text: String, rowsADay: Double) throws(CommandRefusal) -> ThresholdBasis {
        if let figure = DecisionFigure(rawValue: way) { return .best(figure) }
        let numbers = text.split(separator: ",").compactMap { Double($0.filter { $0 != " " && $0 != "%" }) }
        guard let first = numbers.first else { throw CommandRefusal("number: a number is wanted") }
        switch way {
        case "costs":
            guard numbers.count == 2 else { throw CommandRefusal("number: what a false alarm and a miss cost, such as 1,20") }
            return .costs(falsePositive: first, falseNegative: numbers[1])
        case "rate": return .rate(first / 100)
        case "capacity":
            guard rowsADay > 0 else {
                throw CommandRefusal("by: nothing is asked for now, so that a day's rows are not known: give a rate instead")
            }
            return .capacity(cases: first, rows: rowsADay)
        case "precision": return .precision(first)
        case "recall": return .recall(first)
        default: throw CommandRefusal("by: one of \(ways.joined(separator: ", "))")
        }
    }

    private static func number(_ text: String) -> Double? {
        Double(text.trimmingBlanks).flatMap { DecisionThreshold.range.contains($0) ? $0 : nil }
    }
}

/// The report of a version, where its page has come.
enum DecisionsPage {
    static func report(_ context: ScreenContext, _ deployment: String, _ version: UInt32) -> VersionReport? {
        guard case .ready(let page) = context.pages[.report(deployment: deployment, version: version)],
            case .report(let report) = page.content
        else { return nil }
        return report
    }
}
