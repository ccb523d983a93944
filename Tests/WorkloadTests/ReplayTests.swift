import Foundation
import NIOCore
import Synchronization
import Testing
import Workload

/// A stand-in for an engine: metadata, answers, labels by the first value per id.
private final class FakeEngine: Sendable {
    final class Labels: Sendable {
        let values = Mutex<[String: String]>([:])
    }

    private final class Calls: Sendable {
        let count = Mutex(0)
    }

    let server: TestServer
    private let labels: Labels

    private init(server: TestServer, labels: Labels) {
        self.server = server
        self.labels = labels
    }

    /// The labels that stand.
    var standing: [String: String] { labels.values.withLock { $0 } }

    var options: ReplayOptions {
        ReplayOptions(deployment: "flight-delay", endpoint: Endpoint(host: "127.0.0.1", port: server.port), path: "", connections: 2)
    }

    static func start(
        metadata: String = ModelMetadataTests.flights, labelReply: @escaping @Sendable (Int) -> TestServer.Reply? = { _ in nil }
    )
        async throws -> FakeEngine
    {
        struct Batch: Decodable {
            struct Label: Decodable {
                var id: String
                var value: String
            }
            var labels: [Label]
        }
        let labels = Labels()
        let labelCalls = Calls()
        let server = try await TestServer.start { arrival in
            switch arrival.path {
            case "/v2/models/flight-delay": return .json(200, metadata)
            case "/v2/models/flight-delay/infer": return .inference(id: "p\(arrival.index)", version: 3)
            case "/v1/deployments/flight-delay/labels":
                let call = labelCalls.count.withLock { count in
                    count += 1
                    return count - 1
                }
                if let reply = labelReply(call) { return reply }
                guard let batch = try? JSONDecoder().decode(Batch.self, from: Data(arrival.body.utf8)) else { return .json(400, "{}") }
                let results = batch.labels.map { label in
                    let outcome = labels.values.withLock { $0.updateValue(label.value, forKey: label.id) == nil ? "accepted" : "duplicate" }
                    return "{\"id\":\"\(label.id)\",\"outcome\":\"\(outcome)\"}"
                }
                return .json(200, "{\"results\":[" + results.joined(separator: ",") + "]}")
            default: return .json(404, #"{"error":"no such model: did you mean flight-delay?"}"#)
            }
        }
        return FakeEngine(server: server, labels: labels)
    }

    var inferences: [TestServer.Arrival] { server.requests.filter { $0.path.hasSuffix("/infer") } }
}

@Suite("Replay") struct ReplayTests {
    private static let csv = """
        time,carrier,distance,temp,holiday,dep_delay,late
        2013-03-31T23:30:00,UA,1400,39.02,no,2,no
        2013-04-01T00:00:00,"A,A",1089,,yes,9,yes
        2013-04-01T06:00:00,B6,1576.5,NA,false,,yes
        2013-04-02T06:00:00,,762,4e1,1,1,
        2013-04-03T00:00:00,DL,762,40,0,1,no

        """

    private static func replay(
        _ engine: FakeEngine, _ csv: String = csv, change: (inout ReplayOptions) -> Void = { _ in }
    ) async throws -> ReplayReport {
        let folder = try ScratchFolder()
        var options = engine.options
        options.path = try folder.write(csv)
        options.connections = 1
        change(&options)
        return try await Replay.run(options: options)
    }

