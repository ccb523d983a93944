import Engine
import Foundation
import Serving
import Synchronization
import Tabular
import Testing

/// Who may ask over HTTP, address by address.
@Suite("access over HTTP") struct AccessHTTPTests {
    private static let tokens: [AccessToken] = [
        token("infer", [.infer]), token("labels", [.labels]), token("explain", [.explain]), token("metrics", [.metrics]),
        token("admin", [.admin]), token("some", [.infer, .labels, .explain, .metrics, .admin], of: ["flights"]),
        token("old", [.admin], until: 1),
    ]

    private static func token(
        _ secret: String, _ scopes: [TokenScope], of deployments: [String]? = nil, until: Int64? = nil, perSecond: Int? = nil
    ) -> AccessToken {
        AccessToken(
            name: secret, hash: TokenSecret.hash(secret), scopes: scopes, deployments: deployments, expiresAt: until, perSecond: perSecond)
    }

    private static func table(_ tokens: [AccessToken] = tokens, requiresTokens: Bool = true, generation: UInt64 = 1) -> RoutingTable {
        var table = Fixture.table(Fixture.usual, generation: generation)
        table.access = AccessTable(tokens, requiresTokens: requiresTokens)
        return table
    }

    /// Starts an endpoint, runs a body on a thread of its own, and shuts down; what was refused comes back.
    @discardableResult
    private static func serve(
        _ table: RoutingTable, host: TestHost = TestHost(), _ body: @escaping @Sendable (RawClient, HTTPServer) throws -> Void
    ) async throws -> [AccessRefusal.Reason: Int64] {
        let server = try await HTTPServer.start(host: host, listen: "127.0.0.1:0")
        await server.install(table)
        let address = server.address
        do { try await onThread { try body(try RawClient(address: address), server) } } catch {
            await server.shutdown()
            throw error
        }
        let harvests = await server.harvest(flushing: true)
        await server.shutdown()
        return harvests.reduce(into: [:]) { $0.merge($1.refusals, uniquingKeysWith: +) }
    }

    private struct Call: Sendable {
        var method: String
        var path: String
        var body = ""
        /// What it takes; nil: any token.
        var scope: TokenScope?
        /// Whether it is about a deployment other than the one that `some` is for.
        var isOthers = true
    }

    private static let label = "{\"id\":\"0000R5G1C0042\",\"value\":\"1\"}"

    /// Every address but health.
    private static let calls: [Call] = [
        Call(method: "GET", path: "/v2", isOthers: false),
        Call(method: "GET", path: "/v2/models/numbers"), Call(method: "GET", path: "/v2/models/numbers/ready"),
        Call(method: "GET", path: "/v2/models/numbers/config"), Call(method: "POST", path: "/v2/repository/index"),
        Call(method: "POST", path: "/v2/models/numbers/infer", body: Body.numbers, scope: .infer),
        Call(method: "POST", path: "/v2/models/numbers/versions/1/infer", body: Body.numbers, scope: .infer),
        Call(method: "POST", path: "/v1/deployments/numbers/labels", body: label, scope: .labels),
        Call(method: "POST", path: "/v1/deployments/numbers/explain", body: Body.numbers, scope: .explain),
        Call(method: "GET", path: "/v2/models/numbers/stats", scope: .metrics),
        Call(method: "GET", path: "/v2/models/stats", scope: .metrics),
        Call(method: "GET", path: "/v1/status", scope: .metrics), Call(method: "GET", path: "/metrics", scope: .metrics),
        Call(method: "POST", path: "/v1/deployments/numbers/promote", body: "{\"version\":1}", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/rollback", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/pause", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/resume", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/share", body: "{\"version\":1,\"share\":0.5}", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/abort", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/freeze", scope: .admin),
        Call(method: "POST", path: "/v1/deployments/numbers/unfreeze", scope: .admin),
        Call(method: "POST", path: "/v1/freeze", scope: .admin), Call(method: "POST", path: "/v1/unfreeze", scope: .admin),
    ]

    private static func ask(_ client: RawClient, _ call: Call, _ token: String?) throws -> RawAnswer {
        let header = token.map { "Authorization: Bearer \($0)\r\n" } ?? ""
        return call.method == "GET" ? try client.get(call.path, headers: header) : try client.post(call.path, call.body, headers: header)
    }

