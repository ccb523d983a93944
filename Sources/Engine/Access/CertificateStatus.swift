import Monitoring
import Tabular

/// The certificate that listeners show, as the present has it: nothing of its key.
public struct CertificateStatus: Codable, Sendable, Equatable {
    /// Whom it names, in its own words.
    public var name: String
    /// From when on clients refuse it, UTC milliseconds.
    public var expiresAt: Int64
    /// Since when it is shown, UTC milliseconds.
    public var since: Int64
    /// Whether clients are let in with a certificate of their own only.
    public var asksClients: Bool
    /// Why the files as they are now are not used; nil where they are.
    public var problem: String?

    /// Makes a status.
    public init(name: String, expiresAt: Int64, since: Int64, asksClients: Bool, problem: String? = nil) {
        self.name = name
        self.expiresAt = expiresAt
        self.since = since
        self.asksClients = asksClients
        self.problem = problem
    }

    /// How long before its end somebody is told, milliseconds: 14 days.
    public static let warningMilliseconds: Int64 = 14 * 86_400_000

    /// Whether clients refuse it.
    public func isOver(at now: Int64) -> Bool { expiresAt <= now }

    /// Whether somebody is to be told of its end.
    public func isNearEnd(at now: Int64) -> Bool { expiresAt - now <= Self.warningMilliseconds }

    /// What it means for the workspace's alert; asked once a second.
    package static func events(_ status: CertificateStatus?, at now: Int64) -> [AlertEvent] {
        guard let status else { return [.over(.certificate, because: "no TLS is spoken any more")] }
        let end = TimeText.rfc3339(status.expiresAt)
        let problem = status.problem.map { ": the files that are there now are not used: \($0)" } ?? ""
        if status.isOver(at: now) {
            return [found(.critical, "clients refuse the certificate: it has expired, \(end)\(problem)", now)]
        }
        if status.isNearEnd(at: now) { return [found(.warning, "the certificate ends on \(end)\(problem)", now)] }
        if let problem = status.problem {
            return [found(.warning, "a new certificate is not used, the one before it is, until \(end): \(problem)", now)]
        }
        return [.over(.certificate, because: "the certificate is good until \(end)")]
    }

    private static func found(_ severity: Severity, _ title: String, _ now: Int64) -> AlertEvent {
        .found(Finding(kind: .certificate, severity: severity, title: title, onset: now))
    }
}
