import Engine
import Learning
import Monitoring
import Tabular

/// The metrics in Prometheus' text format 0.0.4, or OpenMetrics 1.0.
///
/// Bounded: labels are deployment names, columns of their schemas, outcomes and lights only, never anything that a client sends.
enum MetricsText {
    enum Kind: String {
        case counter
        case gauge
        case histogram
    }

    static func render(_ snapshot: Snapshot, totals: Reports.Totals, openMetrics: Bool) -> String {
        var text = ""
        var page = Page(openMetrics: openMetrics)
        engine(snapshot, totals, &page)
        requests(snapshot, totals, &page)
        arms(snapshot, totals, &page)
        deployments(snapshot, &page)
        text = page.text
        return openMetrics ? text + "# EOF\n" : text
    }

    private static func engine(_ snapshot: Snapshot, _ totals: Reports.Totals, _ page: inout Page) {
        let http = totals.http
        page.family("flyball_up", .gauge, "1 while the engine runs") { [("", 1)] }
        page.family("flyball_start_time_seconds", .gauge, "Start of the engine, Unix time") {
            [("", Double(snapshot.engine.startedAt) / 1_000)]
        }
        page.family("flyball_resident_memory_bytes", .gauge, "Resident memory") { [("", Double(snapshot.system.residentBytes))] }
        page.family("flyball_degraded", .gauge, "1 while a store refuses writes") { [("", snapshot.engine.degraded == nil ? 0 : 1)] }
        page.family("flyball_stands_still", .gauge, "1 for each part of the engine that gives no sign of life") {
            (snapshot.engine.standstills ?? []).map { ("{part=\"\($0.name)\"}", 1) }
        }
        backups(snapshot, &page)
        bounds(snapshot, &page)
        page.family("flyball_http_answers", .counter, "HTTP answers by class of status") {
            [
                ("{class=\"2xx\"}", Double(http.successes)), ("{class=\"4xx\"}", Double(http.clientErrors)),
                ("{class=\"5xx\"}", Double(http.serverErrors)),
            ]
        }
        page.family("flyball_http_shed", .counter, "Requests answered with 503 because too many were waiting") { [("", Double(http.shed))] }
        page.family("flyball_http_connections", .gauge, "Open connections") { [("", Double(http.open))] }
        if let grpc = totals.grpc {
            page.family("flyball_grpc_answers", .counter, "gRPC answers by code") {
                grpc.answers.sorted { $0.key < $1.key }.map { ("{code=\"\($0.key)\"}", Double($0.value)) }
            }
            page.family("flyball_grpc_shed", .counter, "gRPC calls refused because too much was waiting") { [("", Double(grpc.shed))] }
            page.family("flyball_grpc_connections", .gauge, "Open gRPC connections") { [("", Double(grpc.open))] }
        }
        if let certificate = snapshot.system.access.certificate {
            page.family("flyball_tls_certificate_expiry_seconds", .gauge, "When the certificate's time is over, Unix time") {
                [("", Double(certificate.expiresAt) / 1_000)]
            }
            page.family("flyball_tls_failed_handshakes", .counter, "TLS handshakes that came to nothing") {
                [("", Double(http.failedHandshakes))]
            }
        }
        page.family("flyball_refused_attempts", .counter, "Attempts that were refused for want of a right since start, by reason") {
            AccessRefusal.Reason.allCases.map { ("{reason=\"\($0.word)\"}", Double(snapshot.system.access.refused[$0.word] ?? 0)) }
        }
        page.family("flyball_alerts", .gauge, "Alerts by state") {
            [AlertState.firing, .acknowledged].map { state in
                ("{state=\"\(state.rawValue)\"}", Double(snapshot.alerts.count { $0.state == state }))
            }
        }
        page.family("flyball_jobs", .gauge, "Open jobs by state") {
            [JobState.queued, .running].map { state in ("{state=\"\(state.rawValue)\"}", Double(snapshot.jobs.count { $0.state == state }))
            }
        }
    }

    private static func backups(_ snapshot: Snapshot, _ page: inout Page) {
        let status = snapshot.system.backup
        page.family("flyball_backup_light", .gauge, "Backups: 0 ok, 1 unknown, 2 warn, 3 alert") {
            [("", level(status.light(at: snapshot.asOf)))]
        }
        page.family("flyball_backup_running", .gauge, "1 while a backup is being made or tried") { [("", status.running == nil ? 0 : 1)] }
        page.family("flyball_backup_time_seconds", .gauge, "The moment that the newest good backup holds, Unix time") {
            status.last.map { [("", Double($0.at) / 1_000)] } ?? []
        }
        page.family("flyball_backup_age_seconds", .gauge, "Age of the newest good backup") {
            status.last.map { [("", Double(max(0, snapshot.asOf - $0.at)) / 1_000)] } ?? []
        }
        page.family("flyball_backup_bytes", .gauge, "Bytes of the workspace in the newest good backup") {
            status.last.map { [("", Double($0.bytes))] } ?? []
        }
        page.family("flyball_backup_drill_passed", .gauge, "1 when the newest restore drill was passed, 0 when not") {
            status.drill.map { [("", $0.failure == nil ? 1 : 0)] } ?? []
        }
    }

