import Foundation
import NIOCore
import Synchronization

/// Sends labels some time after the answers that they belong to, in small batches.
///
/// Labels are idempotent, so a batch without an answer is sent again, a few times.
final class LabelSender: Sendable {
    private struct Waiting {
        var due: NIODeadline
        var id: String
        var value: String
    }

    private struct State {
        // Answers come in about the order of their deadlines, and the delay is the same for all: a queue is order enough.
        var queue = CircularBuffer<Waiting>()
        var tally = LabelTally()
        var isClosed = false
    }

    /// Labels in one request.
    private static let batch = 200
    /// Labels that wait at most; more are counted as failed.
    private static let mostWaiting = 1_000_000
    private static let attempts = 4
    /// Between two batches, so that labels gather to small batches.
    private static let pause = Duration.milliseconds(100)

    private let state = Mutex(State())
    private let caller: HTTPCaller
    private let path: String
    private let delay: TimeAmount

    init(endpoint: Endpoint, deployment: String, delayMilliseconds: Int64) {
        caller = HTTPCaller(endpoint)
        path = "/v1/deployments/\(deployment)/labels"
        delay = .milliseconds(max(0, delayMilliseconds))
    }

    /// Takes the truth of a prediction; it is sent after the delay.
    func offer(id: String, value: String) {
        let due = NIODeadline.now() + delay
        state.withLock { state in
            guard !state.isClosed else { return }
            guard state.queue.count < Self.mostWaiting else { return state.tally.fail(1, "more than \(Self.mostWaiting) are waiting") }
            state.queue.append(Waiting(due: due, id: id, value: value))
        }
    }

    /// What became of the labels so far.
    var tally: LabelTally {
        state.withLock { state in
            var tally = state.tally
            tally.waiting += state.queue.count
            return tally
        }
    }

    /// Takes no further labels: `run` ends when those that wait are sent.
    func close() { state.withLock { $0.isClosed = true } }

    /// Sends what is due until the sender is closed and empty, or the task is cancelled.
    func run() async {
        defer { caller.close() }
        while !Task.isCancelled {
            let (batch, isDone) = take(now: .now())
            if !batch.isEmpty {
                await deliver(batch)
                if batch.count == Self.batch { continue }
            } else if isDone {
                return
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func take(now: NIODeadline) -> (batch: [Waiting], isDone: Bool) {
        state.withLock { state in
            var batch: [Waiting] = []
            while batch.count < Self.batch, let first = state.queue.first, first.due <= now { batch.append(state.queue.removeFirst()) }
            state.tally.waiting = batch.count
            return (batch, state.isClosed && state.queue.isEmpty && batch.isEmpty)
        }
    }

    private func deliver(_ batch: [Waiting]) async {
        let call = caller.calls.post(path, Self.body(batch))
        var reason = ""
        for attempt in 0..<Self.attempts {
            if attempt > 0 { try? await Task.sleep(for: Self.pause * (1 << attempt)) }
            if Task.isCancelled { return }
            switch await caller.send(call, timeout: .seconds(10)) {
            case .answered(200, let body):
                if let outcomes = Self.outcomes(Array(body.readableBytesView)) { return count(outcomes, of: batch) }
                reason = "unreadable answer"
            case .answered(let status, let body):
                reason = "\(status) \(ModelMetadata.errorText(Array(body.readableBytesView)))"
                // Only what the server may yet take is worth another attempt.
                if status < 500, status != 429 { return fail(batch, reason) }
            case .failed(let failure): reason = failure.rawValue
            }
        }
        fail(batch, reason)
    }

    private func count(_ outcomes: [String], of batch: [Waiting]) {
        state.withLock { state in
            state.tally.waiting = 0
            for outcome in outcomes.prefix(batch.count) { state.tally.count(outcome) }
            if outcomes.count < batch.count { state.tally.fail(batch.count - outcomes.count, "the answer leaves some out") }
        }
    }

    private func fail(_ batch: [Waiting], _ reason: String) {
        state.withLock { state in
            state.tally.waiting = 0
            state.tally.fail(batch.count, reason)
        }
    }

    private static func body(_ batch: [Waiting]) -> ByteBuffer {
        var bytes = Array("{\"labels\":[".utf8)
        for (index, label) in batch.enumerated() {
            bytes.append(contentsOf: (index == 0 ? "{\"id\":" : ",{\"id\":").utf8)
            JSONBytes.append(label.id, to: &bytes)
            bytes.append(contentsOf: ",\"value\":".utf8)
            JSONBytes.append(label.value, to: &bytes)
            bytes.append(0x7D)
        }
        bytes.append(contentsOf: "]}".utf8)
        return ByteBuffer(bytes: bytes)
    }

    private static func outcomes(_ body: [UInt8]) -> [String]? {
        struct Answer: Decodable {
            struct Result: Decodable { var outcome: String }
            var results: [Result]
        }
        return (try? JSONDecoder().decode(Answer.self, from: Data(body)))?.results.map(\.outcome)
    }
}
