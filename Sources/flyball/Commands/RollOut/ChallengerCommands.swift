import ArgumentParser
import Engine
import Tabular

/// A percentage: `5`, `5%`, `0.5 %`.
struct PercentArgument: ExpressibleByArgument {
    /// 0…1.
    var share: Double

    init?(argument: String) {
        let digits = argument.filter { $0 != "%" && $0 != " " }
        guard let percent = Double(digits), percent >= 0, percent <= 100 else { return nil }
        share = percent / 100
    }
}

/// Percentages with commas between them: `5,25,100`.
struct PercentsArgument: ExpressibleByArgument {
    var shares: [Double]

    init?(argument: String) {
        let words = argument.split(separator: ",", omittingEmptySubsequences: false)
        shares = words.compactMap { PercentArgument(argument: String($0))?.share }
        if shares.isEmpty || shares.count != words.count { return nil }
    }
}

/// What part of the traffic a version gets beside the champion, as `promote` takes it.
struct ArmOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer this per cent of the requests beside the champion; several (5,25,100) follow each other by --bake.",
            valueName: "percent"))
    var canary: PercentsArgument?
    @Option(help: ArgumentHelp("How long each share of --canary is held before the next.", valueName: "duration")) var bake:
        DurationArgument?
    @Flag(help: "Score what the champion answers, without anybody getting it.") var shadow = false
    @Option(help: ArgumentHelp("Of a shadow: this per cent of the requests.", valueName: "percent")) var fraction: PercentArgument?
    @Option(help: ArgumentHelp("Answer the requests of this per cent of the keys.", valueName: "percent")) var ab: PercentArgument?
    @Option(help: ArgumentHelp("Of an A/B: a column, id (the request's own) or header (Flyball-Key).", valueName: "key")) var key: String?

    /// The part that is asked for; nil for the whole.
    func plan() throws -> ArmPlan? {
        let asked = [canary != nil, shadow, ab != nil].count { $0 }
        guard asked <= 1 else { throw CommandFailure.usage("one of --canary, --shadow and --ab") }
        if bake != nil, canary == nil { throw CommandFailure.usage("--bake goes with --canary") }
        if fraction != nil, !shadow { throw CommandFailure.usage("--fraction goes with --shadow") }
        if (key != nil) != (ab != nil) { throw CommandFailure.usage("--ab and --key go together: --ab 50 --key customer_id") }
        if let shares = canary?.shares, let first = shares.first {
            return ArmPlan(.canary, share: first, steps: Array(shares.dropFirst()), bake: bake?.milliseconds)
        }
        if shadow { return ArmPlan(.shadow, share: fraction?.share ?? 1) }
        return ab.map { ArmPlan(.ab, share: $0.share, key: key) }
    }
}

/// The verb `share`.
struct ShareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "share", abstract: "Give a challenger another per cent of the traffic.",
        discussion: """
            It has a part already (`promote --canary`, `--ab`, `--shadow`). A smaller share works under every freeze; 0 takes all traffic from \
            it and leaves it where it is.

            flyball share flight-delay v3 25 --reason "an hour at 5 % without a finding"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2.") var version: VersionArgument
    @Argument(help: "Per cent of the traffic.") var percent: PercentArgument
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) {
            try await $0.order(.share(deployment: name, version: version.number, share: percent.share), reason: why.reason, json: json)
        }
    }
}

/// The verb `abort`.
struct AbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Take a challenger out: the champion answers alone from the next request on.",
        discussion: """
            Works under any freeze and on a full disk. Without a version all challengers are taken out.

            flyball abort flight-delay v3 --reason "complaints since 14:00"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The version, such as v2; without it every challenger.") var version: VersionArgument?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) {
            try await $0.order(.abort(deployment: name, version: version?.number), reason: why.reason, json: json)
        }
    }
}
