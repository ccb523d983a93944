import NIOCore
import NIOPosix

/// Single requests for those who can wait: metadata, labels.
///
/// One connection, used by one caller at a time; a second call while one is under way fails as `closed`.
final class HTTPCaller: Sendable {
    private let connection: NIOLoopBoundBox<Line>
    private let eventLoop: any EventLoop
    let calls: CallBuilder

    private struct Line {
        var connection: ClientConnection
        var isBusy = false
    }

    init(_ endpoint: Endpoint, eventLoop: any EventLoop = MultiThreadedEventLoopGroup.singleton.any()) {
        self.eventLoop = eventLoop
        calls = CallBuilder(endpoint)
        connection = NIOLoopBoundBox.makeBoxSendingValue(
            Line(connection: ClientConnection(endpoint: endpoint, eventLoop: eventLoop)), eventLoop: eventLoop)
    }

    /// Sends and waits for the answer; at the deadline the request fails as `timeout`, on cancellation as `closed`.
    func send(_ call: HTTPCall, timeout: TimeAmount) async -> HTTPOutcome {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                eventLoop.execute { self.begin(call, timeout: timeout) { continuation.resume(returning: $0) } }
            }
        } onCancel: {
            eventLoop.execute { self.connection.value.connection.close() }
        }
    }

    /// Why the last attempt to connect failed.
    func lastError() async -> String? { try? await eventLoop.submit { self.connection.value.connection.lastError }.get() }

    /// Closes the connection.
    func close() { eventLoop.execute { self.connection.value.connection.close() } }

    private func begin(_ call: HTTPCall, timeout: TimeAmount, _ done: @escaping (HTTPOutcome) -> Void) {
        guard !connection.value.isBusy else { return done(.failed(.closed)) }
        connection.value.isBusy = true
        let line = connection.value.connection
        let timer = eventLoop.assumeIsolated().scheduleTask(in: timeout) { line.expire(now: .distantFuture) }
        line.send(call, deadline: .now() + timeout) { outcome in
            timer.cancel()
            self.connection.value.isBusy = false
            done(outcome)
        }
    }
}
