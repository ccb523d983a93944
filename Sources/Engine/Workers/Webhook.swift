import Foundation
import FoundationNetworking
import Logging
import Monitoring
import Synchronization

/// What the webhook is told of an alert.
package enum WebhookEvent: String, Codable, Sendable {
    /// It fires, or fires again.
    case firing
    /// Somebody is on it.
    case acknowledged
    /// It is over.
    case resolved
}

/// Tells one URL of every alert that fires or resolves, as a JSON `POST`.
///
/// The URL comes from `flyball.toml` only. Nothing waits for it: at most `capacity` messages are under way, each is tried three times, and
/// what cannot be delivered is counted and logged.
final class Webhook: Sendable {
    /// Messages under way; more are dropped.
    static let capacity = 64
    /// Tries for each message.
    static let attempts = 3

    /// What is posted.
    struct Message: Codable, Sendable {
        var event: WebhookEvent
        var workspace: String
        var alert: Alert
    }

    private let url: URL
    private let session: URLSession
    private let underWay = Atomic(0)
    private let lost = Atomic(0)
    private let logger: Logger

    /// Takes an http or https URL; nil for anything else.
    init?(url text: String, logger: Logger) {
        guard let url = URL(string: text), url.scheme == "http" || url.scheme == "https", url.host != nil else { return nil }
        self.url = url
        self.logger = logger
        let configuration = URLSessionConfiguration.ephemeral
        configuration.timeoutIntervalForRequest = 5
        configuration.timeoutIntervalForResource = 10
        session = URLSession(configuration: configuration)
    }

    /// Messages waiting or being sent.
    var depth: Int { underWay.load(ordering: .relaxed) }
    /// Messages that were not delivered.
    var dropped: Int { lost.load(ordering: .relaxed) }

    /// Sends in the background.
    func send(_ alert: Alert, event: WebhookEvent, workspace: String) {
        guard underWay.load(ordering: .relaxed) < Self.capacity,
            let body = try? JSONEncoder().encode(Message(event: event, workspace: workspace, alert: alert))
        else {
            lost.add(1, ordering: .relaxed)
            return
        }
        underWay.add(1, ordering: .relaxed)
        Task {
            await deliver(body, title: alert.title)
            underWay.subtract(1, ordering: .relaxed)
        }
    }

    private func deliver(_ body: Data, title: String) async {
        var request = URLRequest(url: url)
        request.httpMethod = "POST"
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body
        var reason = ""
        for attempt in 0..<Self.attempts {
            do {
                let (_, response) = try await session.data(for: request)
                let status = (response as? HTTPURLResponse)?.statusCode ?? 0
                if (200..<300).contains(status) { return }
                reason = "status \(status)"
            } catch {
                reason = error.localizedDescription
            }
            try? await Task.sleep(for: .seconds(1 << attempt))
        }
        lost.add(1, ordering: .relaxed)
        logger.warning("webhook: not delivered: \(reason): check webhook in flyball.toml", metadata: ["alert": "\(title)"])
    }
}
