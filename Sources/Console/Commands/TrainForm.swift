import Engine
import Learning
import Tabular

/// The form behind `t`: algorithm, data window, seed, search, and then every setting of the chosen algorithm with its range and what it does.
enum TrainForm {
    /// Fields before the settings.
    private static let common = 5
    private static let searchField = 3
    private static let standardTime = "\(Int(SearchOrder.standardSeconds / 60))m"

    static func question(_ order: TrainOrder, _ call: CommandCall) -> Question {
        let status = call.context.snapshot.deployment(order.deployment)
        let names = AlgorithmRegistry.all.filter { type in status?.schema.map { type.tasks.contains($0.target.task) } ?? true }.map {
            $0.name
        }
        let champion = status?.versions.first { $0.number == status?.champion } ?? status?.versions.first
        let current = champion?.algorithm ?? status?.algorithm ?? names.first ?? ""
        let settings = champion?.settings ?? [:]
        return Question(
            title: "Train a version of \(order.deployment)",
            fields: [
                FormField(label: "algorithm", field: TextField(current, limit: 64), help: "the champion's: \(current)", choices: names),
                FormField(
                    label: "window", field: TextField("", limit: 16),
                    help: "how far back labelled traffic counts, such as 7d; empty: the policy's"),
                FormField(label: "seed", field: TextField("0", limit: 20), help: "the same rows, settings and seed give the same version"),
                FormField(
                    label: "search", field: TextField("0", limit: 8),
                    help: "settings to try, to train with the best ones: \(trialsAllowed)"),
                FormField(
                    label: "search-time", field: TextField(standardTime, limit: 16),
                    help: "for all that are tried: \(timeAllowed); the training with the best ones comes after it"),
            ] + division(champion), button: "train", following: { fields in following(fields, current: current, settings) }
        ) { answers in
            do throws(CommandRefusal) {
                var filled = try filled(order, answers, names: names, current: current, settings)
                try divide(&filled.training, answers.suffix(divisionFields), status?.schema)
                try check(filled.training)
                return .success(.train(filled))
            } catch { return .failure(error) }
        }
    }

    /// The settings of the algorithm that is chosen, then those that every training takes.
    private static func specs(_ algorithm: String) -> [ParameterSpec] {
        guard let type = AlgorithmRegistry.all.first(where: { $0.name == algorithm }) else { return [] }
        return type.parameters + Training.parameters
    }

    /// What a field begins with: the champion's setting where its algorithm is chosen, else the default.
    private static func start(_ spec: ParameterSpec, _ algorithm: String, current: String, _ settings: [String: String]) -> String {
        (algorithm == current ? settings[spec.name] : nil) ?? spec.defaultText
    }

    /// - Parameters:
    ///   - current: the champion's algorithm.
    ///   - champion: its settings.
    private static func following(_ fields: [FormField], current: String, _ champion: [String: String]) -> [FormField] {
        let chosen = fields.first?.field.text ?? ""
        let algorithm = chosen.isEmpty ? current : chosen
        let settings = specs(algorithm)
        let isSearching = Int(fields[searchField].field.text).map { $0 > 0 } ?? false
        let division = Array(fields.suffix(divisionFields))
        let former = Array(fields.dropFirst(common).dropLast(divisionFields))
        // A setting of the same name means something else to another algorithm, but not to the training around it.
        let isSame = former.map(\.label) == settings.map(\.name)
        let kept = isSame ? former : former.filter { field in Training.parameters.contains { $0.name == field.label } }
        return fields.prefix(common)
            + settings.map { spec in
                var field =
                    kept.first { $0.label == spec.name }
                    ?? FormField(
                        label: spec.name, field: TextField(start(spec, algorithm, current: current, champion), limit: 64),
                        choices: choices(spec))
                let help = choices(spec).isEmpty ? "\(spec.summary): \(spec.allowed)" : spec.summary
                field.help = isSearching && spec.search != nil ? "\(help); searched unless you change it" : help
                return field
            } + division
    }

    private static func choices(_ spec: ParameterSpec) -> [String] {
        guard case .choice(let words) = spec.kind else { return [] }
        return words
    }

