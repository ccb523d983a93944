import Dispatch
import Engine
import Foundation
import Logging
import NIOSSL
import Synchronization
import Tabular

/// The certificate that is in force: whoever connects gets the newest good one, and what is open keeps the one that it began with.
///
/// The files are looked at every few seconds. What has changed is read when it has stood still between two looks, since a key and its certificate are
/// two files; a pair that cannot be used changes nothing but what is shown.
final class TLSKeeper: Sendable {
    private struct State {
        var identity: TLSIdentity
        var since: Int64
        var problem: String?
        /// The files as they were read last.
        var read: [TLSFacts]
        /// As they were at the last look.
        var seen: [TLSFacts]
        var isOver = false
    }

    private let files: TLSFiles
    private let clock: EngineClock
    private let logger: Logger
    private let state: Mutex<State>
    private let queue = DispatchQueue(label: "flyball.tls", qos: .utility)

    /// Reads the files; a certificate whose time is over is shown all the same, since an engine without any listener helps nobody.
    init(_ files: TLSFiles, clock: EngineClock, logger: Logger) throws(TLSFailure) {
        self.files = files
        self.clock = clock
        self.logger = logger
        let marks = Self.marks(files)
        let identity = try TLSIdentity(files, now: nil)
        state = Mutex(State(identity: identity, since: clock.milliseconds(), read: marks, seen: marks))
    }

    /// What a connection that begins now shows to a client of HTTP.
    var http: NIOSSLContext { state.withLock { $0.identity.http } }

    /// What a connection that begins now shows to a client of gRPC.
    var grpc: NIOSSLContext { state.withLock { $0.identity.grpc } }

    /// As it is published.
    var status: CertificateStatus {
        state.withLock { state in
            CertificateStatus(
                name: state.identity.name, expiresAt: state.identity.expiresAt, since: state.since,
                asksClients: files.clientAuthorities != nil, problem: state.problem)
        }
    }

    /// Looks at the files again and again, until `end()`.
    func watch(everySeconds seconds: Double) {
        queue.asyncAfter(deadline: .now() + seconds) { [weak self] in
            guard let self, !self.state.withLock({ $0.isOver }) else { return }
            self.look()
            self.watch(everySeconds: seconds)
        }
    }

    /// Looks no more.
    func end() { state.withLock { $0.isOver = true } }

    /// Takes the files if they are new and have stood still since the last look.
    func look() {
        let marks = Self.marks(files)
        let isDue = state.withLock { state in
            defer { state.seen = marks }
            guard marks != state.read, marks == state.seen else { return false }
            state.read = marks
            return true
        }
        guard isDue else { return }
        do throws(TLSFailure) {
            let now = clock.milliseconds()
            let identity = try TLSIdentity(files, now: now)
            state.withLock { state in
                state.identity = identity
                state.since = now
                state.problem = nil
            }
            logger.notice("TLS: a new certificate is shown: \(identity.name), until \(TimeText.rfc3339(identity.expiresAt))")
        } catch {
            state.withLock { $0.problem = error.description }
            logger.error("the new certificate is not used, the one before it is: \(error.description)")
        }
    }

    private static func marks(_ files: TLSFiles) -> [TLSFacts] { files.paths.map { TLSFacts($0) } }
}
