import Console
import Engine
import Testing

@Suite("System screen") struct SystemScreenTests {
    @Test("all of it looks as recorded", arguments: ScreenPicture.all) func pictures(_ picture: ScreenPicture) {
        picture.check(SystemScreen(), SampleContext.make(), "System/all")
    }

    @Test("everything shows without scrolling at 80x24, and by scrolling at 40x10") func reach() {
        let context = SampleContext.make()
        let wanted = [
            "prod-west", "4117", "412 MiB", "telemetry", "118 of 65,536", "2 dropped", "184us", "1,204", "oncall", "xterm-256color",
            "SwiftNIO",
        ]
        let large = SampleContext.draw(SystemScreen(), context, size: Size(width: 80, height: 21)).text
        for text in wanted { #expect(large.contains(text), "\(text)") }
        let size = Size(width: 40, height: 7)
        var screen = SystemScreen()
        var seen = ""
        for _ in 0..<20 {
            seen += SampleContext.draw(screen, context, size: size).text
            _ = screen.move(.pageDown, context, in: Rect(size))
        }
        for text in wanted { #expect(seen.contains(text), "\(text)") }
    }

    @Test("a store that refuses writes, a fallback of TERM and loops that differ say so") func trouble() {
        var context = SampleContext.make()
        context.snapshot.system.stores[0].readOnlyReason = "no space left on device"
        context.snapshot.system.loops[1].generation = 60
        context.snapshot.engine.degraded = "control store refuses writes"
        context.terminal.fallback = "xterm-kitty is not known here"
        let text = SampleContext.draw(SystemScreen(), context, size: Size(width: 200, height: 57)).text
        for wanted in [
            "read-only: no space left on device", "a swap is under way", "control store refuses writes", "xterm-kitty is not known here",
        ] {
            #expect(text.contains(wanted), "\(wanted)")
        }
    }

    @Test("backups have a light with their age, where they go, how far one is, and what the drill said") func backups() {
        var context = SampleContext.make()
        var status = BackupStatus()
        status.plan = BackupStatus.Plan(target: "/mnt/b", everyMilliseconds: 3_600_000, keep: 7, verifies: true)
        status.last = BackupStatus.Made(
            directory: "/mnt/b", number: 17, at: context.asOf - 1_800_000, bytes: 80 << 20, added: 1 << 20, journal: 812)
        context.snapshot.system.backup = status
        func text() -> String { SampleContext.draw(SystemScreen(), context, size: Size(width: 200, height: 57)).text }
        for wanted in [
            "● backup 17 is 30m 00s old", "journal to row 812", "/mnt/b", "every 1h 00m, keeps 7, each is tried", "1.0 MiB of them new",
        ] {
            #expect(text().contains(wanted), "\(wanted): \(text())")
        }
        context.snapshot.system.backup.running = BackupStatus.Run(
            directory: "/mnt/b", startedAt: context.asOf, done: 40 << 20, total: 80 << 20, isDrill: false)
        #expect(text().contains("being made"))
        status.last?.at = context.asOf - 3 * 3_600_000
        context.snapshot.system.backup = status
        #expect(text().contains("✖ the last good backup is 3h 00m old"))
        context.snapshot.system.backup.drill = BackupStatus.Drill(
            directory: "/mnt/b", number: 17, at: context.asOf, failure: "damaged: a piece")
        #expect(text().contains("✖ the restore drill of backup 17 failed: damaged: a piece"))
    }

    @Test("the certificate shows its end and why a newer one is not used, gRPC where it listens; nothing of it without TLS")
    func certificate() {
        var context = SampleContext.make()
        func text() -> String { SampleContext.draw(SystemScreen(), context, size: Size(width: 200, height: 60)).text }
        #expect(!text().contains("certificate") && !text().contains("https://"))
        context.snapshot.engine.http = "127.0.0.1:8443"
        context.snapshot.engine.grpc = "127.0.0.1:8444"
        context.snapshot.engine.speaksTLS = true
        context.snapshot.system.access.certificate = CertificateStatus(
            name: "models.example", expiresAt: context.asOf + 20 * 86_400_000, since: 0, asksClients: true)
        for wanted in ["https://127.0.0.1:8443", "127.0.0.1:8444", "models.example, until ", "clients show"] {
            #expect(text().contains(wanted), "\(wanted): \(text())")
        }
        context.snapshot.system.access.certificate?.problem = "TLS: no certificate: /w/a.pem"
        let past = context.asOf - 1
        context.snapshot.system.access.certificate?.expiresAt = past
        #expect(text().contains("models.example, expired on ") && text().contains("a newer one is not used: TLS: no certificate"))
    }

    @Test("tokens show what they allow and when they were last used, refused attempts by reason; nothing of it where there is neither")
    func tokens() {
        var context = SampleContext.make()
        func text() -> String { SampleContext.draw(SystemScreen(), context, size: Size(width: 200, height: 60)).text }
        #expect(!text().contains("tokens"))
        let used = AccessToken(name: "loader", hash: "", scopes: [.infer, .labels], deployments: ["churn"])
        let over = AccessToken(name: "old", hash: "", scopes: [.admin], expiresAt: context.asOf - 1)
        context.snapshot.system.access = AccessStatus(
            tokens: [
                TokenStatus(used, lastUsed: context.asOf - 60_000, requests: 12), TokenStatus(over, lastUsed: nil, requests: 0),
            ], requiresTokens: true, refused: ["no_token": 1_204, "scope": 3, "rate": 0], refusedLastMinute: 4)
        for wanted in [
            "infer,labels of churn, used", "admin expired, not used yet", "health alone is answered", "1,204 no_token, 3 scope",
        ] {
            #expect(text().contains(wanted), "\(wanted): \(text())")
        }
    }
}