    /// The order as the form shows it: every setting is given, an empty one as its default; a search varies those that were left alone.
    private static func filled(
        _ order: TrainOrder, _ answers: [String], names: [String], current: String, _ champion: [String: String]
    ) throws(CommandRefusal) -> TrainOrder {
        var order = order
        let algorithm = answers[0].isEmpty ? current : answers[0]
        guard names.contains(algorithm) else {
            let nearest = Names.nearest(to: algorithm, in: names).map { ": did you mean \($0)?" } ?? ""
            throw CommandRefusal("no such algorithm: \(SafeText.escape(algorithm))\(nearest)")
        }
        order.training.algorithm = algorithm
        if !answers[1].isEmpty {
            guard let window = DurationText.milliseconds(answers[1]), window > 0 else {
                throw CommandRefusal("window: a length of time such as 7d or 12h")
            }
            order.window = window
        }
        guard let seed = UInt64(answers[2].isEmpty ? "0" : answers[2]) else { throw CommandRefusal("seed: a whole number from 0") }
        order.training.seed = seed
        order.training.search = try search(answers[searchField], time: answers[searchField + 1])
        for (spec, typed) in zip(specs(algorithm), answers.dropFirst(common)) {
            let answer = typed.isEmpty ? spec.defaultText : typed
            guard (try? Settings([spec.name: answer], for: [spec])) != nil else { throw CommandRefusal("\(spec.name): \(spec.allowed)") }
            let isSearched = order.training.search != nil && spec.search != nil
            if isSearched, answer == start(spec, algorithm, current: current, champion) { continue }
            order.training.settings[spec.name] = answer
        }
        return order
    }

    private static func check(_ training: TrainingRequest) throws(CommandRefusal) {
        do { try Training.check(training) } catch {
            throw CommandRefusal(training.search == nil ? "\(error)" : "search: \(error)")
        }
    }

    // MARK: Which rows judge

    /// Fields behind the settings.
    private static let divisionFields = 3

    private static func division(_ champion: VersionSummary?) -> [FormField] {
        let standing = champion?.split.map { ": \($0.rule.words)" } ?? ""
        return [
            FormField(
                label: "split", field: TextField("", limit: 16), help: "empty: as for the champion\(standing)",
                choices: SplitRule.Choice.allCases.map(\.rawValue)),
            FormField(
                label: "group", field: TextField("", limit: 200),
                help: "a column whose rows belong together, learnt or judging; empty: none"),
            FormField(
                label: "holdout-share", field: TextField("\(TrainingRequest.standardHoldout)", limit: 8),
                help: "share of the rows that judge, between 0 and 1; with split cv all do"),
        ]
    }

    private static func divide(
        _ training: inout TrainingRequest, _ answers: ArraySlice<String>, _ schema: Schema?
    ) throws(CommandRefusal) {
        let texts = Array(answers)
        let choice = SplitRule.Choice(rawValue: texts[0])
        guard texts[0].isEmpty || choice != nil else {
            throw CommandRefusal("split: \(SplitRule.Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard let share = Double(texts[2]), share > 0, share < 1 else {
            throw CommandRefusal("holdout-share: between 0 and 1, such as 0.2")
        }
        let columns = schema?.features.map(\.name) ?? []
        guard texts[1].isEmpty || columns.contains(texts[1]) else {
            let nearest = Names.nearest(to: texts[1], in: columns).map { ": did you mean \(SafeText.escape($0))?" } ?? ""
            throw CommandRefusal("group: no column \(SafeText.escape(texts[1]))\(nearest)")
        }
        let isTimed = schema?.timeColumn != nil
        guard isTimed || choice != .time else { throw CommandRefusal("split: there are no times to divide by") }
        let unit = texts[1].isEmpty ? nil : texts[1]
        training.holdout = share
        training.split = SplitRule(choice, unit: unit, isTimed: isTimed, share: share)
        if let fault = training.split?.fault { throw CommandRefusal("split: \(fault)") }
    }

    // MARK: Search

    private static var trialsAllowed: String {
        "0 for none, or \(SearchOrder.trialRange.lowerBound) to \(FigureText.exact(SearchOrder.trialRange.upperBound))"
    }

    private static let timeAllowed = "a second to a week, such as 5m"

    /// Nil for no search.
    private static func search(_ trials: String, time: String) throws(CommandRefusal) -> SearchOrder? {
        guard let count = Int(trials.isEmpty ? "0" : trials), count == 0 || SearchOrder.trialRange.contains(count) else {
            throw CommandRefusal("search: \(trialsAllowed)")
        }
        guard let length = DurationText.milliseconds(time.isEmpty ? standardTime : time),
            SearchOrder.secondsRange.contains(Double(length) / 1_000)
        else { throw CommandRefusal("search-time: \(timeAllowed)") }
        return count == 0 ? nil : SearchOrder(trials: count, seconds: Double(length) / 1_000)
    }
}
