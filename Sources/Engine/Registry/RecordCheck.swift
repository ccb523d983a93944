import Monitoring
public import Store

/// Reads everything that is stored of a registry, as an engine would, and tells what cannot be read.
///
/// Changes nothing, and may run beside an engine.
public enum RecordCheck {
    /// Versions of a deployment, the newest, whose reports and drift references are read as well.
    static let readArtefacts = 20
    /// Rows in one view.
    private static let page = 500

    /// What was found.
    public struct Findings: Sendable {
        /// Format and steps of the stores.
        public var standing: WorkspaceFormat.Standing
        /// Rows that were read.
        public var rows = 0
        /// Those of them that cannot be.
        public var damaged: [DamagedRecord] = []
    }

    /// Row by row: whether each can be read, adds up to its checksum, and says what the journal says.
    ///
    /// Complexity: reads every store whole.
    public static func run(storeDirectory directory: String) throws(StoreFailure) -> Findings {
        var findings = Findings(standing: try WorkspaceFormat.read(directory: directory))
        var walk = Walk(directory: directory)
        for name in ["control", "labels", "telemetry"] {
            walk.attempt(name, "file") { walk throws(StoreFailure) in
                walk.damaged += try StoreInspection.integrity(name, directory: directory).map {
                    DamagedRecord(file: "\(name).db", table: "file", key: "(all)", reason: $0)
                }
            }
        }
        walk.attempt("control", "journal") { walk throws(StoreFailure) in try walk.journal() }
        walk.attempt("control", "deployment") { walk throws(StoreFailure) in try walk.deployments() }
        walk.attempt("control", "freeze") { walk throws(StoreFailure) in try walk.freezes() }
        walk.attempt("control", "token") { walk throws(StoreFailure) in try walk.tokens() }
        walk.attempt("control", "alert") { walk throws(StoreFailure) in try walk.alerts() }
        walk.attempt("control", "job") { walk throws(StoreFailure) in try walk.jobs() }
        walk.attempt("control", "artefact") { walk throws(StoreFailure) in walk.take(try StoreInspection.artefacts(directory: directory)) }
        walk.attempt("labels", "label") { walk throws(StoreFailure) in
            walk.damaged += try StoreInspection.damagedLabels(directory: directory, limit: 1_000)
            walk.take(try StoreInspection.labels(directory: directory))
        }
        walk.attempt("telemetry", "block") { walk throws(StoreFailure) in walk.take(try StoreInspection.blocks(directory: directory)) }
        for name in ["control", "telemetry"] {
            walk.attempt(name, "rows") { walk throws(StoreFailure) in
                walk.damaged += try StoreInspection.damagedRows(name, directory: directory, limit: 1_000)
            }
        }
        findings.rows = walk.rows
        findings.damaged = walk.damaged
        return findings
    }

    private struct Walk {
        let directory: String
        var rows = 0
        var damaged: [DamagedRecord] = []
        /// What the journal says of each deployment.
        private var told: [String: JournalledState] = [:]
        private var frozen = JournalledFreezes()
        private var path = JournalPath()

        init(directory: String) { self.directory = directory }

        /// Takes a step; one that cannot be taken is a finding of its own, and the others go on.
        mutating func attempt(_ store: String, _ table: String, _ step: (inout Walk) throws(StoreFailure) -> Void) {
            do throws(StoreFailure) { try step(&self) } catch {
                damaged.append(DamagedRecord(file: "\(store).db", table: table, key: "(all)", reason: "\(error)"))
            }
        }

        /// Takes what a walk over a store has found.
        mutating func take<Place>(_ part: StorePart<Place>) {
            rows += part.rows
            damaged += part.damaged
        }

        private func read<T>(_ body: (ControlReader) throws -> T) throws(StoreFailure) -> T? {
            try StoreInspection.control(directory: directory, body)
        }

        private mutating func take<Record>(
            _ found: Salvage<Record>, _ check: (Record) throws(RecordFailure) -> Void, _ damage: (Record, RecordFailure) -> DamagedRecord
        ) {
            rows += found.records.count + found.damaged.count
            damaged += found.damaged
            for record in found.records {
                do throws(RecordFailure) { try check(record) } catch { damaged.append(damage(record, error)) }
            }
        }

        mutating func deployments() throws(StoreFailure) {
            guard let found = try read({ try $0.deployments() }) else { return }
            take(found, { record throws(RecordFailure) in _ = try DeploymentMemory(record) }, { DamagedRecord($0, "\($1)") })
            // One that cannot be read has been told of; it is not told of twice.
            for record in found.records where (try? DeploymentMemory(record)) != nil {
                damaged += told[record.name]?.differences(record) ?? []
            }
            let names = found.records.map(\.name) + found.damaged.compactMap(\.deployment)
            for name in names { try versions(of: name) }
            guard let policies = try read({ try $0.policies() }) else { return }
            for name in names { policy(of: name, policies) }
            // Under nobody's name.
            damaged += policies.damaged.subtracting(names).sorted().map { name in
                DamagedRecord(
                    file: "control.db", table: "policy", key: name, reason: "no deployment has this name, and its content is damaged")
            }
        }

