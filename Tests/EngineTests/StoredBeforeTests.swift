import Engine
import Foundation
import GRDB
import Learning
import Monitoring
import Store
import Tabular
import Testing

/// What the store of an earlier release holds, opened by this one.
@Suite("A store of an earlier format", .serialized)
struct StoredBeforeTests {
    @Test(
        "opens after copies were set aside, says so in the journal, and the journal of that time is intact", arguments: StoredBefore.formats
    )
    func migrated(of format: Int) async throws {
        try await StoredBefore.withCopy(of: format) { directory, clock in
            let said = try StoredBefore.said(of: format)
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let journal = try await harness.journal()
                #expect(said.verification.hasPrefix("intact: 31 rows"))
                #expect(journal.count == 32 && journal.map(\.sequence) == Array(1...32))
                let last = try #require(journal.last?.entry)
                #expect(
                    last.verb == "migrate"
                        && last.summary.hasPrefix("brought the stores from format \(format) to \(WorkspaceFormat.current)"))
                guard case .verification(let verdict) = await harness.engine.history(.verifyJournal(checkpoint: nil)).content else {
                    throw EngineHarness.Missed(what: "the verdict")
                }
                #expect(verdict.isIntact && verdict.rows == 32)
                #expect(harness.snapshot.system.damagedCount == 0)
            }
            let asides = WorkspaceFormat.asides(directory: directory + "/store")
            #expect(asides.count == 1)
            // The former release would go on from the copy.
            let aside = try #require(asides.first)
            let copy = try DatabaseQueue(path: aside + "/control.db")
            let (former, versions) = try await copy.read {
                (
                    try Int.fetchOne($0, sql: "SELECT value FROM meta WHERE key = 'format'"),
                    try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM version")
                )
            }
            #expect(former == format && versions == 7)
            // Nothing is migrated twice.
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let journal = try await harness.journal()
                #expect(journal.count == 32)
            }
            #expect(WorkspaceFormat.asides(directory: directory + "/store") == asides)
            #expect(try RecordCheck.run(storeDirectory: directory + "/store").damaged.isEmpty)
        }
    }

    @Test(
        "is backed up first where a target is named; the backup is of format 1, restores, and the restored workspace is brought up to date by its first start"
    )
    func backedUp() async throws {
        try await StoredBefore.withCopy { directory, clock in
            var options = EngineHarness.Options()
            options.toml += "[backup]\ntarget = \"\(directory)-b\"\n"
            defer { try? FileManager.default.removeItem(atPath: directory + "-b") }
            let plan = try WorkspaceFormat.plan(directory: directory + "/store")
            #expect(plan.isBehind && plan.lack == nil && plan.standing.format == 1 && plan.copied.count == 3)
            try await EngineHarness.run(in: directory, clock: clock, options) { harness in
                let verbs = try await harness.journal().suffix(2).map(\.entry.verb)
                #expect(verbs == ["backed up", "migrate"])
                #expect(harness.snapshot.system.backup.last?.number == 1)
            }
            let target = try BackupTarget.open(reading: directory + "-b")
            #expect(try target.numbers() == [1])
            let manifest = try target.manifest(1)
            #expect(manifest.storeFormat == 1 && manifest.isGood && manifest.marks.journal?.sequence == 31)
            let again = directory + "-again"
            defer { try? FileManager.default.removeItem(atPath: again) }
            _ = try WorkspaceRestore.run(
                RestoreOrder(
                    directory: directory + "-b", number: nil, workspace: again, who: EngineHarness.admin, time: clock.clock.milliseconds()))
            try await EngineHarness.run(in: again, clock: clock) { harness in
                let journal = try await harness.journal()
                #expect(journal.prefix(31).last?.sequence == 31 && journal.dropFirst(31).first?.entry.verb == "restore")
                #expect(try harness.status("delays").champion != nil)
            }
            #expect(try RecordCheck.run(storeDirectory: again + "/store").damaged.map(\.text) == [])
        }
    }

    @Test("has every deployment, version, freeze, policy, alert and job as it was", arguments: StoredBefore.formats)
    func registry(of format: Int) async throws {
        let said = try StoredBefore.said(of: format)
        try await StoredBefore.run(of: format) { harness in
            await harness.engine.restored()
            let snapshot = harness.snapshot
            #expect(snapshot.deployments.map(\.name) == said.status.deployments.map(\.name))
            for (status, before) in zip(snapshot.deployments, said.status.deployments) {
                #expect(status.state.rawValue == before.state)
                #expect(status.champion.map { "v\($0)" } == before.champion)
                #expect(status.lastKnownGood.map { "v\($0)" } == before.lastKnownGood)
                #expect(status.labels.accepted == before.labels)
                // Answers to the last ten rows were asked for after the status.
                #expect(status.predictions == before.predictions + (["delays", "online"].contains(before.name) ? 10 : 0))
            }
            #expect(
                snapshot.frozen.map { [$0.deployment, $0.scope.rawValue, $0.by] }
                    == said.status.frozen.map { [$0.deployment, $0.scope, $0.by] })
            for (name, before) in said.versions { try await compare(try versions(of: name, harness), before) }
            try compare(snapshot.alerts, said.alerts)
            try compare(snapshot.jobs, said.jobs)
            guard case .text(let policy) = await harness.engine.history(.policy(deployment: "delays")).content else {
                throw EngineHarness.Missed(what: "the policy")
            }
            for line in said.policy.split(separator: "\n") { #expect(policy.contains(line)) }
            let counts = try harness.status("delays").labels
            #expect(counts.conflict == 1 && counts.corrected == 1 && counts.duplicate == 1)
        }
    }

    private func versions(of name: String, _ harness: EngineHarness) async throws -> [VersionSummary] {
        guard case .versions(let versions) = await harness.engine.history(.versions(deployment: name, before: nil, limit: 1_000)).content
        else {
            throw EngineHarness.Missed(what: "versions of \(name)")
        }
        return versions
    }

    private func compare(_ versions: [VersionSummary], _ before: [StoredBefore.Said.Version]) throws {
        #expect(versions.map(\.name) == before.map(\.version))
        for (version, before) in zip(versions, before) {
            #expect(version.state.rawValue == before.state && version.algorithm == before.algorithm)
            #expect(version.artefactHash == before.artefactHash && version.dataHash == before.dataHash)
            #expect(version.blessed == before.blessed && version.createdBy == before.createdBy && version.source == before.source)
            #expect(version.settings == before.settings && version.seed == before.seed && version.trainRows == before.trainRows)
            #expect(Dictionary(uniqueKeysWithValues: version.metrics.map { ($0.name, $0.value) }) == before.metrics)
            #expect(version.gates.map(\.name) == before.gates.map(\.name) && version.gates.map(\.detail) == before.gates.map(\.detail))
            #expect(version.gates.map(\.passed) == before.gates.map(\.passed))
        }
    }

    private func compare(_ alerts: [Alert], _ before: [StoredBefore.Said.Alert]) throws {
        #expect(alerts.map(\.id) == before.map(\.id))
        for (alert, before) in zip(alerts, before) {
            #expect(alert.deployment == before.deployment && alert.kind.rawValue == before.kind && alert.state.rawValue == before.state)
            #expect(alert.title == before.title && alert.note == before.note && alert.acknowledgedBy == before.acknowledgedBy)
        }
    }

    private func compare(_ jobs: [JobStatus], _ before: [StoredBefore.Said.Job]) throws {
        #expect(jobs.map(\.id) == before.map(\.id))
        for (job, before) in zip(jobs, before) {
            #expect(job.kind.rawValue == before.kind && job.deployment == before.deployment && job.state.rawValue == before.state)
            #expect(job.algorithm == before.algorithm && job.result == before.result && job.error == before.error)
        }
    }

    @Test("has every logged prediction with its truth, and every version answers them as it did", arguments: StoredBefore.formats)
    func answers(of format: Int) async throws {
        let said = try StoredBefore.said(of: format)
        try await StoredBefore.run(of: format) { harness in
            await harness.engine.restored()
            let engine = harness.engine
            guard case .predictions(let page) = await engine.history(.predictions(deployment: "delays", upTo: nil, limit: 200)).content
            else {
                throw EngineHarness.Missed(what: "predictions")
            }
            let found = Dictionary(uniqueKeysWithValues: page.rows.map { ($0.id, $0) })
            let classes = page.schema.target.classes
            for before in said.predictions {
                let id = try #require(RowID(before.id))
                let row = try #require(found[id])
                #expect(row.scores == [before.score] && "v\(row.version)" == before.version && row.clientID == before.clientId)
                #expect(row.label.map { classes[Int($0)] } == before.label)
            }
            #expect(found.count == said.predictions.count + 10)
            for (name, answer) in [("delays", said.probe.delays), ("online", said.probe.online), ("delays", said.odd.answer)] {
                let version = try #require(UInt32(answer.version))
                for (index, score) in (answer.outputs.first?.data ?? []).enumerated() {
                    let id = index == 0 ? answer.parameters.id : "\(answer.parameters.id).\(index)"
                    guard case .explanation(let told) = await engine.history(.explanation(deployment: name, id: id)).content else {
                        throw EngineHarness.Missed(what: "\(name) \(id)")
                    }
                    #expect(told.answers.first { $0.version == version }?.scores == [score])
                }
            }
        }
    }

    @Test(
        "learns on: a label of a prediction of that time is taken, and the next version has the next number",
        arguments: StoredBefore.formats)
    func goesOn(of format: Int) async throws {
        let said = try StoredBefore.said(of: format)
        try await StoredBefore.run(of: format) { harness in
            await harness.engine.restored()
            let unlabelled = try #require(said.predictions.first { $0.label == nil })
            let results = await harness.engine.acceptLabels([IncomingLabel(id: unlabelled.id, value: "yes")], deployment: "delays")
            #expect(try results.get() == [.accepted])
            let order = DeployOrder(
                name: "failed", path: EngineHarness.flights,
                options: ImportOptions(target: "late", positive: "yes", timeColumn: "time", until: EngineHarness.may),
                training: TrainingRequest(algorithm: "logistic"))
            try await harness.finished(try await harness.perform(.deploy(order)).job)
            #expect(try harness.status("failed").champion == 1)
            let job = try await harness.train(
                TrainOrder(deployment: "failed", path: EngineHarness.flights, training: TrainingRequest(algorithm: "logistic", seed: 5)))
            #expect(job.state == .done && job.id == 10)
            #expect(try harness.status("failed").versions.map(\.number) == [2, 1])
        }
    }
}
