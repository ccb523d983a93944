import Foundation
import Learning
import Monitoring
import Tabular

/// The engine's role under a name that no screen vocabulary clashes with.
public typealias OperatorRole = Role

/// What an action would do, in an operator's words: shown before a consequential key is confirmed.
///
/// A pure function of the action and the snapshot, so that screen, command line and tests say the same.
public struct ActionPreview: Sendable, Equatable {
    /// One line of the preview: a label and what there is to say.
    public struct Line: Sendable, Equatable {
        /// `from`, `affects`, `gates`, `undo`, ….
        public var label: String
        /// The text.
        public var text: String
        /// Whether it speaks against doing it.
        public var isConcern: Bool

        /// Makes a line.
        public init(_ label: String, _ text: String, isConcern: Bool = false) {
            self.label = label
            self.text = text
            self.isConcern = isConcern
        }
    }

    /// The question's title: "Promote v13 of flight-delay".
    public var title: String
    /// The verb on the button: "promote".
    public var button: String
    /// What changes, what it affects, what the undo is.
    public var lines: [Line]
    /// What the operator should think twice about, if anything.
    public var warning: String?
    /// What the operator saw; goes with the request, so that nothing happens if it is no longer so.
    public var expected: ExpectedState?

    /// Makes a preview.
    public init(title: String, button: String, lines: [Line], warning: String? = nil, expected: ExpectedState? = nil) {
        self.title = title
        self.button = button
        self.lines = lines
        self.warning = warning
        self.expected = expected
    }
}

extension Action {
    /// What this action would do now; `report` is that of the version that it names, where the asker has it.
    public func preview(in snapshot: Snapshot, report: VersionReport? = nil) -> ActionPreview {
        switch self {
        case .promote(let name, let version): Preview(snapshot, name).promote(version)
        case .rollback(let name, let version): Preview(snapshot, name).rollback(to: version)
        case .challenge(let name, let version, let plan): Preview(snapshot, name).challenge(version, plan)
        case .share(let name, let version, let share): Preview(snapshot, name).share(version, share)
        case .abort(let name, let version): Preview(snapshot, name).abort(version)
        case .publish(let name): Preview(snapshot, name).publish()
        case .pause(let name, let fallback): Preview(snapshot, name).pause(fallback)
        case .resume(let name): Preview(snapshot, name).resume()
        case .freeze(let name, let scope): Preview(snapshot, name ?? "").freeze(scope, isGlobal: name == nil)
        case .unfreeze(let name, let scope): Preview(snapshot, name ?? "").unfreeze(scope, isGlobal: name == nil)
        case .train(let order): Preview(snapshot, order.deployment).train(order)
        case .rollbackToTime(let name, let time): Preview(snapshot, name).rollback(toTime: time)
        case .archive(let name, let version): Preview(snapshot, name).archive(version)
        case .setThreshold(let name, let number, let value, let basis):
            Preview(snapshot, name).threshold(number, DecisionThreshold(value, basis), report)
        case .remove(let name): Preview(snapshot, name).remove()
        case .revokeToken(let name): Preview(snapshot, "").revoke(name)
        case .stop: Preview(snapshot, "").stop()
        case .upgrade(let path): Preview(snapshot, "").upgrade(path)
        case .deploy, .pin, .unpin, .cancelJob, .retryJob, .raiseJob, .acknowledge, .setPolicy, .tune, .note, .backup, .createToken:
            ActionPreview(title: Self.capitalised(summary), button: verb, lines: [ActionPreview.Line("journal", "one row, in your name")])
        }
    }

