import Foundation
import NIOCore
import Tabular
import Testing
import Workload

@Suite("Demo script") struct DemoScriptTests {
    @Test("each turn has a population shift, an upstream fault and a bad candidate, on deployments of the demo", arguments: [0, 1, 2, 7])
    func coversAll(_ turn: Int) {
        let script = DemoScript()
        var kinds: Set<String> = []
        for second in 0..<300 {
            for (name, incident) in script.phase(at: Double(turn * 300 + second) + 0.5) {
                #expect(SimulatedDeployment.all.contains { $0.name == name })
                switch incident {
                case .populationShift: kinds.insert("shift")
                case .upstreamFault(let feature, let share):
                    kinds.insert("fault")
                    #expect(share == 0.9)
                    #expect(SimulatedDeployment.all.contains { $0.name == name && $0.columns.contains { $0.name == feature } })
                case .badCandidate: kinds.insert("bad candidate")
                }
            }
        }
        #expect(kinds == ["shift", "fault", "bad candidate"])
    }

    @Test("the shift comes gradually, holds, and goes back")
    func shift() {
        func strength(_ time: Double) -> Double {
            for case .populationShift(let strength) in DemoScript().phase(at: time).values { return strength }
            return 0
        }
        #expect(strength(29) == 0 && strength(176) == 0)
        #expect(strength(37.5) == 0.5 && strength(100) == 1 && strength(167.5) == 0.5)
        var last = 0.0
        for time in 30..<45 {
            #expect(strength(Double(time)) >= last)
            last = strength(Double(time))
        }
    }

    @Test("a retraining policy stands behind each shift")
    func policies() {
        for turn in 0..<2 {
            for (name, incident) in DemoScript().phase(at: Double(turn) * 300 + 100) {
                guard case .populationShift = incident else { continue }
                let policy = SimulatedDeployment.all.first { $0.name == name }?.policy ?? ""
                #expect(policy.contains("automation = \"auto\"") && policy.contains("on_drift = true"))
            }
        }
    }

    @Test("orders come once each, however time is cut into pieces")
    func orders() {
        let script = DemoScript()
        let whole = script.orders(from: 0, until: 900)
        #expect(whole.count == 18)
        #expect(whole.map(\.atSeconds) == whole.map(\.atSeconds).sorted())
        #expect(whole.filter { if case .trainOnMixedUpLabels = $0.kind { true } else { false } }.map(\.atSeconds) == [255, 555, 855])
        var pieces: [DemoOrder] = []
        var time = 0.0
        while time < 900 {
            let next = min(900, time + 0.7)
            pieces += script.orders(from: time, until: next)
            time = next
        }
        #expect(pieces == whole)
    }

    @Test("speed makes incidents and orders follow each other faster")
    func speed() {
        let fast = DemoScript(speed: 3)
        for time in stride(from: 0.0, to: 600, by: 7) { #expect(fast.phase(at: time / 3) == DemoScript().phase(at: time)) }
        #expect(fast.orders(from: 0, until: 100).map(\.deployment) == DemoScript().orders(from: 0, until: 300).map(\.deployment))
    }

    @Test("times beyond measure do not trap", arguments: [-1, .nan, .infinity, -.infinity, 1e300])
    func strangeTimes(_ time: Double) {
        for speed in [1, .nan, 0, 1e9] {
            _ = DemoScript(speed: speed).phase(at: time)
            #expect(DemoScript(speed: speed).orders(from: time, until: time).isEmpty)
            #expect(DemoScript(speed: speed).orders(from: 0, until: time).count <= 24)
        }
    }
}

@Suite("Demo traffic") struct DemoTrafficTests {
    private static func metadata(_ name: String) -> String {
        guard let deployment = SimulatedDeployment.all.first(where: { $0.name == name }) else { return "{}" }
        let datatypes = ["numeric": "FP64", "integer": "INT64", "boolean": "BOOL", "categorical": "BYTES"]
        let inputs = deployment.columns.map {
            "{\"name\":\"\($0.name)\",\"datatype\":\"\(datatypes[$0.kind.rawValue] ?? "")\",\"parameters\":{\"kind\":\"\($0.kind.rawValue)\"}}"
        }
        let time = "{\"name\":\"time\",\"datatype\":\"BYTES\",\"parameters\":{\"kind\":\"time\",\"optional\":true}}"
        return "{\"name\":\"\(name)\",\"inputs\":[" + (inputs + [time]).joined(separator: ",") + "]}"
    }

    private static let answer: @Sendable (TestServer.Arrival) -> TestServer.Reply = { arrival in
        let parts = arrival.path.split(separator: "/").map(String.init)
        if arrival.path.hasSuffix("/labels") {
            let count = arrival.body.matches(of: /"id"/).count
            return .json(
                200, "{\"results\":[" + Array(repeating: #"{"id":"x","outcome":"accepted"}"#, count: count).joined(separator: ",") + "]}")
        }
        if arrival.method == "GET" { return .json(200, metadata(parts.last ?? "")) }
        return .inference(id: "p\(arrival.index)")
    }

    private static var quick: [SimulatedDeployment] {
        SimulatedDeployment.all.map { deployment in
            var deployment = deployment
            deployment.labelDelayMilliseconds = 50
            return deployment
        }
    }

    @Test("every deployment gets rows and, later, labels; a server that goes away and comes back is met again")
    func traffic() async throws {
        let names = Set(SimulatedDeployment.all.map(\.name))
        @Sendable func served(_ server: TestServer, _ part: String) -> Set<String> {
            Set(
                server.requests.filter { $0.path.hasSuffix(part) }.compactMap {
                    $0.path.split(separator: "/").dropFirst(2).first.map(String.init)
                })
        }
        let first = try await TestServer.start(Self.answer)
        let traffic = DemoTraffic(endpoint: Endpoint(host: "127.0.0.1", port: first.port), seed: 1, deployments: Self.quick)
        let run = Task { await traffic.run() }
        #expect(await eventually { served(first, "/infer") == names && served(first, "/labels") == names })
        await first.stop()
        await first.dropConnections()
        let second = try await TestServer.start(port: first.port, Self.answer)
        #expect(await eventually { served(second, "/infer") == names && served(second, "/labels") == names })
        #expect(await eventually { traffic.progress.count == names.count })
        run.cancel()
        await run.value
        await second.stop()
    }

    @Test("traffic without a server waits for it, and ends when it is told to")
    func noServer() async throws {
        let absent = try await TestServer.start(Self.answer)
        await absent.stop()
        let run = Task { await DemoTraffic(endpoint: Endpoint(host: "127.0.0.1", port: absent.port), seed: 1).run() }
        let server = try await TestServer.start(port: absent.port, Self.answer)
        #expect(await eventually { server.requests.contains { $0.path.hasSuffix("/infer") } })
        run.cancel()
        await run.value
        await server.stop()
    }
}