    @Test("rows become one tensor for each input, gaps null, the target and other columns left out")
    func bodies() async throws {
        let engine = try await FakeEngine.start()
        let report = try await Self.replay(engine)
        #expect(report.requests == 5 && report.failed == 0 && report.versions == ["v3": 5] && report.labelsAccepted == 0)
        func tensor(_ name: String, _ datatype: String, _ data: String) -> String {
            #"{"name":"\#(name)","shape":[1,1],"datatype":"\#(datatype)","data":[\#(data)]}"#
        }
        func body(_ tensors: String...) -> String { #"{"inputs":["# + tensors.joined(separator: ",") + "]}" }
        // New York is four hours behind UTC on these days.
        #expect(
            engine.inferences.map(\.body) == [
                body(
                    tensor("carrier", "BYTES", #""UA""#), tensor("distance", "INT64", "1400"), tensor("temp", "FP64", "39.02"),
                    tensor("holiday", "BOOL", "false"), tensor("time", "BYTES", #""2013-04-01T03:30:00Z""#)),
                body(
                    tensor("carrier", "BYTES", #""A,A""#), tensor("distance", "INT64", "1089"), tensor("temp", "FP64", "null"),
                    tensor("holiday", "BOOL", "true"), tensor("time", "BYTES", #""2013-04-01T04:00:00Z""#)),
                body(
                    tensor("carrier", "BYTES", #""B6""#), tensor("distance", "FP64", "1576.5"), tensor("temp", "FP64", "null"),
                    tensor("holiday", "BOOL", "false"), tensor("time", "BYTES", #""2013-04-01T10:00:00Z""#)),
                body(
                    tensor("carrier", "BYTES", "null"), tensor("distance", "INT64", "762"), tensor("temp", "FP64", "40"),
                    tensor("holiday", "BOOL", "true"), tensor("time", "BYTES", #""2013-04-02T10:00:00Z""#)),
                body(
                    tensor("carrier", "BYTES", #""DL""#), tensor("distance", "INT64", "762"), tensor("temp", "FP64", "40"),
                    tensor("holiday", "BOOL", "false"), tensor("time", "BYTES", #""2013-04-03T04:00:00Z""#)),
            ])
        await engine.server.stop()
    }

    @Test("the window is read in the deployment's zone: from inclusive, until exclusive")
    func window() async throws {
        let engine = try await FakeEngine.start()
        let report = try await Self.replay(engine) {
            $0.from = "2013-04-01"
            $0.until = "2013-04-03"
        }
        #expect(report.requests == 3)
        let utc = try await Self.replay(engine) { $0.from = "2013-04-03T04:00:00Z" }
        #expect(utc.requests == 1)
        await engine.server.stop()
    }

    @Test("in a file in time order the second of two equal local hours is the later, in every turn of the file")
    func equalHours() async throws {
        let engine = try await FakeEngine.start()
        // Clocks in New York went back on 2013-11-03 at 02:00: 01:00 came at 05:00 UTC and at 06:00 UTC.
        let hours = ["00:00", "01:00", "01:00", "02:00"].map { "2013-11-03T\($0):00,UA,1,1,no,1,no\n" }
        let report = try await Self.replay(engine, "time,carrier,distance,temp,holiday,dep_delay,late\n" + hours.joined()) {
            $0.loops = true
            $0.limit = 8
        }
        #expect(report.requests == 8 && report.failed == 0)
        for (index, inference) in engine.inferences.enumerated() {
            #expect(inference.body.contains("2013-11-03T0\(4 + index % 4):00:00Z"), "request \(index): \(inference.body)")
        }
        await engine.server.stop()
    }

    @Test("labels follow with the ids of their answers; a row whose truth is missing gets none")
    func labels() async throws {
        let engine = try await FakeEngine.start()
        let report = try await Self.replay(engine) {
            $0.sendsLabels = true
            $0.labelDelayMilliseconds = 50
        }
        #expect(report.requests == 5 && report.labelsAccepted == 4 && report.labelOutcomes == ["accepted": 4])
        #expect(report.labelsFailed == 0 && report.labelsWaiting == 0)
        let ids = engine.inferences.map { "p\($0.index)" }
        #expect(engine.standing == [ids[0]: "no", ids[1]: "yes", ids[2]: "yes", ids[4]: "no"])
        await engine.server.stop()
    }

    @Test("a label batch that gets no answer is sent again, and duplicates count as taken")
    func labelRetries() async throws {
        let engine = try await FakeEngine.start { call in
            switch call {
            case 0: .close
            case 1: .json(503, #"{"error":"busy"}"#)
            default: nil
            }
        }
        let report = try await Self.replay(engine) { $0.sendsLabels = true }
        #expect(report.labelsAccepted == 4 && report.labelsFailed == 0)
        await engine.server.stop()
    }

    @Test("labels that the server refuses are counted as failed, with its reason")
    func labelRefusal() async throws {
        let engine = try await FakeEngine.start { _ in .json(403, #"{"error":"a token is needed"}"#) }
        let report = try await Self.replay(engine) { $0.sendsLabels = true }
        #expect(report.labelsFailed == 4 && report.labelsAccepted == 0)
        #expect(report.firstError == "labels: 403 a token is needed")
        await engine.server.stop()
    }

    @Test("regression labels are plain numbers")
    func regressionLabels() async throws {
        let metadata = ModelMetadataTests.flights.replacing(#""task":"binary""#, with: #""task":"regression""#)
        let engine = try await FakeEngine.start(metadata: metadata)
        let csv = "time,carrier,distance,temp,holiday,late\n2013-04-01T00:00:00,UA,1,1,no, 12.50\n2013-04-01T00:00:00,UA,1,1,no,7.0\n"
        let report = try await Self.replay(engine, csv) { $0.sendsLabels = true }
        #expect(report.labelsAccepted == 2)
        #expect(Set(engine.standing.values) == ["12.5", "7"])
        await engine.server.stop()
    }

    @Test("a gzip file replays like a plain one")
    func gzip() async throws {
        // printf 'carrier,distance,temp,holiday,late\nUA,1,2,no,yes\n' | gzip -n9 | base64
        let packed = try #require(Data(base64Encoded: Self.packed))
        let folder = try ScratchFolder()
        let path = folder.path + "/data.csv.gz"
        try packed.write(to: URL(fileURLWithPath: path))
        let engine = try await FakeEngine.start()
        var options = engine.options
        options.path = path
        let report = try await Replay.run(options: options)
        #expect(report.requests == 1 && report.failed == 0)
        #expect(engine.inferences.first?.body.contains("time") == false)
        await engine.server.stop()
    }

    private static let packed = "H4sIAAAAAAACA0tOLCrKTC3SScksLknMS07VKUnNLdDJyM/JTEms1MlJLEnlCnXUMdQx0snL16lMLeYCAJTtr2UxAAAA"

    @Test("looping begins the file again until the limit")
    func loop() async throws {
        let engine = try await FakeEngine.start()
        let report = try await Self.replay(engine) {
            $0.loops = true
            $0.limit = 13
        }
        #expect(report.requests == 13)
        let bodies = engine.inferences.map(\.body)
        #expect(bodies[0] == bodies[5] && bodies[0] == bodies[10] && bodies[2] == bodies[12])
        await engine.server.stop()
    }

    @Test("cancellation gives up the labels that wait, and says so")
    func cancellation() async throws {
        let engine = try await FakeEngine.start()
        let folder = try ScratchFolder()
        var options = engine.options
        options.path = try folder.write(Self.csv)
        options.sendsLabels = true
        options.labelDelayMilliseconds = 3_600_000
        let running = options
        let progress = Gathered<ReplayReport>()
        let run = Task { try await Replay.run(options: running, onProgress: { progress.append($0) }) }
        #expect(await eventually { progress.values.last?.labelsWaiting == 4 })
        run.cancel()
        let report = try await run.value
        #expect(report.interrupted && report.requests == 5 && report.labelsWaiting == 4 && report.labelsAccepted == 0)
        await engine.server.stop()
    }

    @Test("the report's JSON has the keys of the command line's contract")
    func json() throws {
        let object = try #require(try JSONSerialization.jsonObject(with: JSONEncoder().encode(ReplayReport())) as? [String: Any])
        let keys = ["requests", "failed", "statusCounts", "p50Microseconds", "p99Microseconds", "versions", "labelsAccepted"]
        #expect(keys.allSatisfy { object[$0] != nil })
    }
}

@Suite("Replay of what cannot be") struct ReplayFailureTests {
    private static func failure(_ csv: String, change: (inout ReplayOptions) -> Void = { _ in }) async throws -> String {
        let engine = try await FakeEngine.start()
        let folder = try ScratchFolder()
        var options = engine.options
        options.path = try folder.write(csv)
        change(&options)
        defer { Task { await engine.server.stop() } }
        do throws(WorkloadFailure) { return "no failure: \(try await Replay.run(options: options))" } catch { return error.description }
    }

    private static let header = "time,carrier,distance,temp,holiday,late\n"
    private static let row = "2013-04-01T00:00:00,UA,1,1,no,yes\n"

    @Test("a missing column names the nearest one")
    func missingColumn() async throws {
        let text = try await Self.failure("time,carier,distance,temp,holiday,late\n" + Self.row)
        #expect(text == "no column 'carrier', which the model wants: data.csv:1: did you mean 'carier'?")
    }

    @Test("a bad value names its row and column")
    func badValue() async throws {
        let text = try await Self.failure(Self.header + Self.row + "2013-04-01T00:00:00,UA,far,1,no,yes\n")
        #expect(text == "'far' is not a finite number: data.csv:3:3 (distance): correct the value, or leave it empty")
    }

    @Test("a ragged row names its row")
    func ragged() async throws {
        #expect(try await Self.failure(Self.header + Self.row + "1,2\n").hasPrefix("2 fields where the header has 6: data.csv:3"))
    }

    @Test("a window without rows, and a file without rows, say so", arguments: [false, true])
    func noRows(_ loops: Bool) async throws {
        let window = try await Self.failure(Self.header + Self.row) {
            $0.from = "2014-01-01"
            $0.loops = loops
        }
        #expect(window.hasPrefix("no rows to send, none is in the time window"))
        #expect(try await Self.failure(Self.header) { $0.loops = loops }.hasPrefix("no rows to send, the file has none"))
    }

    @Test("a time that is none is refused before anything is sent")
    func badTime() async throws {
        let text = try await Self.failure(Self.header + Self.row) { $0.until = "soon" }
        #expect(text == "--until 'soon' is no time: options: write it as 2013-04-01 or 2013-04-01T06:00")
    }

    @Test("labels without a target column in the file are refused")
    func noTarget() async throws {
        let text = try await Self.failure("carrier,distance,temp,holiday\nUA,1,1,no\n") { $0.sendsLabels = true }
        #expect(text.hasPrefix("no column 'late'"))
    }

    @Test("an unknown deployment shows the server's own words")
    func unknownDeployment() async throws {
        let text = try await Self.failure(Self.header + Self.row) { $0.deployment = "flight-delays" }
        #expect(text.contains("404, no such model: did you mean flight-delay?"))
    }

    @Test("a name that no deployment can have never reaches the server", arguments: ["", "../x", "a b", "A", "x?y", "x\r\nhost: y"])
    func badName(_ name: String) async throws {
        #expect(try await Self.failure(Self.header + Self.row) { $0.deployment = name }.contains("is no deployment's name"))
    }

    @Test("a server that is not there, and a file that is not there, are said plainly")
    func absent() async throws {
        let server = try await TestServer.start { _ in .close }
        await server.stop()
        let text = try await Self.failure(Self.header + Self.row) { $0.endpoint = Endpoint(host: "127.0.0.1", port: server.port) }
        #expect(text.hasPrefix("no server answers, ") && text.contains(server.endpointText))
        #expect(try await Self.failure("") { $0.path = "/nonexistent.csv" }.hasPrefix("cannot read the file, No such file"))
    }
}
