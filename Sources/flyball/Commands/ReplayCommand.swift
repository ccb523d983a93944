import ArgumentParser
import Engine
import Foundation
import Tabular
import Workload

/// The verb `replay`.
struct ReplayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Send a file's rows to the running engine as a client would, with their labels later.",
        discussion: """
            Target and excluded columns are left out; times without an offset stand in the deployment's zone. Without --rate as fast as the \
            server answers. Where requests need a token, it is taken from $FLYBALL_TOKEN. An engine of this workspace that speaks TLS is known \
            by the certificate that flyball.toml names; another server by the system's authorities, or by --ca. Exit status 1 when a request failed.

            flyball replay flight-delay --data flights-2013.csv.gz --from 2013-04-01 --rate 500 --labels --label-delay 5s
            flyball replay flight-delay --data rows.csv --to 127.0.0.1:8080 --rate 50 --loop
            flyball replay flight-delay --data rows.csv --to https://models.example:8443 --ca authority.pem
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The deployment.") var name: String
    @Option(help: ArgumentHelp(DataHelp.text("The rows"), valueName: "file"), completion: .file()) var data: [String]
    @OptionGroup var dialect: DialectOptions
    @Option(help: ArgumentHelp("Rows from this time on.", valueName: "time")) var from: String?
    @Option(help: ArgumentHelp("Rows before this time.", valueName: "time")) var until: String?
    @Option(help: ArgumentHelp("Requests a second.", valueName: "n")) var rate: Double?
    @Option(help: ArgumentHelp("Connections.", valueName: "n")) var connections = 8
    @Option(help: ArgumentHelp("Requests at most.", valueName: "n")) var limit: Int?
    @Option(help: ArgumentHelp("The server, when it is not this workspace's engine.", valueName: "host:port")) var to: String?
    @OptionGroup var tls: TLSOptions
    @Flag(help: "Send the target column's values as labels.") var labels = false
    @Option(help: ArgumentHelp("How long after its answer a label follows.", valueName: "duration")) var labelDelay: DurationArgument?
    @Flag(help: "Begin again at the file's end, until interrupted.") var loop = false
    @OptionGroup var json: JSONOption

    func validate() throws {
        if let rate {
            guard rate.isFinite, rate > 0, rate <= 1e6 else { throw ValidationError("--rate is more than 0 and at most 1000000") }
        }
        guard (1...1_024).contains(connections) else { throw ValidationError("--connections is 1 to 1024") }
        if let limit { guard limit > 0 else { throw ValidationError("--limit is at least 1") } }
        if labelDelay != nil, !labels { throw ValidationError("--label-delay needs --labels") }
    }

    func run() async throws {
        let options = ReplayOptions(
            deployment: name, endpoint: try await endpoint(), path: try dialect.reference(data), from: from, until: until, rate: rate,
            connections: connections, sendsLabels: labels, labelDelayMilliseconds: labelDelay?.milliseconds ?? 0, loops: loop, limit: limit)
        let show = ReplayProgress()
        let work = Task { () throws(WorkloadFailure) in try await Replay.run(options: options) { show.update($0) } }
        // The first interrupt ends the run and prints what there is; the second ends the process.
        let shutdown = Shutdown { work.cancel() }
        let report = try await work.value
        withExtendedLifetime(shutdown) {}
        show.end()
        if json.isJSON { try Output.json(report) } else { for line in Self.text(report) { try Output.line(line) } }
        if report.failed > 0 || report.labelsFailed > 0 { throw CommandFailure(Self.complaint(report)) }
    }

    /// Where to send, with the token that the environment gives: in an argument every account of the machine would read it.
    private func endpoint() async throws -> Endpoint {
        var endpoint = try await address()
        endpoint.token = ProcessInfo.processInfo.environment["FLYBALL_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        return endpoint
    }

    private func address() async throws -> Endpoint {
        if let to {
            guard let endpoint = Endpoint(to) else {
                throw CommandFailure.usage("not an address: --to \(SafeText.escape(to)): write HOST:PORT or https://HOST:PORT")
            }
            return try tls.applied(to: endpoint, pinned: nil)
        }
        let engine = try await Session.running(place).engine()
        guard let http = engine.http, let endpoint = Endpoint((engine.speaksTLS == true ? "https://" : "") + http) else {
            throw CommandFailure("the engine has no HTTP listener: \(SafeText.escape(place.path)): start `flyball serve`")
        }
        return try tls.applied(to: endpoint, pinned: TLSOptions.certificate(of: place.path))
    }

    private static func text(_ report: ReplayReport) -> [String] {
        func list(_ counts: [String: Int]) -> String {
            counts.isEmpty
                ? "none" : counts.sorted { $0.key < $1.key }.map { "\(SafeText.escape($0.key)) \($0.value)" }.joined(separator: ", ")
        }
        var lines = [
            "requests  \(report.requests) in \(FigureTexts.one(report.elapsedSeconds)) s, \(FigureTexts.one(report.requestsPerSecond)) a second",
            "failed    \(report.failed)",
            "statuses  \(list(report.statusCounts))",
            "latency   p50 \(FigureTexts.milliseconds(report.p50Microseconds / 1_000)), p99 \(FigureTexts.milliseconds(report.p99Microseconds / 1_000))",
            "versions  \(list(report.versions))",
        ]
        if !report.labelOutcomes.isEmpty || report.labelsWaiting > 0 || report.labelsFailed > 0 {
            lines.append("labels    \(report.labelsAccepted) accepted (\(list(report.labelOutcomes))), \(report.labelsFailed) failed")
        }
        if report.interrupted { lines.append("interrupted: \(report.labelsWaiting) labels were not sent") }
        return lines
    }

    private static func complaint(_ report: ReplayReport) -> String {
        let what =
            report.failed > 0 ? "\(report.failed) of \(report.requests) requests failed" : "\(report.labelsFailed) labels were not taken"
        return "\(what): \(SafeText.escape(report.firstError ?? "see the statuses")): see `flyball status`"
    }
}
