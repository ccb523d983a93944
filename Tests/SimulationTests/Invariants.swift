import Engine
import Foundation
import GRDB
import Monitoring
import Store
import Tabular

/// What must hold, whatever happens.
enum Invariants {
    /// After every tick: what the present shows.
    static func hold(_ world: World) throws {
        let snapshot = world.engine.snapshot
        func check(_ isRight: Bool, _ what: @autoclosure () -> String) throws {
            if !isRight { throw Violation(what: what()) }
        }
        for status in snapshot.deployments {
            let champions = status.versions.filter { $0.state == .champion }.map(\.number)
            try check(champions.count <= 1, "\(status.name) has the champions \(champions)")
            try check(
                champions.first == nil || champions.first == status.champion,
                "\(status.name): v\(champions) is champion, and \(status.champion ?? 0)")
            let loops = world.plane.champions(status.name)
            try check(Set(loops).count == 1, "\(status.name): event loops answer by \(loops)")
            if status.state == .live {
                try check(loops.first == status.champion, "\(status.name): v\(status.champion ?? 0) is champion, \(loops) answers")
            }
        }
        for queue in snapshot.system.queues {
            try check(queue.depth <= queue.capacity, "\(queue.name): \(queue.depth) of \(queue.capacity)")
        }
        try check(snapshot.recent.count <= 200 && snapshot.alerts.count { $0.state == .resolved } <= 50, "the present is not bounded")
        try check(snapshot.jobs.count { $0.state.isOpen } <= 10_000, "too many jobs")
        try world.watch.follow(world)
    }

    /// After every step: rows that the journal has more are a chain, and no policy has acted against a freeze.
    static func journalGrows(_ world: World) async throws {
        while true {
            let query = HistoryQuery.journalAfter(sequence: world.told.journal.sequence, limit: 200, deployment: nil)
            guard case .journal(let rows) = await world.engine.history(query).content else {
                throw Violation(what: "the journal cannot be read")
            }
            for row in rows {
                guard row.sequence == world.told.journal.sequence + 1, row.previousHash == world.told.journal.hash,
                    row.hash == JournalRow.hash(sequence: row.sequence, entry: row.entry, previousHash: row.previousHash)
                else { throw Violation(what: "row \(row.sequence) does not follow row \(world.told.journal.sequence)") }
                world.told.journal = (row.sequence, row.hash)
                world.record(row)
                try world.watch.follow(row)
            }
            if rows.isEmpty { return }
        }
    }

    /// Each day: the engine itself finds its journal whole.
    static func journalHolds(_ world: World) async throws {
        guard case .verification(let verdict) = await world.engine.history(.verifyJournal(checkpoint: nil)).content else {
            throw Violation(what: "no verdict on the journal")
        }
        guard verdict.isIntact else { throw Violation(what: "the journal is not intact: \(verdict)") }
    }

    /// After each start: what was shown before is so again.
    static func comeBack(_ world: World, _ former: Present, isSure: Bool) throws {
        let present = Present(world.engine.snapshot)
        for (name, was) in former.deployments where isSure {
            let found = present.deployments[name]
            guard found?.champion == was.champion, found?.isPaused == was.isPaused else {
                throw Violation(what: "\(name) was \(was), and is \(found.map { "\($0)" } ?? "not there") after the start")
            }
        }
        guard former.freezes.isSubset(of: present.freezes) || !isSure else {
            throw Violation(what: "frozen before the start: \(former.freezes), after it: \(present.freezes)")
        }
        let more = present.freezes.subtracting(former.freezes).filter { !$0.contains(" retention ") }
        guard more.isEmpty || !isSure else { throw Violation(what: "frozen by nobody: \(more)") }
    }

