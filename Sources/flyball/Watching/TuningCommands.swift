import ArgumentParser
import Engine
import Monitoring

/// What a verb about a column of a deployment's traffic takes.
struct ColumnOrder: ParsableArguments {
    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Argument(help: "The column.") var column: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    /// Says something of the column and prints the receipt.
    func perform(_ change: TuningChange) async throws {
        try await Session.with(place, .changing) {
            try await $0.order(.tune(deployment: name, column: column, change: change), reason: why.reason, json: json)
        }
    }
}

/// The verb `mute`.
struct MuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mute", abstract: "Let a column of a deployment's traffic raise no alarm for a time.",
        discussion: """
            It is measured and shown as before, with who muted it and why. Missing values have an alarm of their own, which stays. Without --for it \
            holds until somebody unmutes it.

            flyball mute flight-delay temp --for 8h --reason "sensor replaced, new level is right"
            """)

    @OptionGroup var order: ColumnOrder
    @Option(name: .customLong("for"), help: ArgumentHelp("How long it holds.", valueName: "duration")) var length: DurationArgument?

    func run() async throws {
        let (until, isTooFar) = EngineClock.system.milliseconds().addingReportingOverflow(length?.milliseconds ?? 0)
        if isTooFar { throw CommandFailure.usage("--for is too long: leave it out to hold until the column is unmuted") }
        try await order.perform(.mute(until: length == nil ? nil : until, reason: order.why.reason))
    }
}

/// The verb `unmute`.
struct UnmuteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unmute", abstract: "Let a muted column raise alarms again.",
        discussion: """
            flyball unmute flight-delay temp
            """)

    @OptionGroup var order: ColumnOrder

    func run() async throws { try await order.perform(.unmute) }
}

/// The verb `drift-floor`.
struct DriftFloorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift-floor", abstract: "Set from which effect on a column of a deployment's traffic drifts.",
        discussion: """
            The effect is the population stability index beyond what healthy windows have; a fifth of it warns. Where nothing is said it is \
            \(Drift.driftExcess), which `standard` says again. Significance is asked for as before.

            flyball drift-floor flight-delay temp 0.25 --reason "moves with the weather"
            flyball drift-floor flight-delay temp standard
            """)

    @OptionGroup var order: ColumnOrder
    @Argument(help: ArgumentHelp("A PSI, or `standard`.", valueName: "psi")) var effect: String

    func run() async throws {
        if effect == "standard" { return try await order.perform(.floor(nil)) }
        guard let value = Double(effect), value.isFinite else {
            throw CommandFailure.usage("not a number: \(effect): write a PSI such as 0.25, or standard")
        }
        try await order.perform(.floor(value))
    }
}
