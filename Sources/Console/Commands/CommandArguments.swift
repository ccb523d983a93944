package import Engine
import Learning
import Monitoring
import Tabular

/// What was typed behind a command's name, read by what the command takes; what is left out comes from the selection.
package struct CommandArguments: Sendable, Equatable {
    package var deployment: String?
    package var version: UInt32?
    package var job: Int64?
    package var alert: Int64?
    package var algorithm: String?
    package var theme: String?
    package var scope: FreezeScope?
    /// Milliseconds.
    package var duration: Int64?
    /// UTC milliseconds.
    package var moment: Int64?
    package var text: String?

    /// Reads the words of a call.
    ///
    /// A word goes to the first argument, in order, that it can be; one that fits nowhere is refused with the reason.
    package init(_ call: CommandCall, _ kinds: [Command.Argument]) throws(CommandRefusal) {
        var open = kinds
        var words = call.arguments[...]
        while let word = words.first {
            guard let index = open.firstIndex(where: { Self.fits(word, $0, call.context.snapshot) }) else {
                throw CommandRefusal(Self.complaint(word, open.first, call.context.snapshot))
            }
            if open[index] == .text {
                text = words.joined(separator: " ")
                break
            }
            try take(word, open[index], call.context)
            open.removeSubrange(...index)
            words.removeFirst()
        }
        if deployment == nil { deployment = call.subject.deployment }
        // A selected version belongs to the selected deployment, not to another one that was named.
        if version == nil && deployment == call.subject.deployment { version = call.subject.version }
        if job == nil { job = call.subject.job }
        if alert == nil { alert = call.subject.alert }
    }

    private mutating func take(_ word: String, _ kind: Command.Argument, _ context: ScreenContext) throws(CommandRefusal) {
        switch kind {
        case .deployment: deployment = word
        case .version: version = Self.version(word)
        case .job: job = Int64(word)
        case .alert: alert = Int64(word)
        case .algorithm: algorithm = word
        case .theme: theme = word
        case .freezeScope: scope = FreezeScope(rawValue: word)
        case .duration: duration = DurationText.milliseconds(word)
        case .moment:
            moment = PastTime.milliseconds(word, zone: context.timeZone, asOf: context.asOf)
            if moment == nil { throw CommandRefusal("\(SafeText.escape(word)) is no time that has been: write 02:14 or 2013-04-01T02:14") }
        case .text: break
        }
    }

    private static func version(_ word: String) -> UInt32? { UInt32(word.hasPrefix("v") ? String(word.dropFirst()) : word) }

    private static func fits(_ word: String, _ kind: Command.Argument, _ snapshot: Snapshot) -> Bool {
        switch kind {
        case .deployment: snapshot.deployment(word) != nil
        case .version: version(word) != nil
        case .job, .alert: Int64(word) != nil
        case .algorithm: AlgorithmRegistry.all.contains { $0.name == word }
        case .theme: ThemeCatalog.builtIn.names.contains(word)
        case .freezeScope: FreezeScope(rawValue: word) != nil
        case .duration: DurationText.milliseconds(word) != nil
        case .moment: PastTime.looksLikeOne(word)
        case .text: true
        }
    }

    private static func complaint(_ word: String, _ kind: Command.Argument?, _ snapshot: Snapshot) -> String {
        let shown = SafeText.escape(String(word.prefix(40)))
        guard let kind else { return "takes nothing more: \(shown)" }
        let known = candidates(kind, snapshot)
        let nearest = Names.nearest(to: word, in: known).map { ": did you mean \($0)?" } ?? ""
        return "no such \(kind.noun): \(shown)\(nearest)"
    }

    /// The words that an argument can be, for completion and for suggestions; empty where they are without number.
    package static func candidates(_ kind: Command.Argument, _ snapshot: Snapshot) -> [String] {
        switch kind {
        case .deployment: snapshot.deployments.map(\.name)
        case .job: snapshot.jobs.map { "\($0.id)" }
        case .alert: snapshot.alerts.filter { $0.state != .resolved }.map { "\($0.id)" }
        case .algorithm: AlgorithmRegistry.all.map { $0.name }
        case .theme: ThemeCatalog.builtIn.names
        case .freezeScope: FreezeScope.allCases.map(\.rawValue)
        case .duration: ["15m", "1h", "8h", "24h"]
        case .version, .moment, .text: []
        }
    }
}

extension Command.Argument {
    /// What it is in a sentence.
    package var noun: String {
        switch self {
        case .deployment: "deployment"
        case .version: "version"
        case .job: "job"
        case .alert: "alert"
        case .algorithm: "algorithm"
        case .theme: "theme"
        case .freezeScope: "scope"
        case .duration: "duration (such as 30m or 8h)"
        case .moment: "time (such as 02:14)"
        case .text: "text"
        }
    }

    /// How it stands in a line of usage: `DEPLOYMENT`, `vN`.
    package var placeholder: String {
        switch self {
        case .deployment: "DEPLOYMENT"
        case .version: "vN"
        case .job: "JOB"
        case .alert: "ALERT"
        case .algorithm: "ALGORITHM"
        case .theme: "THEME"
        case .freezeScope: "learning|promotion|traffic|retention|all"
        case .duration: "DURATION"
        case .moment: "HH:MM"
        case .text: "TEXT"
        }
    }
}

extension CommandCall {
    /// The deployment that a command is about, or why there is none.
    package func deployment(_ kinds: [Command.Argument] = [.deployment]) throws(CommandRefusal) -> (
        status: DeploymentStatus, arguments: CommandArguments
    ) {
        let arguments = try CommandArguments(self, kinds)
        guard let name = arguments.deployment else {
            throw CommandRefusal(
                context.snapshot.deployments.isEmpty
                    ? "there is no deployment yet: make one with flyball deploy" : "select a deployment first")
        }
        guard let status = context.snapshot.deployment(name) else { throw CommandRefusal("no such deployment: \(SafeText.escape(name))") }
        return (status, arguments)
    }

    /// Runs a reading that may refuse and gives it as the `Result` that commands return.
    package func result(_ body: () throws(CommandRefusal) -> Action) -> Result<Action, CommandRefusal> {
        do throws(CommandRefusal) { return .success(try body()) } catch { return .failure(error) }
    }
}