    /// After each start: each acknowledged change is in the journal once, each refused one is not; the labels are those that were taken.
    static func everythingTold(_ world: World) async throws {
        let found = try await reader(world, "control").read { database in
            try Row.fetchAll(database, sql: "SELECT reason, COUNT(*) AS rows FROM journal WHERE reason IS NOT NULL GROUP BY reason")
                .reduce(into: [String: Int]()) { $0[$1["reason"]] = $1["rows"] }
        }
        // What holds beside the journal is written when the store takes it.
        let isWritten = world.engine.snapshot.engine.degraded == nil
        for (reason, word) in world.told.changes {
            let rows = found[reason] ?? 0
            let isRight =
                switch word {
                case .done: rows == 1 || (rows == 0 && !isWritten)
                case .refused: rows == 0
                case .unheard: rows <= 1
                }
            if !isRight { throw Violation(what: "\(reason) was \(word), and has \(rows) rows") }
        }
        let rows = try await reader(world, "labels").read { database in
            try Row.fetchAll(database, sql: "SELECT deployment, base, row, value FROM label").map { row in
                (
                    "\(row["deployment"] as String) \(row["base"] as Int64) \(row["row"] as Int64)",
                    (row["value"] as Double) == 1 ? "yes" : "no"
                )
            }
        }
        var labels = Dictionary(rows, uniquingKeysWith: { _, _ in "twice" })
        for (deployment, told) in world.told.labels {
            for (id, value) in told {
                guard let id = RowID(id) else { throw Violation(what: "\(id) is no id") }
                let found = labels.removeValue(forKey: "\(deployment) \(id.base.key) \(id.row)")
                if found == nil, world.told.pending.contains(id.text) || world.told.pending.contains(id.base.text) { continue }
                guard found == value else {
                    throw Violation(what: "label \(id.text) of \(deployment) was taken as \(value), and is \(found ?? "not there")")
                }
            }
        }
        if let stranger = labels.first { throw Violation(what: "label \(stranger) was never taken") }
    }

    private static func reader(_ world: World, _ store: String) throws -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return try DatabaseQueue(path: "\(world.workspace)/store/\(store).db", configuration: configuration)
    }
}

/// What goes on over many steps: freezes as the journal tells of them, work that is due, jobs that stand.
struct Watch {
    private var frozen: Set<[String]> = []
    /// When a training was ordered last, by deployment.
    private var ordered: [String: Int64] = [:]
    /// Since when a deployment's job is open, and a training is due and neither done nor refused.
    private var openSince: [String: Int64] = [:]
    private var dueSince: [String: Int64] = [:]
    private(set) var trainings = 0
    private(set) var promotions = 0

    /// A new engine, by a clock of its own.
    mutating func restart() {
        openSince = [:]
        dueSince = [:]
    }

    mutating func follow(_ row: JournalRow) throws {
        let entry = row.entry
        let scopes = (try? JSONDecoder().decode([String: String].self, from: Data(entry.details.utf8)))?["scope"]?.split(separator: " ")
            .map(String.init)
        let place = entry.deployment ?? ""
        switch entry.verb {
        case "freeze": for scope in scopes ?? [] { frozen.insert([place, scope]) }
        case "unfreeze": for scope in scopes ?? [] { frozen.remove([place, scope]) }
        case "train":
            ordered[place] = entry.time
            trainings += 1
            try check(entry, ["learning", "all"], row.sequence)
        case "promote", "publish":
            promotions += 1
            try check(entry, ["promotion", "traffic", "all"], row.sequence)
        default: break
        }
    }

    private func check(_ entry: JournalEntry, _ scopes: [String], _ sequence: Int64) throws {
        guard entry.actor.hasPrefix("policy:") else { return }
        for scope in scopes where frozen.contains([entry.deployment ?? "", scope]) || frozen.contains(["", scope]) {
            throw Violation(what: "row \(sequence): \(entry.actor) \(entry.verb) while \(scope) is frozen")
        }
    }

    /// The loop turns, or the screen says why it does not.
    mutating func follow(_ world: World) throws {
        let snapshot = world.engine.snapshot
        let now = world.clock.clock.milliseconds()
        // A red banner is a reason.
        guard snapshot.engine.degraded == nil, world.disk.isWell else { return restart() }
        for status in snapshot.deployments {
            let name = status.name
            openSince[name] = status.job == nil ? nil : openSince[name] ?? now
            if let since = openSince[name], now - since > World.day {
                throw Violation(what: "the job of \(name) stands since \((now - since) / World.step) hours")
            }
            let champion = status.versions.first { $0.number == status.champion }
            let last = max(champion?.createdAt ?? .max, ordered[name] ?? 0)
            let isDue = champion != nil && status.policy.automation != "manual" && now - last >= Houses.period(name)
            let isQuiet = isDue && status.job == nil && status.policy.blocked == nil
            dueSince[name] = isQuiet ? dueSince[name] ?? now : nil
            if let since = dueSince[name], now - since > 2 * World.step {
                throw Violation(what: "\(name) is due since \((now - last) / World.step) hours, does nothing and does not say why")
            }
        }
    }
}
