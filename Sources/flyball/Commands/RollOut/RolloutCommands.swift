import ArgumentParser
import Engine
import Foundation
import Tabular

/// The verb `promote`.
struct PromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Make a version the champion, or give it a part of the traffic beside it.",
        discussion: """
            The former champion stays loaded for a roll back. With --canary, --ab or --shadow the champion stays, and the version gets its \
            part from the next request on: it is cut within a second if it fails or is three times slower, and the champion answers what it \
            fails. `share` moves its part, `abort` takes it out, `promote` without options makes it the champion.

            flyball promote flight-delay v2 --reason "better on spring traffic"
            flyball promote flight-delay v3 --canary 5
            flyball promote flight-delay v3 --canary 5,25,100 --bake 30m      (then the champion, by itself)
            flyball promote flight-delay v3 --ab 50 --key carrier             (the same carrier keeps its version)
            flyball promote flight-delay v3 --shadow --fraction 20
            """)

    @OptionGroup var order: VersionOrder
    @OptionGroup var arm: ArmOptions

    func run() async throws {
        let plan = try arm.plan()
        try await order.perform { name, version in
            plan.map { .challenge(deployment: name, version: version, plan: $0) } ?? .promote(deployment: name, version: version)
        }
    }
}

/// The verb `rollback`.
struct RollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Return to the last known good version; the departing one is marked withdrawn.",
        discussion: """
            Works under any freeze and on a full disk. No policy promotes a withdrawn version again; a person may.

            flyball rollback flight-delay --reason "complaints since 14:00"
            flyball rollback flight-delay --to v3
            flyball rollback flight-delay --to 02:14     (what answered then, in local time)
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp("A former champion to return to instead, or a time: what answered then.", valueName: "version|time"))
    var to: RollbackTarget?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(try await action(session), reason: why.reason, json: json)
        }
    }

    private func action(_ session: Session) async throws -> Action {
        guard case .time(let text) = to else { return .rollback(deployment: name, to: to?.version) }
        guard let time = PastTime.milliseconds(text, zone: .current, asOf: EngineClock.system.milliseconds()) else {
            throw CommandFailure.usage("not a time that has been: --to \(SafeText.escape(text)): write 02:14 or 2013-04-01T02:14")
        }
        return .rollbackToTime(deployment: name, time: time)
    }
}

/// What a roll back goes to: `v3`, or `02:14` for what answered then.
enum RollbackTarget: ExpressibleByArgument {
    case version(UInt32)
    case time(String)

    init?(argument: String) {
        if let version = VersionArgument(argument: argument) {
            self = .version(version.number)
        } else if PastTime.looksLikeOne(argument) {
            self = .time(argument)
        } else {
            return nil
        }
    }

    var version: UInt32? {
        guard case .version(let number) = self else { return nil }
        return number
    }
}

/// The verb `publish`.
struct PublishCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "publish", abstract: "Make what a deployment has learnt online so far a version.",
        discussion: """
            It answers from the next request on if it passes the gates of every version. By itself this happens as often as the section \
            [online] of the deployment's policy says.

            flyball publish card-fraud --reason "before the sale begins"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let client = try await Session.running(place)
        try await Session(link: client, isRunning: true).order(.publish(deployment: name), reason: why.reason, json: json)
    }
}

/// The verb `pause`.
struct PauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause", abstract: "Stop a deployment from answering: requests get a fallback.",
        discussion: """
            By itself the fallback is 503 with Retry-After. constant answers what was right on average of what the champion learnt from, or a \
            class or a number that you name; last-known-good answers by the version that a roll back returns to. Whoever gets a fallback is \
            told so: parameters arm and fallback of the answer, and the header Flyball-Fallback. On a paused deployment it takes the place of \
            the fallback so far. Labels are still taken and jobs still run.

            flyball pause flight-delay --reason "the weather feed is wrong"
            flyball pause flight-delay --fallback constant
            flyball pause flight-delay --fallback constant=no
            flyball pause flight-delay --fallback last-known-good
            """)

    @OptionGroup var order: DeploymentOrder
    @Option(help: ArgumentHelp("What requests get: \(Fallback.words).", valueName: "fallback")) var fallback = Fallback.unavailable

    func run() async throws { try await order.perform { .pause(deployment: $0, fallback: fallback) } }
}

/// The verb `resume`.
struct ResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused deployment answer again.",
        discussion: """
            flyball resume flight-delay
            """)

    @OptionGroup var order: DeploymentOrder

    func run() async throws { try await order.perform { .resume(deployment: $0) } }
}