    @Test("where tokens are needed every address but health asks for one, takes the one with its scope, and names the scope to the others")
    func table() async throws {
        let refused = try await Self.serve(Self.table()) { client, _ in
            for path in ["/v2/health/live", "/v2/health/ready"] { #expect(try client.get(path).status == 200) }
            for call in Self.calls {
                let nobody = try Self.ask(client, call, nil)
                #expect(nobody.status == 401 && nobody.headers["www-authenticate"] == "Bearer realm=\"flyball\"", "\(call.path)")
                for stranger in ["nobody", "old"] {
                    let answer = try Self.ask(client, call, stranger)
                    #expect(answer.status == 401, "\(call.path) \(stranger)")
                    #expect(answer.headers["www-authenticate"]?.contains("invalid_token") == true)
                }
                for scope in TokenScope.allCases {
                    let answer = try Self.ask(client, call, scope.rawValue)
                    let isAllowed = call.scope == nil || scope == call.scope || scope == .admin
                    #expect((answer.status == 403) == !isAllowed, "\(call.path) with \(scope): \(answer.status) \(answer.body)")
                    #expect(answer.status != 401)
                    if !isAllowed, let wanted = call.scope {
                        #expect(answer.error == "the token \(scope.rawValue) has not the scope \(wanted.rawValue)")
                        #expect(answer.headers["www-authenticate"]?.contains("scope=\"\(wanted.rawValue)\"") == true)
                    }
                }
                let some = try Self.ask(client, call, "some")
                #expect((some.status == 403) == call.isOthers, "\(call.path): \(some.status) \(some.body)")
            }
            // Its own deployment it may ask of.
            let own = Call(method: "GET", path: "/v2/models/flights")
            #expect(try Self.ask(client, own, "some").status == 200)
        }
        let count = Int64(Self.calls.count)
        #expect(refused[.missing] == count && refused[.unknown] == count && refused[.expired] == count)
        #expect(refused[.deployment] == Int64(Self.calls.count { $0.isOthers }))
    }

    @Test("on loopback without the setting all but the verbs is open, and a token that is worth nothing is refused there too")
    func loopback() async throws {
        try await Self.serve(Self.table(requiresTokens: false)) { client, _ in
            for call in Self.calls {
                let status = try Self.ask(client, call, nil).status
                #expect((status == 401) == (call.scope == .admin), "\(call.path): \(status)")
                #expect(try Self.ask(client, call, "nobody").status == 401)
            }
            let answer = try client.post("/v2/models/numbers/infer", Body.numbers, headers: "Authorization: Basic YTpi\r\n")
            #expect(answer.status == 200)
            let twice = try client.post(
                "/v2/models/numbers/infer", Body.numbers, headers: "Authorization: Bearer infer\r\nAuthorization: Bearer admin\r\n")
            #expect(twice.status == 400)
        }
    }

    @Test("a token that is revoked ends on the connection that has shown it, with the next request; a new one begins there")
    func revoked() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        await server.install(Self.table())
        let client = try RawClient(address: server.address)
        func ask(_ token: String) async throws -> Int {
            try await onThread {
                try client.post("/v2/models/numbers/infer", Body.numbers, headers: "Authorization: Bearer \(token)\r\n").status
            }
        }
        for _ in 0..<3 { #expect(try await ask("infer") == 200) }
        await server.install(Self.table([Self.token("newer", [.infer])], generation: 2))
        #expect(try await ask("infer") == 401)
        #expect(try await ask("newer") == 200)
        await server.shutdown()
    }

    @Test("a token that asks too often gets 429 with Retry-After, and others go on")
    func rate() async throws {
        let tokens = [Self.token("slow", [.infer], perSecond: 2), Self.token("fast", [.infer])]
        let refused = try await Self.serve(Self.table(tokens)) { client, _ in
            let call = Call(method: "POST", path: "/v2/models/numbers/infer", body: Body.numbers)
            let answers = try (0..<6).map { _ in try Self.ask(client, call, "slow") }
            #expect(answers[0].status == 200 && answers[1].status == 200)
            let last = try #require(answers.first { $0.status == 429 })
            #expect(last.headers["retry-after"] == "1" && last.error.contains("2 times a second"))
            #expect(try Self.ask(client, call, "fast").status == 200)
        }
        #expect((refused[.rate] ?? 0) >= 3)
    }

    @Test("before the first routing table nobody knows what a token is worth: 503, and health answers")
    func starting() async throws {
        let server = try await HTTPServer.start(host: TestHost(), listen: "127.0.0.1:0")
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            let answer = try client.get("/v2", headers: "Authorization: Bearer infer\r\n")
            #expect(answer.status == 503 && answer.headers["retry-after"] == "1")
            #expect(try client.get("/v2/health/live").status == 200)
        }
        await server.shutdown()
    }

