import ArgumentParser
import Engine
import Foundation
import Store

/// The verb `undo`.
struct UndoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undo", abstract: "Take back your last change, where one action does that.",
        discussion: """
            A pause, a resume, a promotion, a roll back or a freeze. --dry-run only says what would be done.

            flyball undo --dry-run
            flyball undo
            """)

    /// Rows of the journal that are looked at for a change of one's own.
    private static let rows = 200

    @OptionGroup var place: WorkspaceOption
    @Flag(help: "Say what would be done, and do nothing.") var dryRun = false
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, dryRun ? .reading : .changing) { session in
            let rows = try await session.ask(.journal(before: nil, limit: Self.rows, deployment: nil), \.asJournal)
            guard let own = rows.map(\.entry).first(where: { $0.uid == getuid() && $0.verb != "note" }) else {
                throw CommandFailure.usage("you have changed nothing lately: journal shows what others did")
            }
            let present = try await session.ask(.overview, \.asOverview)
            // The deployment may be gone: removing it is the one change that nothing takes back.
            let champion = present.deployments.first { $0.name == own.deployment }?.champion.flatMap(VersionSummary.number(named:))
            let frozen = present.frozen.filter { $0.deployment == own.deployment }.map(\.scope)
            guard let action = Action.takingBack(own, frozen: frozen, champion: champion) else {
                throw CommandFailure.usage("your last change cannot be taken back by one action, or no longer: \(own.summary)")
            }
            if dryRun { return Output.remark("\(own.summary): would be taken back by: \(action.summary)") }
            try await session.order(action, reason: why.reason ?? "undo: \(own.summary)", json: json)
        }
    }
}