    /// The action in a few words: `promote v13 of flight-delay`.
    public var summary: String {
        switch self {
        case .deploy(let order): "deploy \(order.name)"
        case .train(let order): "train \(order.deployment)"
        case .promote(let name, let version): "promote v\(version) of \(name)"
        case .rollback(let name, let version): "roll back \(name)" + (version.map { " to v\($0)" } ?? "")
        case .rollbackToTime(let name, let time): "roll back \(name) to what answered at \(TimeText.rfc3339(time))"
        case .archive(let name, let version): "archive v\(version) of \(name)"
        case .pin(let name, let version): "pin v\(version) of \(name)"
        case .unpin(let name, let version): "unpin v\(version) of \(name)"
        case .setThreshold(let name, let version, let value, _): "let v\(version) of \(name) call from \(Figures.short(value)) on"
        case .remove(let name): "remove \(name)"
        case .challenge(let name, let version, let plan): "give v\(version) of \(name) a part: \(plan.words)"
        case .share(let name, let version, let share): "give v\(version) of \(name) \(ArmPlan.percent(share))"
        case .abort(let name, let version): "take \(version.map { "v\($0)" } ?? "every challenger") out of \(name)"
        case .publish(let name): "publish what \(name) has learnt online"
        case .pause(let name, .unavailable): "pause \(name)"
        case .pause(let name, let fallback): "pause \(name), answering \(SafeText.escape(fallback.rawValue))"
        case .resume(let name): "resume \(name)"
        case .freeze(let name, let scope): "freeze \(scope.words) of \(name ?? "all deployments")"
        case .unfreeze(let name, let scope): "unfreeze \(scope.words) of \(name ?? "all deployments")"
        case .cancelJob(let id): "cancel job \(id)"
        case .retryJob(let id): "retry job \(id)"
        case .raiseJob(let id): "move job \(id) to the front"
        case .acknowledge(let id, _, _): "acknowledge alert \(id)"
        case .setPolicy(let name, _): "change the policy of \(name)"
        case .tune(let name, let column, let change): "\(change.summary(SafeText.escape(column))) of \(name)"
        case .note(let name, _): name.map { "note on \($0)" } ?? "note"
        case .backup(let order): "back up" + (order.target.map { " into \(SafeText.escape($0))" } ?? "")
        case .createToken(let order): "make the token \(SafeText.escape(order.name))"
        case .revokeToken(let name): "revoke the token \(SafeText.escape(name))"
        case .stop: "stop the engine"
        case .upgrade(let path): "hand over to \(SafeText.escape(path))"
        }
    }

    private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

/// The previews of one deployment.
struct Preview {
    let snapshot: Snapshot
    let name: String
    let status: DeploymentStatus?

    init(_ snapshot: Snapshot, _ name: String) {
        self.snapshot = snapshot
        self.name = name
        status = snapshot.deployment(name)
    }

    typealias Line = ActionPreview.Line

    // MARK: What answers

    func promote(_ number: UInt32) -> ActionPreview {
        let version = status?.versions.first { $0.number == number }
        let former = status?.champion
        var lines = [change(from: former, to: number), Line("affects", affected("get v\(number) from the next one on; none is dropped"))]
        if let quality = quality(from: former, to: number) { lines.append(quality) }
        if let version {
            lines.append(gates(version))
            lines.append(Line("learnt from", version.source))
        }
        if let former { lines.append(Line("undo", "u or R returns to v\(former), which stays loaded; v\(number) is then withdrawn")) }
        var warning: String?
        if version?.state == .withdrawn { warning = "v\(number) was rolled back before: say in the reason why it may answer again" }
        if status?.state == .paused { warning = "\(name) is paused: v\(number) answers only after a resume" }
        return ActionPreview(
            title: "Promote v\(number) of \(name)", button: "promote", lines: lines, warning: warning, expected: expectation(champion: true)
        )
    }