    @Test("an address that other machines reach is refused without --insecure; with it tokens are needed all the same")
    func outside() async throws {
        await #expect(throws: ServingFailure.notLoopback("0.0.0.0:0")) { try await HTTPServer.start(host: TestHost(), listen: "0.0.0.0:0") }
        var options = ServingOptions()
        options.allowsInsecure = true
        let server = try await HTTPServer.start(host: TestHost(), listen: "0.0.0.0:0", options: options)
        await server.install(Self.table(requiresTokens: false))
        let address = server.address
        try await onThread {
            let client = try RawClient(address: address)
            #expect(try client.get("/v2/health/ready").status == 200)
            #expect(try client.post("/v2/models/numbers/infer", Body.numbers).status == 401)
            #expect(try client.post("/v2/models/numbers/infer", Body.numbers, headers: "Authorization: Bearer infer\r\n").status == 200)
        }
        await server.shutdown()
    }

    @Test("verbs are the engine's own actions in the token's name, with what was expected and why")
    func verbs() async throws {
        let host = TestHost()
        try await Self.serve(Self.table(), host: host) { client, _ in
            func post(_ path: String, _ body: String) throws -> RawAnswer {
                try client.post("/v1/\(path)", body, headers: "Authorization: Bearer admin\r\n")
            }
            let answer = try post("deployments/numbers/promote", "{\"version\":\"v3\",\"expected_champion\":2,\"reason\":\"better\"}")
            #expect(answer.status == 200 && answer.json["summary"] as? String == "done" && answer.json["journalled"] as? Bool == true)
            _ = try post("deployments/numbers/rollback", "{\"version\":1}")
            _ = try post("deployments/numbers/rollback", "")
            _ = try post("deployments/numbers/pause", "{\"fallback\":\"constant=0.5\"}")
            _ = try post("deployments/numbers/resume", "{}")
            _ = try post("deployments/numbers/share", "{\"version\":2,\"share\":0.25}")
            _ = try post("deployments/numbers/abort", "{\"version\":2}")
            _ = try post("deployments/numbers/freeze", "{\"scope\":\"promotion\"}")
            _ = try post("freeze", "{\"reason\":\"night\"}")
            _ = try post("unfreeze", "")
            for (path, body, words) in [
                ("deployments/numbers/promote", "{}", "version: missing"),
                ("deployments/numbers/promote", "{\"version\":1.5}", "version's number"),
                ("deployments/numbers/promote", "{\"version\":-1}", "version's number"),
                ("deployments/numbers/promote", "{\"version\":99999999999}", "version's number"),
                ("deployments/numbers/promote", "{\"version\":1,\"version\":2}", "stands twice"),
                ("deployments/numbers/promote", "{\"verison\":1}", "unknown member \"verison\""),
                ("deployments/numbers/promote", "[1]", "JSON"), ("deployments/numbers/promote", "{\"version\":1} x", "after the end"),
                ("deployments/numbers/pause", "{\"fallback\":\"nothing\"}", "last-known-good"),
                ("freeze", "{\"scope\":\"x\"}", "retention"),
                ("deployments/numbers/share", "{\"version\":1}", "share: missing"),
            ] {
                let refused = try post(path, body)
                #expect(refused.status == 400 && refused.error.contains(words), "\(body): \(refused.body)")
            }
            #expect(try post("deployments/nobody/resume", "").status == 404)
            #expect(try client.get("/v1/freeze", headers: "Authorization: Bearer admin\r\n").status == 405)
        }
        let done = host.performed
        #expect(done.map(\.who) == Array(repeating: Operator.token("admin"), count: done.count))
        #expect(
            done[0].request
                == ActionRequest(.promote(deployment: "numbers", version: 3), expected: ExpectedState(champion: 2), reason: "better"))
        #expect(
            done.dropFirst().map(\.request.action) == [
                .rollback(deployment: "numbers", to: 1), .rollback(deployment: "numbers", to: nil),
                .pause(deployment: "numbers", fallback: .constant("0.5")), .resume(deployment: "numbers"),
                .share(deployment: "numbers", version: 2, share: 0.25), .abort(deployment: "numbers", version: 2),
                .freeze(deployment: "numbers", scope: .promotion), .freeze(deployment: nil, scope: .all),
                .unfreeze(deployment: nil, scope: .all),
            ])
    }

    @Test("where several accounts share the machine labels are taken from those that may teach, or with a token; predictions from all")
    func accounts() async throws {
        let label = Call(method: "POST", path: "/v1/deployments/numbers/labels", body: Self.label)
        for (accounts, status) in [
            (LabelAccounts(uids: [geteuid()], group: nil), 200), (LabelAccounts(uids: [], group: getegid()), 200),
            (LabelAccounts(uids: [geteuid() &+ 4_242], group: nil), 403),
        ] {
            var table = Self.table(requiresTokens: false)
            table.access.labelAccounts = accounts
            let refused = try await Self.serve(table) { client, _ in
                let found = try Self.ask(client, label, nil).status
                #expect(found == status)
                #expect(try Self.ask(client, label, "labels").status == 200)
                #expect(try client.post("/v2/models/numbers/infer", Body.numbers).status == 200)
            }
            #expect(refused[.account] == (status == 403 ? 1 : nil))
        }
    }

    @Test("bodies of verbs with bytes flipped, cut or added are read or refused, never more")
    func fuzz() {
        var random = SystemRandomNumberGenerator()
        let sound = Array(
            "{\"version\":\"v3\",\"share\":0.25,\"fallback\":\"constant=x\",\"reason\":\"\\u00e9\",\"expected_champion\":2}".utf8)
        var read = 0
        for round in 0..<20_000 {
            var bytes = sound
            switch round % 3 {
            case 0: bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            case 1: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
            default: bytes.insert(.random(in: 0...255, using: &random), at: Int.random(in: 0...bytes.count, using: &random))
            }
            for verb in AdminVerb.allCases {
                let order = bytes.withUnsafeBufferPointer { bytes -> ActionRequest? in
                    var decoder = AdminDecoder(bytes, verb, round % 2 == 0 ? "d" : nil)
                    return try? decoder.decode()
                }
                if order != nil { read += 1 }
            }
        }
        #expect(read < 160_000)
    }

    @Test("metrics count refused attempts by reason")
    func metrics() async throws {
        let host = TestHost()
        host.set { $0.system.access.refused = ["no_token": 3, "scope": 1] }
        let text = try await withServer(host: host) { try RawClient(address: $0).get("/metrics").body }
        #expect(text.contains("flyball_refused_attempts_total{reason=\"no_token\"} 3\n"))
        #expect(text.contains("flyball_refused_attempts_total{reason=\"rate\"} 0\n"))
    }
}

