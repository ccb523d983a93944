import Foundation
import Testing

/// `make soak`: an hour at half load with everything that goes on in a working engine; nothing grows beyond its bound.
@Suite("Soak", .serialized)
struct SoakTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let minutes = environment["FLYBALL_SOAK"].flatMap { Double($0) } ?? 60

    @Test(
        "at half load with labels, drift, trainings, online learning and three screens nothing grows beyond its bound",
        .enabled(if: environment["FLYBALL_SOAK"] != nil))
    func soak() async throws {
        try await ConsoleRig.with(configuration: "[monitoring]\nwindow_rows = 1000\nwindow = \"10s\"\n", isTrained: false) { rig in
            try await Self.deploy(rig)
            let server = try CLIChild(
                ConsoleRig.product, ["serve", "--listen", "127.0.0.1:0"], environment: rig.environment)
            defer { server.kill() }
            let address = String(try await server.line { $0.hasPrefix("listening on ") }.dropFirst("listening on ".count))
            for _ in 0..<3 {
                let terminal = try await rig.terminal(width: 120, height: 40)
                try await terminal.enter("\(ConsoleRig.product) attach")
                try await terminal.wait(for: "DEPLOYMENT")
            }
            let rate = try await Self.halfOfWhatItTakes(address)
            let load = try SoakLoad(address: address, deployments: ["flights", "stream"])
            async let traffic: Void = load.run(rate: rate)
            let series = try await Self.watch(rig, server.pid, load)
            load.stop()
            await traffic
            let bounds = SoakBound.all(series)
            let counts = load.counts
            let jobs = try await rig.done(["jobs", "--json"])
            let versions = try await rig.done(["versions", "stream", "--json"])
            print(
                """

                soak: \(Self.minutes) minutes at \(Int(rate)) requests a second: \(counts.answered) answers, \(counts.failed) failed, \
                \(counts.labels) labels, \(counts.refusedLabels) refused, \(jobs.components(separatedBy: "\"done\"").count - 1) jobs done, \
                \(versions.components(separatedBy: "policy:online").count - 1) of the newest versions learnt online
                \(SoakBound.table(bounds))
                """)
            #expect(counts.failed == 0 && counts.refusedLabels == 0, "\(counts)")
            for bound in bounds { #expect(bound.holds, "\(bound.name): \(bound.found) \(bound.unit), at most \(bound.bound)") }
            #expect(try await rig.done(["journal", "verify", "--json"]).contains("\"intact\":true"))
        }
    }

    private static func deploy(_ rig: ConsoleRig) async throws {
        for (name, algorithm, policy) in [
            (
                "flights", "boosted-trees",
                "automation = \"auto\"\n[retrain]\non_drift = true\nevery = \"4m\"\ncooldown = \"1m\"\nwindow = \"10m\"\n"
            ),
            (
                "stream", "online-logistic",
                "automation = \"auto\"\n[retrain]\non_drift = false\n[online]\nafter_labels = 5000\nevery = \"2m\"\n"
            ),
        ] {
            try await rig.done([
                "deploy", name, "--data", CLIRig.flights, "--target", "late", "--positive", "yes", "--time", "time", "--zone",
                "America/New_York", "--exclude", "dep_delay", "--until", "2013-04-01", "--algorithm", algorithm, "--wait",
            ])
            let path = rig.directory + "/\(name).toml"
            try policy.write(toFile: path, atomically: true, encoding: .utf8)
            try await rig.done(["policy", "apply", name, path])
        }
    }

    /// Requests a second, half of those that are answered when nobody waits.
    private static func halfOfWhatItTakes(_ address: String) async throws -> Double {
        let load = try SoakLoad(address: address, deployments: ["flights", "stream"])
        async let traffic: Void = load.run(rate: nil)
        try await Task.sleep(for: .seconds(5))
        load.stop()
        await traffic
        return Double(load.counts.answered) / 5 / 2
    }

    /// Looks every ten seconds; the population moves for two minutes of every five.
    private static func watch(_ rig: ConsoleRig, _ pid: pid_t, _ load: SoakLoad) async throws -> SoakSeries {
        var series = SoakSeries()
        let started = ContinuousClock.now
        while true {
            let minutes = (ContinuousClock.now - started) / .seconds(60)
            load.shift(minutes.truncatingRemainder(dividingBy: 5) >= 3)
            series.look(pid, rig.workspace, minutes: minutes, predictions: load.counts.answered)
            if minutes >= self.minutes { return series }
            try await Task.sleep(for: .seconds(min(10, max(1, 60 * (self.minutes - minutes)))))
        }
    }
}