    func rollback(to wanted: UInt32?) -> ActionPreview {
        let target = wanted ?? status?.lastKnownGood
        let former = status?.champion
        var lines = [
            change(from: former, to: target),
            Line("affects", affected("get \(target.map { "v\($0)" } ?? "the earlier version") from the next one on; none is dropped")),
        ]
        if let target, let version = status?.versions.first(where: { $0.number == target }), let until = version.served.last?.until {
            lines.append(Line("last served", "until \(DurationText.text(max(0, snapshot.asOf - until))) ago"))
        }
        if let quality = quality(from: former, to: target) { lines.append(quality) }
        if let former {
            lines.append(Line("marks", "v\(former) withdrawn: no policy promotes it again, a person may"))
            lines.append(Line("undo", "u promotes v\(former) again"))
        }
        var warning: String?
        if snapshot.alerts.contains(where: { $0.deployment == name && $0.kind == .missing && $0.state != .resolved }) {
            warning = "values are missing upstream: every version reads the same rows, so a roll back may not help"
        }
        return ActionPreview(
            title: "Roll back \(name)", button: "roll back", lines: lines, warning: warning, expected: expectation(champion: true))
    }

    /// What answered then may be on another page than the snapshot's.
    func rollback(toTime time: Int64) -> ActionPreview {
        let when = TimeText.rfc3339(time)
        guard let then = status?.versions.champion(at: time) else {
            var preview = rollback(to: nil)
            preview.lines[0] = Line("changes", "\(champion) → what answered at \(when)")
            preview.lines.removeAll { $0.label == "quality" || $0.label == "last served" }
            return preview
        }
        var preview = rollback(to: then.number)
        preview.lines.insert(Line("then", "v\(then.number) answered at \(when)"), at: 0)
        return preview
    }

    // MARK: Ending a version

    func archive(_ number: UInt32) -> ActionPreview {
        let version = status?.versions.first { $0.number == number }
        var lines = [
            Line("changes", "the model, the report and the data of \(describe(number)) are deleted"),
            Line("affects", "no answer: it is neither champion nor what a roll back returns to"),
            Line("goes on", "its line in Versions, its rows in the journal, its number for good"),
        ]
        if version?.state == .candidate { lines.append(Line("waits", "it passed its gates and has never answered", isConcern: true)) }
        lines.append(Line("undo", "none: train it again", isConcern: true))
        return ActionPreview(title: "Archive v\(number) of \(name)", button: "archive", lines: lines, expected: expectation(champion: true))
    }

    func remove() -> ActionPreview {
        let rate = status?.requestsPerSecond ?? 0
        var lines = [
            Line("changes", "\(name) is no more: requests to it get 404", isConcern: status?.state == .live),
            Line("affects", "\(Figures.short(rate)) requests/s", isConcern: rate > 0),
            Line("goes", "its versions with models and data, its policy and freezes, its traffic, labels and charts"),
            Line("stays", "its rows in the journal, its jobs and their logs; a new one of this name goes on counting versions"),
        ]
        if let job = status?.job { lines.append(Line("jobs", "job \(job) is cancelled first", isConcern: true)) }
        lines.append(Line("undo", "none: deploy it again", isConcern: true))
        return ActionPreview(title: "Remove \(name)", button: "remove", lines: lines, expected: expectation(champion: true))
    }

    // MARK: Learning online

    func publish() -> ActionPreview {
        let online = status?.online
        var lines = [
            Line("changes", "\(champion) with \(online?.fresh ?? 0) labels more becomes a version"),
            Line("affects", affected("get it from the next one on, if it passes its gates; none is dropped")),
        ]
        if let figure = online?.primary {
            lines.append(
                Line("quality", "\(figure.name) \(Figures.short(figure.value)) on the last \(figure.n) rows, each before it was learnt"))
        }
        lines.append(Line("undo", "u or R returns to \(champion); learning then begins anew from there"))
        return ActionPreview(
            title: "Publish what \(name) has learnt", button: "publish", lines: lines, expected: expectation(champion: true))
    }

