import NIOCore
import Synchronization
import Testing
import Workload

@Suite("Load client") struct LoadClientTests {
    @Test("each request is sent once and counted once, with the version that answered")
    func counts() async throws {
        let server = try await TestServer.start { .inference(id: "id\($0.index)", version: $0.index % 4 == 0 ? 2 : 1) }
        let report = try await LoadClient.run(.test(server), source: NumberedSource(1_000))
        #expect(report.requests == 1_000 && report.failed == 0)
        #expect(report.statusCounts == ["200": 1_000])
        #expect(report.versions == ["v1": 750, "v2": 250])
        #expect(report.p50Microseconds > 0 && report.p50Microseconds <= report.p99Microseconds)
        #expect(report.p99Microseconds <= report.maxMicroseconds * 1.001)
        #expect(Set(server.requests.map(\.body)).count == 1_000)
        #expect(server.requests.allSatisfy { $0.method == "POST" && $0.path == "/v2/models/m/infer" })
        await server.stop()
    }

    @Test("answers that come out of order are matched with their own requests")
    func outOfOrder() async throws {
        let server = try await TestServer.start { arrival in
            let row = arrival.body.filter(\.isNumber)
            return .inference(id: "id-\(row)", score: Double(row) ?? -1, after: .milliseconds(Int64(arrival.index * 7 % 5)))
        }
        let answers = Gathered<LoadAnswer>()
        _ = try await LoadClient.run(.test(server, connections: 16), source: NumberedSource(400), onAnswer: { answers.append($0) })
        #expect(answers.values.count == 400)
        for answer in answers.values {
            #expect(answer.predictionID == "id-\(answer.row)" && answer.label == "\(answer.row)" && answer.scores == [Double(answer.row)])
            #expect(answer.version == "v1" && answer.status == 200)
        }
        await server.stop()
    }

    @Test("no request starts before its time: n requests at a rate take (n - 1) / rate at least")
    func rate() async throws {
        let server = try await TestServer.start { .inference(id: "id\($0.index)") }
        let clock = ContinuousClock.now
        let report = try await LoadClient.run(.test(server, rate: 400), source: NumberedSource(200))
        #expect(ContinuousClock.now - clock >= .milliseconds(497))
        #expect(report.requests == 200 && report.failed == 0)
        // Never above the rate by more than the one request at its start.
        #expect(report.requestsPerSecond <= 402.1)
        await server.stop()
    }

    @Test("a server that stalls is charged for every request that it kept waiting")
    func noCoordinatedOmission() async throws {
        let stallEnd = Mutex<ContinuousClock.Instant?>(nil)
        let server = try await TestServer.start { arrival in
            // From the 50th request on, nothing is answered for 300 ms.
            if arrival.index == 50 { stallEnd.withLock { $0 = .now + .milliseconds(300) } }
            let left = stallEnd.withLock { $0 }.map { $0 - .now } ?? .zero
            return .inference(id: "id", after: .nanoseconds(max(0, Int64(left / .nanoseconds(1)))))
        }
        let report = try await LoadClient.run(.test(server, rate: 200, connections: 1), source: NumberedSource(300))
        #expect(report.requests == 300 && report.failed == 0)
        // A client that waits for its answer before it starts its clock again would see one slow request in 300: no part of its p99.
        #expect(report.p99Microseconds >= 280_000)
        await server.stop()
    }