    private static func requests(_ snapshot: Snapshot, _ totals: Reports.Totals, _ page: inout Page) {
        let names = snapshot.deployments.map(\.name)
        page.family("flyball_requests", .counter, "Inference requests since start, by outcome") {
            names.flatMap { name -> [(String, Double)] in
                let lane = totals.deployments[name] ?? LaneTotals()
                return [("answered", lane.answered), ("rejected", lane.rejected), ("refused", lane.refused), ("failed", lane.failed)]
                    .map { (labels(name, "outcome", $0.0), Double($0.1)) }
            }
        }
        page.family("flyball_rows", .counter, "Rows scored since start") {
            names.map { (labels($0), Double(totals.deployments[$0]?.rows ?? 0)) }
        }
        page.family("flyball_unlogged_rows", .counter, "Rows answered but not logged, since start") {
            names.map { (labels($0), Double(totals.deployments[$0]?.unlogged ?? 0)) }
        }
        page.family("flyball_inference_seconds", .histogram, "Time from a decoded request to its scores, since start") {
            names.flatMap { durations($0, totals.durations[$0] ?? DurationBuckets()) }
        }
    }

    private static func arms(_ snapshot: Snapshot, _ totals: Reports.Totals, _ page: inout Page) {
        let counts = snapshot.deployments.flatMap { status in
            (totals.arms[status.name] ?? [:]).sorted { $0.key < $1.key }.map { (name: status.name, arm: $0.key, counts: $0.value) }
        }
        page.family(
            "flyball_arm_requests", .counter,
            "Requests since start, by arm and outcome; failed ones of challengers were answered by the champion"
        ) {
            counts.flatMap { entry in
                [("answered", entry.counts.answered), ("failed", entry.counts.failed)].map {
                    (labels(entry.name, "arm", entry.arm, "outcome", $0.0), Double($0.1))
                }
            }
        }
        page.family("flyball_arm_dropped_rows", .counter, "Rows that a shadow did not score, since its queue was full, since start") {
            counts.filter { $0.arm == Arm.shadow.word }.map { (labels($0.name), Double($0.counts.dropped)) }
        }
        page.family(
            "flyball_arm_inference_seconds", .histogram, "Time from a decoded request to its scores, by arm; of a shadow, time of scoring"
        ) {
            counts.flatMap { durations($0.name, $0.counts.durations, "arm", $0.arm) }
        }
        page.family("flyball_arm_share", .gauge, "Part of the traffic that was asked for, 0 to 1, by arm") {
            snapshot.deployments.flatMap { status in
                status.arms.filter { $0.role != .lastGood && $0.role != .loaded }.map {
                    (labels(status.name, "arm", $0.role.rawValue, "version", "\($0.version)"), $0.share)
                }
            }
        }
        let challengers = snapshot.deployments.flatMap { status in (status.challengers ?? []).map { (name: status.name, status: $0) } }
        page.family(
            "flyball_arm_quality", .gauge,
            "What labels say of a challenger's answers beside the champion's, of the same time, by version and figure"
        ) {
            challengers.flatMap { entry -> [(String, Double)] in
                guard let quality = entry.status.quality else { return [] }
                let version = "\(entry.status.challenger.version)"
                return [("challenger", quality.figure.second), ("champion", quality.figure.first)].map {
                    (labels(entry.name, [("version", version), ("figure", escaped(quality.figure.name)), ("of", $0.0)]), $0.1)
                }
            }
        }
        page.family("flyball_arm_drift", .gauge, "1 while a challenger's last window of inputs is unlike its own training, by version") {
            challengers.compactMap { entry in
                entry.status.drift.map {
                    (labels(entry.name, "version", "\(entry.status.challenger.version)"), $0.state == .drift ? 1 : 0)
                }
            }
        }
    }