    func pause(_ fallback: Fallback) -> ActionPreview {
        let facts = status.map(RollOutFacts.init)
        let answer = facts.flatMap { try? RollOutRules.answer(fallback, of: $0) }
        var gets = PausedAnswer.words(answer)
        // Of what the snapshot does not hold the word alone is known.
        if answer == nil, fallback != .unavailable { gets = "the fallback \(SafeText.escape(fallback.rawValue))" }
        let until = fallback == .unavailable ? "get \(gets) until it is resumed" : "get \(gets), and are told so, until it is resumed"
        let isPaused = status?.state == .paused
        return ActionPreview(
            title: "Pause \(name)", button: "pause",
            lines: [
                isPaused
                    ? Line("changes", "\(name) is paused: \(PausedAnswer.words(status?.pausedAnswer)) before")
                    : Line("changes", "\(name) stops answering: \(champion) stays loaded"),
                Line("affects", affected(until)),
                Line("goes on", "labels are still taken, jobs still run"),
                Line("undo", isPaused ? "u gives back what it was, P resumes it" : "u or P resumes it at once"),
            ], expected: expectation(champion: false))
    }

    func resume() -> ActionPreview {
        ActionPreview(
            title: "Resume \(name)", button: "resume",
            lines: [
                Line("changes", "\(name) answers again with \(champion)"), Line("affects", "every request from the next one on"),
                Line("undo", "u or P pauses it again\(status?.pausedAnswer.map { ", with \($0.words)" } ?? "")"),
            ], expected: expectation(champion: false))
    }

    // MARK: What runs by itself

    func freeze(_ scope: FreezeScope, isGlobal: Bool) -> ActionPreview {
        let place = isGlobal ? "all \(snapshot.deployments.count) deployments" : name
        return ActionPreview(
            title: "Freeze \(scope.words) of \(place)", button: "freeze",
            lines: [
                Line("changes", Self.meaning(scope)), Line("affects", place),
                Line("goes on", "answers, labels, monitoring; roll back and pause still work"),
                Line("undo", "u or F lifts it"),
            ])
    }

    func unfreeze(_ scope: FreezeScope, isGlobal: Bool) -> ActionPreview {
        let place = isGlobal ? "all \(snapshot.deployments.count) deployments" : name
        return ActionPreview(
            title: "Unfreeze \(scope.words) of \(place)", button: "unfreeze",
            lines: [
                Line("changes", "policies may act again, at once if something is due"), Line("affects", place),
                Line("undo", "u or F freezes it again"),
            ])
    }

    func train(_ order: TrainOrder) -> ActionPreview {
        let algorithm = order.training.algorithm.isEmpty ? (status?.algorithm ?? "the champion's algorithm") : order.training.algorithm
        let search =
            order.training.search.map { search in
                let time = DurationText.text(Int64(exactly: (search.seconds * 1_000).rounded()) ?? 0)
                return " with the best of \(search.trials) settings, tried within \(time)"
            } ?? ""
        return ActionPreview(
            title: "Train a version of \(name)", button: "train",
            lines: [
                Line("changes", "queues a \(algorithm) training\(search)"),
                Line("affects", "no answer: a new version waits for a promotion"),
                Line("undo", "u cancels the job"),
            ])
    }

    func stop() -> ActionPreview {
        let total = snapshot.deployments.reduce(0) { $0 + $1.requestsPerSecond }
        let live = snapshot.deployments.count { $0.state == .live }
        let running = snapshot.jobs.count { $0.state == .running }
        let others = max(0, snapshot.operators.count - 1)
        var lines = [
            Line(
                "changes", "the engine stops: \(live) live \(live == 1 ? "deployment" : "deployments") no longer answer",
                isConcern: live > 0),
            Line("affects", "\(Figures.short(total)) requests/s fail from now on", isConcern: total > 0),
        ]
        if running > 0 { lines.append(Line("jobs", "\(running) running go back into the queue")) }
        if others > 0 { lines.append(Line("people", "\(others) more on watch lose their screen")) }
        lines.append(Line("undo", "none: start it again with flyball or flyball serve"))
        return ActionPreview(title: "Stop the engine of \(snapshot.engine.workspace)", button: "stop", lines: lines)
    }