    @Test("failures are counted by kind and do not stop the run")
    func failures() async throws {
        let server = try await TestServer.start { arrival in
            switch arrival.index % 10 {
            case 1: .json(503, #"{"error":"paused"}"#)
            case 2: .close
            case 3: .raw("this is not HTTP\r\n\r\n")
            case 4: .json(200, "{\"model_version\":")
            case 5: .raw("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{")
            default: .inference(id: "id")
            }
        }
        let report = try await LoadClient.run(.test(server, connections: 1), source: NumberedSource(100))
        #expect(report.requests == 100)
        #expect(report.failed == 50)
        #expect(report.statusCounts == ["200": 60, "503": 10])
        #expect(report.unreadable == 10)
        #expect(report.transportFailures == ["closed": 20, "malformed": 10])
        #expect(report.versions == ["v1": 50])
        #expect(report.firstError == #"503 {"error":"paused"}"#)
        await server.stop()
    }

    @Test("a request without an answer fails at its deadline, and so does one that finds no free connection")
    func deadlines() async throws {
        let server = try await TestServer.start { $0.index == 0 ? .hang : .inference(id: "id") }
        let report = try await LoadClient.run(
            .test(server, rate: 100, connections: 1, timeoutMilliseconds: 150), source: NumberedSource(40))
        #expect(report.requests == 40)
        let timeouts = report.transportFailures["timeout"] ?? 0
        #expect(timeouts >= 1 && report.transportFailures.count == 1)
        #expect(report.failed == timeouts)
        #expect(report.statusCounts["200", default: 0] == 40 - timeouts)
        await server.stop()
    }

    @Test("an answer beyond the limit on its size fails")
    func tooLarge() async throws {
        let server = try await TestServer.start { _ in .json(200, String(repeating: " ", count: 17 << 20)) }
        let report = try await LoadClient.run(.test(server, connections: 1), source: NumberedSource(1))
        #expect(report.transportFailures == ["tooLarge": 1] && report.failed == 1)
        await server.stop()
    }

    @Test("a server that is not there is an error at the start")
    func nobody() async throws {
        let server = try await TestServer.start { _ in .close }
        await server.stop()
        await #expect(throws: WorkloadFailure.unreachable(endpoint: server.endpointText, reason: "Connection refused")) {
            try await LoadClient.run(.test(server), source: NumberedSource(10))
        }
    }

    @Test("a run that needs no server at its start goes on when the server comes")
    func comesLater() async throws {
        let first = try await TestServer.start { _ in .close }
        await first.stop()
        var options = LoadOptions.test(first, rate: 50, timeoutMilliseconds: 30_000, limit: 20)
        options.needsServerAtStart = false
        let running = options
        let run = Task { try await LoadClient.run(running, source: NumberedSource(1_000)) }
        let second = try await TestServer.start(port: first.port) { .inference(id: "id\($0.index)") }
        let report = try await run.value
        #expect(report.requests == 20)
        #expect((report.versions["v1"] ?? 0) >= 1)
        #expect(report.failed == report.transportFailures["connect"] ?? 0)
        await second.stop()
    }

    @Test("cancellation ends the run with the report so far")
    func cancellation() async throws {
        let server = try await TestServer.start { .inference(id: "id\($0.index)") }
        let options = LoadOptions.test(server, rate: 500)
        let run = Task { try await LoadClient.run(options, source: NumberedSource(1_000_000)) }
        #expect(await eventually { server.requests.count > 20 })
        run.cancel()
        let report = try await run.value
        #expect(report.interrupted && report.requests > 20 && report.failed == 0)
        await server.stop()
    }

    @Test("a task that is cancelled before it begins sends nothing and still reports")
    func cancelledBefore() async throws {
        let server = try await TestServer.start { .inference(id: "id\($0.index)") }
        let options = LoadOptions.test(server)
        let run = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await LoadClient.run(options, source: NumberedSource(1_000_000))
        }
        run.cancel()
        let report = try await run.value
        #expect(report.interrupted && report.requests == server.requests.count)
        await server.stop()
    }

    @Test("limits on number and time end an endless source")
    func limits() async throws {
        let server = try await TestServer.start { .inference(id: "id\($0.index)") }
        let limited = try await LoadClient.run(.test(server, limit: 123), source: NumberedSource(1_000_000))
        #expect(limited.requests == 123 && !limited.interrupted)
        var options = LoadOptions.test(server, rate: 100)
        options.durationSeconds = 0.2
        let timed = try await LoadClient.run(options, source: NumberedSource(1_000_000))
        #expect(timed.requests <= 21 && timed.requests >= 1)
        await server.stop()
    }

    @Test("an empty source is an empty report")
    func empty() async throws {
        let server = try await TestServer.start { .inference(id: "id\($0.index)") }
        let report = try await LoadClient.run(.test(server), source: NumberedSource(0))
        #expect(report.requests == 0 && report.p99Microseconds == 0)
        await server.stop()
    }

    @Test("a failing source ends the run with its error")
    func failingSource() async throws {
        struct Failing: LoadSource {
            func next(_ maximum: Int) async throws(WorkloadFailure) -> [LoadRequest] { throw .noRows(file: "f", why: "none") }
        }
        let server = try await TestServer.start { .inference(id: "id\($0.index)") }
        await #expect(throws: WorkloadFailure.noRows(file: "f", why: "none")) {
            try await LoadClient.run(.test(server), source: Failing())
        }
        await server.stop()
    }
}
