import Engine
import Foundation
import GRDB
import Monitoring
import Store
import Tabular
import Testing

/// Bearer tokens: what they allow, how they are kept, how they end.
@Suite("Tokens") struct TokenTests {
    private static func order(
        _ name: String = "scorer", _ secret: String = "s", scopes: [TokenScope] = [.infer], deployments: [String]? = nil,
        expiresAt: Int64? = nil, perSecond: Int? = nil
    ) -> Action {
        .createToken(
            TokenOrder(
                name: name, hash: TokenSecret.hash(secret), scopes: scopes, deployments: deployments, expiresAt: expiresAt,
                perSecond: perSecond))
    }

    private static func table(_ tokens: AccessToken...) -> AccessTable { AccessTable(tokens) }

    private static func token(
        _ secret: String, _ scopes: [TokenScope], of deployments: [String]? = nil, until: Int64? = nil, perSecond: Int? = nil
    ) -> AccessToken {
        AccessToken(
            name: "t-\(secret)", hash: TokenSecret.hash(secret), scopes: scopes, deployments: deployments, expiresAt: until,
            perSecond: perSecond)
    }

    @Test("a token is 256 random bits that no two share, and its hash is SHA-256 of its text")
    func secrets() {
        let made = (0..<200).map { _ in TokenSecret.make() }
        #expect(Set(made).count == made.count)
        for secret in made {
            #expect(secret.hasPrefix(TokenSecret.prefix) && secret.utf8.count == TokenSecret.prefix.utf8.count + 43)
            #expect(
                secret.utf8.allSatisfy { byte in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_".utf8.contains(byte) })
        }
        // FIPS 180-4, example of one block.
        #expect(TokenSecret.hash("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("a header names a token by the scheme Bearer, in whatever case; other schemes name none")
    func header() {
        #expect(AccessTable.bearer("Bearer abc") == "abc")
        #expect(AccessTable.bearer("bEARER  abc") == "abc")
        for other in ["", "Bearer", "Basic abc", "abc", "Bearerabc"] { #expect(AccessTable.bearer(other) == nil) }
    }

    @Test("a token is found by its text alone, whole, and a longer one than any of ours is none")
    func finding() throws {
        let table = Self.table(Self.token("a", [.infer]), Self.token("b", [.labels]))
        #expect(table.grant("b")?.token.name == "t-b")
        for other in ["", "c", "a ", "ab", TokenSecret.hash("a"), String(repeating: "a", count: 100_000)] {
            #expect(table.grant(other) == nil)
        }
    }

    @Test(
        "scopes, deployments and ends: each refusal names what is missing, and admin allows all",
        arguments: [
            ([TokenScope.infer], nil, AccessNeed(.infer, .deployment("d")), nil),
            ([.infer], nil, AccessNeed(.labels, .deployment("d")), AccessRefusal.scope(.labels, token: "t-x")),
            ([.labels, .metrics], nil, AccessNeed(.admin, .everything), .scope(.admin, token: "t-x")),
            ([.admin], nil, AccessNeed(.explain, .deployment("d")), nil),
            ([.infer], ["d", "e"], AccessNeed(.infer, .deployment("d")), nil),
            ([.infer], ["e"], AccessNeed(.infer, .deployment("d")), .deployment("d", token: "t-x", of: ["e"])),
            ([.admin], ["e"], AccessNeed(.metrics, .everything), .deployment(nil, token: "t-x", of: ["e"])),
            ([.infer], ["e"], AccessNeed(nil, .anywhere), nil),
        ] as [([TokenScope], [String]?, AccessNeed, AccessRefusal?)])
    func allowed(_ scopes: [TokenScope], _ deployments: [String]?, _ need: AccessNeed, _ refusal: AccessRefusal?) throws {
        let grant = try #require(Self.table(Self.token("x", scopes, of: deployments, until: 2_000)).grant("x"))
        #expect(grant.refusal(need, milliseconds: 1_999, nanoseconds: 0) == refusal)
        #expect(grant.refusal(need, milliseconds: 2_000, nanoseconds: 0) == .expired(token: "t-x"))
        if let refusal { #expect([403].contains(refusal.status) && refusal.text.contains("t-x")) }
    }

    @Test("a token that may ask ten times a second gets ten at once, then one each tenth of a second, and is told how long to wait")
    func rate() throws {
        let grant = try #require(Self.table(Self.token("x", [.infer], perSecond: 10)).grant("x"))
        let need = AccessNeed(.infer, .anywhere)
        func ask(_ nanoseconds: UInt64) -> AccessRefusal? { grant.refusal(need, milliseconds: 1, nanoseconds: nanoseconds) }
        let start: UInt64 = 5_000_000_000
        for _ in 0..<10 { #expect(ask(start) == nil) }
        #expect(ask(start) == .rate(token: "t-x", perSecond: 10, retryAfterSeconds: 1))
        #expect(ask(start + 99_000_000) != nil)
        #expect(ask(start + 100_000_000) == nil)
        #expect(ask(start + 100_000_001) != nil)
        // What is not asked for in time is not owed for ever.
        for _ in 0..<10 { #expect(ask(start + 100_000_000_000) == nil) }
        #expect(ask(start + 100_000_000_000) != nil)
        #expect(grant.use.requests == 21 && grant.use.lastUsed == 1)
    }

    @Test(
        "made and revoked through the one door: on the loops at once, in the journal by name, the secret nowhere, and again after a restart"
    )
    func life() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            let secret = TokenSecret.make()
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                try await harness.deploy()
                let receipt = try await harness.perform(
                    Self.order("loader", secret, scopes: [.labels, .infer], deployments: ["flights"], perSecond: 50), reason: "nightly")
                #expect(receipt.inverse == .revokeToken(name: "loader"))
                #expect(receipt.summary == "made the token loader: infer, labels of flights, 50 requests a second")
                try await harness.perform(Self.order("other", "o"))
                #expect(harness.plane.access.grant(secret)?.token.scopes == [.infer, .labels])
                let shown = harness.snapshot.system.access.tokens
                #expect(shown.map(\.name) == ["loader", "other"] && shown.allSatisfy { $0.lastUsed == nil })
                let grant = try #require(harness.plane.access.grant(secret))
                #expect(
                    grant.refusal(AccessNeed(.infer, .deployment("flights")), milliseconds: clock.clock.milliseconds(), nanoseconds: 0)
                        == nil)
                await harness.pass(seconds: 70)
                #expect(harness.snapshot.system.access.tokens.first?.lastUsed != nil)
                try await harness.perform(.revokeToken(name: "other"), reason: "not needed")
                #expect(harness.plane.access.grant("o") == nil)
                let entries = try await harness.journal().map(\.entry).filter { $0.verb.hasPrefix("token") }
                #expect(entries.map(\.known) == [.tokenCreate, .tokenCreate, .tokenRevoke])
                let told = entries.map { $0.summary + $0.details }.joined()
                #expect(!told.contains(secret) && !told.contains(TokenSecret.hash(secret)))
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                let tokens = harness.snapshot.system.access.tokens
                #expect(tokens.map(\.name) == ["loader"] && tokens[0].lastUsed != nil && tokens[0].perSecond == 50)
                #expect(harness.plane.access.grant(secret)?.token.deployments == ["flights"])
            }
            for file in ["control.db", "control.db-wal"] {
                let bytes = FileManager.default.contents(atPath: directory + "/store/\(file)") ?? Data()
                #expect(bytes.range(of: Data(secret.utf8)) == nil)
            }
        }
    }

    @Test(
        "what cannot be made is refused with what is wrong",
        arguments: [
            (order("Scorer"), "token name Scorer"), (order("a", scopes: []), "without a scope"),
            (order("a", deployments: []), "for no deployment"), (order("a", deployments: ["flihgts"]), "did you mean flights"),
            (order("a", perSecond: 0), "from 1 to"), (order("a", expiresAt: 5), "still to come"),
            (order("taken", "other"), "exists already"), (order("b", "taken"), "the same secret"),
            (.createToken(TokenOrder(name: "a", hash: "abc", scopes: [.infer])), "64 hexadecimal"),
            (.revokeToken(name: "takn"), "no such token: takn: did you mean taken?"),
        ] as [(Action, String)])
    func refused(_ action: Action, _ words: String) async throws {
        try await EngineHarness.run { harness in
            try await harness.deploy()
            try await harness.perform(Self.order("taken", "taken"))
            let text = await harness.refusal(action)?.description ?? "done"
            #expect(text.contains(words), "\(text)")
            #expect(harness.snapshot.system.access.tokens.map(\.name) == ["taken"])
        }
    }

    @Test("a revocation holds though the store refuses, also after a restart; a row that cannot be read lets nobody in and can be revoked")
    func failing() async throws {
        try await EngineHarness.withDirectory { directory in
            let clock = ManualClock(EngineHarness.may + 86_400_000)
            let harness = try await EngineHarness.start(in: directory, clock: clock)
            for name in ["a", "b", "c"] { try await harness.perform(Self.order(name, name)) }
            harness.engine.inject(.full)
            #expect(try await !harness.perform(.revokeToken(name: "a")).isJournalled)
            #expect(harness.plane.access.grant("a") == nil && harness.plane.access.grant("b") != nil)
            // As if it had been killed: the store never heard of it.
            await harness.engine.shutdown()
            try await ControlDatabase.open(directory).write {
                try $0.execute(sql: "UPDATE token SET payload = '{' WHERE name = 'b'")
            }
            try await EngineHarness.run(in: directory, clock: clock) { harness in
                #expect(harness.plane.access.grant("a") == nil && harness.plane.access.grant("b") == nil)
                #expect(harness.plane.access.grant("c") != nil)
                #expect(harness.snapshot.system.damaged.contains { $0.table == "token" && $0.key == "b" })
                #expect(await harness.refusal(Self.order("b", "z"))?.description.contains("exists already") == true)
                try await harness.perform(.revokeToken(name: "b"))
                #expect(harness.snapshot.system.damaged.allSatisfy { $0.table != "token" })
            }
            #expect(try RecordCheck.run(storeDirectory: directory + "/store").damaged.isEmpty)
        }
    }

    @Test("the tenth refused attempt in a minute alerts, the ninth does not; a quiet minute ends it")
    func alerts() {
        var watch = AccessWatch()
        for second in 0..<9 { watch.count(.missing, at: Int64(second) * 5_000) }
        #expect(watch.events(at: 45_000).isEmpty && watch.lastMinute(at: 45_000) == 9)
        watch.count(.rate, 500, at: 45_000)
        #expect(watch.events(at: 45_000).isEmpty && watch.totals["rate"] == 500)
        watch.count(.scope, 1, at: 46_000)
        let alert = Finding(
            kind: .access, severity: .warning, title: "10 attempts a minute or more are refused: mostly no token came", onset: 46_000)
        #expect(watch.events(at: 46_000) == [.found(alert)])
        #expect(watch.events(at: 90_000).isEmpty)
        #expect(watch.events(at: 107_000) == [.over(.access, because: "nothing has been refused for a minute")])
        #expect(watch.events(at: 108_000).isEmpty)
        #expect(watch.totals["no_token"] == 9 && watch.totals["scope"] == 1)
    }

    @Test("roles that are too low count as well, and the workspace's alert shows")
    func roles() async throws {
        try await EngineHarness.run { harness in
            let viewer = Operator(name: "eve", uid: 1002, role: .viewer)
            for _ in 0..<10 { _ = await harness.refusal(.freeze(deployment: nil, scope: .all), by: viewer) }
            await harness.pass(seconds: 2)
            #expect(harness.snapshot.system.access.refused["role"] == 10)
            #expect(harness.snapshot.alerts.contains { $0.kind == .access && $0.state == .firing })
        }
    }

    @Test("whoever asks by a token is a person's arm, not the engine's: freezes of promotion bind it no more than a person")
    func actor() async throws {
        let who = Operator.token("ci")
        #expect(!who.isAutomatic && who.role == .operator && who.journalName == "token:ci" && who.uid == nil)
        #expect(Operator.policy("x").isAutomatic)
    }
}