    private static func deployments(_ snapshot: Snapshot, _ page: inout Page) {
        let all = snapshot.deployments
        page.family("flyball_champion_version", .gauge, "Number of the version that answers") {
            all.compactMap { status in status.champion.map { (labels(status.name), Double($0)) } }
        }
        page.family("flyball_live", .gauge, "1 while the deployment answers") { all.map { (labels($0.name), $0.state == .live ? 1 : 0) } }
        page.family("flyball_mean_score", .gauge, "Mean score of the last minute") {
            all.compactMap { status in status.meanScore.map { (labels(status.name), $0) } }
        }
        page.family("flyball_category_fill", .gauge, "How full the dictionary of the fullest categorical column is, 0 to 1") {
            all.compactMap { status in
                status.categories.map { (labels(status.name, "column", escaped($0.feature)), $0.share) }
            }
        }
        page.family("flyball_category_other", .counter, "Values of that column that came as other for want of room, since start") {
            all.compactMap { status in
                status.categories.map { (labels(status.name, "column", escaped($0.feature)), Double($0.turnedAway)) }
            }
        }
        page.family("flyball_drift_psi", .gauge, "PSI of the worst feature in the last window") {
            all.compactMap { status in status.drift?.worst.map { (labels(status.name), $0.psi) } }
        }
        page.family("flyball_health", .gauge, "Light: 0 ok, 1 unknown, 2 warn, 3 alert") {
            all.flatMap { status in
                [
                    ("service", status.health.service), ("data", status.health.data), ("quality", status.health.quality),
                    ("freshness", status.health.freshness),
                ].map { (labels(status.name, "light", $0.0), level($0.1)) }
            }
        }
        page.family("flyball_labels", .counter, "Labels by what became of them, since the deployment's creation") {
            all.flatMap { status in
                [
                    ("accepted", status.labels.accepted), ("duplicate", status.labels.duplicate), ("conflict", status.labels.conflict),
                    ("corrected", status.labels.corrected), ("unknown", status.labels.unknown),
                ].map { (labels(status.name, "outcome", $0.0), Double($0.1)) }
            }
        }
        refusedLabels(all, &page)
        online(all, &page)
    }

    private static func online(_ all: [DeploymentStatus], _ page: inout Page) {
        let learning = all.compactMap { status in status.online.map { (status.name, $0) } }
        guard !learning.isEmpty else { return }
        page.family("flyball_online_labels_learnt", .gauge, "Labels that the learner has learnt since the version that it goes on from") {
            learning.map { (labels($0), Double($1.learnt)) }
        }
        page.family("flyball_online_answers_live", .gauge, "1 while the learner itself answers, 0 while a version at rest does") {
            learning.map { (labels($0), $1.answering == nil ? 0 : 1) }
        }
        page.family("flyball_online_live_stopped", .gauge, "1 while the guards keep the learner from answering") {
            learning.map { (labels($0), $1.stopped == nil ? 0 : 1) }
        }
        // Versions by their role, not by their number: labels stay few.
        page.family("flyball_online_loss", .gauge, "Mean loss on the latest labels: the learner as it answered, versions at rest") {
            learning.flatMap { name, online in
                (online.sides ?? []).enumerated().map { index, side in
                    let role = index == 0 ? "live" : index == (online.sides?.count ?? 0) - 1 ? "champion" : "latest"
                    return (labels(name, "side", role), side.loss)
                }
            }
        }
    }

    private static func refusedLabels(_ all: [DeploymentStatus], _ page: inout Page) {
        page.family("flyball_labels_refused", .counter, "Labels refused for their value since start, by reason") {
            all.flatMap { status in
                TargetRefusal.allCases.map { reason in
                    (labels(status.name, "reason", reason.rawValue), Double(status.labels.refused[reason.rawValue] ?? 0))
                }
            }
        }
    }

    private static func durations(
        _ name: String, _ buckets: DurationBuckets, _ label: String? = nil, _ value: String = ""
    ) -> [(String, Double)] {
        let bounds = DurationBuckets.boundsMicroseconds.map { (Double($0) / 1e6).description } + ["+Inf"]
        return zip(bounds, buckets.counts + [buckets.count]).map { bound, count in
            ("_bucket" + labels(name, "le", bound, label, value), Double(count))
        } + [("_sum" + labels(name, label, value), buckets.seconds), ("_count" + labels(name, label, value), Double(buckets.count))]
    }

    private static func level(_ light: Light) -> Double {
        switch light {
        case .ok: 0
        case .unknown: 1
        case .warn: 2
        case .alert: 3
        }
    }

    /// A column's name as a label's value.
    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.append(character)
            }
        }
    }

    /// Deployment names follow a grammar that needs no escaping; columns are escaped; everything else here is ours.
    private static func labels(
        _ deployment: String, _ name: String? = nil, _ value: String = "", _ other: String? = nil, _ its: String = ""
    ) -> String {
        labels(deployment, [(name, value), (other, its)].compactMap { pair in pair.0.map { ($0, pair.1) } })
    }

    private static func labels(_ deployment: String, _ others: [(String, String)]) -> String {
        "{deployment=\"\(deployment)\"" + others.map { ",\($0.0)=\"\($0.1)\"" }.joined() + "}"
    }

    struct Page {
        let openMetrics: Bool
        var text = ""

        mutating func family(_ name: String, _ kind: Kind, _ help: String, samples: () -> [(String, Double)]) {
            // 0.0.4 names a counter's family as its samples; OpenMetrics leaves `_total` to the samples.
            let sample = kind == .counter ? name + "_total" : name
            let family = openMetrics ? name : sample
            text += "# HELP \(family) \(help)\n# TYPE \(family) \(kind.rawValue)\n"
            for (labels, value) in samples() where value.isFinite { text += "\(sample)\(labels) \(number(value))\n" }
        }

        private func number(_ value: Double) -> String { Int64(exactly: value).map { String($0) } ?? value.description }
    }
}