        private mutating func versions(of name: String) throws(StoreFailure) {
            guard let found = try read({ try $0.versions(of: name) }) else { return }
            take(found, { record throws(RecordFailure) in _ = try VersionSummary(record) }, { DamagedRecord($0, $1) })
            for record in found.records.suffix(RecordCheck.readArtefacts) {
                for (hash, check) in [(record.profileHash, Self.profile), (record.reportHash, Self.report)] {
                    guard let hash else { continue }
                    rows += 1
                    do throws(RecordFailure) { try check(try bytes(hash)) } catch {
                        damaged.append(
                            DamagedRecord(
                                file: "control.db", table: "artefact", key: "\(hash.prefix(12)) of \(name) v\(record.number)",
                                deployment: name,
                                reason: "\(error)"))
                    }
                }
            }
        }

        private static func profile(_ bytes: [UInt8]) throws(RecordFailure) { _ = try ReferenceProfile(artefact: bytes) }
        private static func report(_ bytes: [UInt8]) throws(RecordFailure) {
            _ = try VersionReport(stored: String(decoding: bytes, as: UTF8.self))
        }

        private func bytes(_ hash: String) throws(RecordFailure) -> [UInt8] {
            do throws(StoreFailure) { return try read { try $0.artefact(hash) } ?? [] } catch {
                throw .unreadable("\(error)")
            }
        }

        private mutating func policy(of name: String, _ policies: StoredPolicies) {
            rows += 1
            var reason: String?
            do throws(StoreFailure) {
                if let text = try policies.text(of: name) {
                    do throws(WorkspaceFailure) {
                        _ = try Policy.parse(text, deployment: name)
                        // One that cannot be read has been told of; it is not told of twice.
                        reason = told[name]?.difference(policy: text)
                    } catch { reason = "\(error)" }
                }
            } catch { reason = "\(error)" }
            if let reason {
                damaged.append(DamagedRecord(file: "control.db", table: "policy", key: name, deployment: name, reason: reason))
            }
        }

        mutating func freezes() throws(StoreFailure) {
            guard let found = try read({ try $0.freezes() }) else { return }
            take(found, { record throws(RecordFailure) in _ = try Freeze(record) }, { DamagedRecord($0, $1) })
            let stored = found.records.compactMap { record in try? Freeze(record) }
            damaged += frozen.differences(stored, unreadable: stored.count < found.records.count + found.damaged.count)
        }

        mutating func tokens() throws(StoreFailure) {
            guard let found = try read({ try $0.tokens() }) else { return }
            take(found, { record throws(RecordFailure) in _ = try AccessToken(record) }, { DamagedRecord($0, $1) })
        }

        mutating func alerts() throws(StoreFailure) {
            guard let found = try read({ try $0.alerts(limit: .max) }) else { return }
            take(found, { record throws(RecordFailure) in _ = try Alert(record) }, { DamagedRecord($0, $1) })
        }

        mutating func jobs() throws(StoreFailure) {
            var before: Int64?
            while let (found, oldest) = try read({ try $0.jobPage(limit: RecordCheck.page, before: before) }) {
                take(
                    found,
                    { record throws(RecordFailure) in
                        guard JobState(rawValue: record.state) != nil else { throw .unreadable("state \(record.state) is not known here") }
                        _ = try JobPayload(stored: record.payload)
                    }, { DamagedRecord($0, $1) })
                guard let oldest else { return }
                before = oldest
            }
        }

        /// Takes a row of the journal; one that returned to an earlier row undoes what those in between have said.
        private mutating func follow(_ row: JournalRow) throws(StoreFailure) {
            path.follow(row)
            if let target = JournalPath.target(row) {
                told = [:]
                frozen = JournalledFreezes()
                for stretch in path.stretches(upTo: target) {
                    var after = stretch.lowerBound - 1
                    while after < stretch.upperBound,
                        let page = try read({ try $0.journal(following: after, limit: RecordCheck.page, deployment: nil) }),
                        let last = page.last
                    {
                        for row in page where stretch.contains(row.sequence) { take(row) }
                        after = last.sequence
                    }
                }
            }
            take(row)
        }

        private mutating func take(_ row: JournalRow) {
            JournalledState.follow(row, in: &told)
            frozen.follow(row)
        }

        mutating func journal() throws(StoreFailure) {
            var after: Int64 = 0
            while let page = try read({ try $0.journal(following: after, limit: RecordCheck.page, deployment: nil) }), let last = page.last
            {
                rows += page.count
                for row in page { try follow(row) }
                damaged += page.filter { $0.entry.verb == JournalRow.unreadableVerb }.map {
                    DamagedRecord(
                        file: "control.db", table: "journal", key: "\($0.sequence)", deployment: $0.entry.deployment,
                        reason: $0.entry.summary)
                }
                after = last.sequence
            }
            if let verdict = try StoreInspection.chain(directory: directory), let bad = verdict.firstBad {
                // The chain says it of the same row.
                damaged.removeAll { $0.table == "journal" && $0.key == "\(bad)" && $0.reason.contains(JournalRow.mismatch) }
                damaged.append(
                    DamagedRecord(
                        file: "control.db", table: "journal", key: "\(bad)", reason: "the chain: \(verdict.problem ?? "it is wrong")"))
            }
        }
    }
}