    func upgrade(_ path: String) -> ActionPreview {
        let running = snapshot.jobs.count { $0.state == .running }
        let others = max(0, snapshot.operators.count - 1)
        var lines = [
            Line("changes", "\(SafeText.escape(path)) takes the engine's place, in the same process"),
            Line("affects", "no answer: connections wait for it, about a second; none is refused"),
        ]
        if running > 0 { lines.append(Line("jobs", "\(running) running go back into the queue and are taken up again")) }
        if others > 0 { lines.append(Line("people", "\(others) more on watch lose their screen", isConcern: true)) }
        lines.append(Line("undo", "hand over to the former program, as long as the stores' format is the same"))
        return ActionPreview(title: "Upgrade the engine of \(snapshot.engine.workspace)", button: "upgrade", lines: lines)
    }

    // MARK: Parts

    var champion: String { status?.champion.map { "v\($0)" } ?? "its champion" }

    func expectation(champion wantsChampion: Bool) -> ExpectedState? {
        status.map { ExpectedState(champion: wantsChampion ? $0.champion : nil, state: $0.state) }
    }

    func affected(_ what: String) -> String {
        "\(Figures.short(status?.requestsPerSecond ?? 0)) requests/s \(what)"
    }

    private func describe(_ number: UInt32?) -> String {
        guard let number else { return "nothing" }
        let algorithm = status?.versions.first { $0.number == number }?.algorithm
        return "v\(number)" + (algorithm.map { " \($0)" } ?? "")
    }

    private func change(from former: UInt32?, to next: UInt32?) -> Line {
        Line("changes", "\(describe(former)) → \(describe(next))")
    }

    func gates(_ version: VersionSummary) -> Line {
        if let refused = version.gates.first(where: \.refuses) {
            return Line("gates", "\(refused.name): \(refused.detail)", isConcern: true)
        }
        let passed = "\(version.gates.count { $0.passed }) of \(version.gates.count) passed"
        if let doubt = version.gates.first(where: \.undecided) {
            return Line("gates", "\(passed), undecided: \(doubt.name): \(doubt.detail)", isConcern: true)
        }
        guard let warning = version.gates.first(where: \.warning) else { return Line("gates", passed) }
        return Line("gates", "\(passed), with a warning: \(warning.name): \(warning.detail)", isConcern: true)
    }

    /// What a gate found of these two on the same rows, whichever of them was the candidate; else the primary metric of both, each on its own
    /// hold-out, of which nothing is subtracted.
    private func quality(from former: UInt32?, to next: UInt32?) -> Line? {
        func version(_ number: UInt32?) -> VersionSummary? { status?.versions.first { $0.number == number } }
        if let former, let gate = version(next)?.gates.first(where: { $0.name == Gates.comparison }),
            gate.detail.contains(" against v\(former) ")
        {
            return Line("quality", gate.detail, isConcern: !gate.passed)
        }
        if let next, let found = version(former)?.pairedFigures, found.against == next, let figure = found.figures.first?.reversed {
            let text = "\(Gates.describe(figure)) against v\(former ?? 0) on the same \(found.rows) rows"
            return Line("quality", text, isConcern: figure.verdict == .worse)
        }
        guard let new = version(next)?.metrics.first else { return nil }
        guard let former, let old = version(former)?.metric(new.name) else { return Line("quality", Self.figure(new)) }
        let text = "\(Self.figure(old)) of v\(former) and \(Self.figure(new)), each on rows of its own"
        return Line("quality", text + ": flyball compare sets them side by side")
    }

    private static func figure(_ metric: Metric) -> String {
        guard let lower = metric.lower, let upper = metric.upper else { return "\(metric.name) \(Figures.short(metric.value))" }
        return "\(metric.name) \(Figures.short(metric.value)) (\(Figures.short(lower)) to \(Figures.short(upper)))"
    }

    private static func meaning(_ scope: FreezeScope) -> String {
        switch scope {
        case .learning: "no policy trains, nothing is learnt online"
        case .promotion: "no policy promotes"
        case .traffic: "nobody promotes or resumes; roll back and pause still work"
        case .retention: "logged traffic is not deleted by its age; the limit of its size still holds"
        case .all: "no policy trains or promotes, nobody promotes or resumes"
        }
    }
}