@Suite("accounts at the other end") struct PeerAccountTests {
    private static let list = """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 100 1 0000000000000000 100 0 0 10 0
           1: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 101 1 0000000000000000 20 4 30 10 -1
           2: 0100007F:1F90 0100007F:C001 01 00000000:00000000 00:00000000 00000000     7        0 102 1 0000000000000000 20 4 30 10 -1
           3: 0100007F:C002 0100007F:1F90 06 00000000:00000000 03:00000A2F 00000000     0        0 0 3 0000000000000000
           4: 0201A8C0:C003 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1001        0 103 1 0000000000000000 20 4 30 10 -1
           5: 0100007F:C004 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1002        0 104 1 0000000000000000 20 4 30 10 -1
           6: 0200007F:C004 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1003        0 105 1 0000000000000000 20 4 30 10 -1
           7: 00000000000000000000000001000000:C005 00000000000000000000000001000000:1F90 01 00000000:00000000 00:00000000 00000000  1004        0 106 1 0
           8: 0000000000000000FFFF00000100007F:C006 0000000000000000FFFF00000100007F:1F90 01 00000000:00000000 00:00000000 00000000  1005        0 107 1 0
           5: 0100007F:C001 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 101 1 0000000000000000 20 4 30 10 -1
        cut
        """

    @Test(
        "the client's own socket tells its account; one that is nobody's any more, lies elsewhere or is not the only one tells none",
        arguments: [
            (0xC001, 1_000), (0xC002, nil), (0xC003, nil), (0xC004, nil), (0xC005, 1_004), (0xC006, 1_005), (0xC007, nil), (0x1F90, nil),
        ] as [(Int, UInt32?)])
    func uid(_ port: Int, _ uid: UInt32?) { #expect(PeerAccount.uid(in: Self.list, from: port, to: 8_080) == uid) }
}
