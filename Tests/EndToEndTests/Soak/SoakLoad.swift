import Foundation
import Synchronization

/// Clients that ask at an even pace, and tell the truth of a part of the answers some seconds later.
final class SoakLoad: Sendable {
    /// Threads that ask.
    private static let clients = 2
    /// Labels in one request.
    private static let batch = 50

    struct Counts: Sendable {
        var answered = 0
        var failed = 0
        var labels = 0
        var refusedLabels = 0
        var failures: [String] = []
    }

    private struct State {
        var counts = Counts()
        var isOver = false
        var isShifted = false
    }

    private let address: String
    private let deployments: [String]
    /// Rows as they were learnt, and rows of another population; the truth is that of the rows.
    private let usual: CLIFlights
    private let shifted: CLIFlights
    private let state = Mutex(State())

    init(address: String, deployments: [String]) throws {
        self.address = address
        self.deployments = deployments
        usual = try CLIFlights(rows: 0..<1_500)
        shifted = try CLIFlights(rows: 0..<1_500) { column, cell in
            column == "distance" ? Double(cell).map { "\($0 + 1_500)" } ?? cell : cell
        }
    }

    var counts: Counts { state.withLock { $0.counts } }

    /// From now on rows are of the other population, or again of the usual one.
    func shift(_ isShifted: Bool) { state.withLock { $0.isShifted = isShifted } }

    func stop() { state.withLock { $0.isOver = true } }

    /// Asks until it is stopped.
    ///
    /// - Parameter rate: requests a second of all clients together; nil: as fast as they are answered.
    func run(rate: Double?) async {
        await cliThreads(Self.clients) { self.drive($0, rate.map { Duration.seconds(Double(Self.clients) / $0) }) }
    }

    private func drive(_ client: Int, _ pause: Duration?) {
        var connection = CLIHTTP(address)
        var due = ContinuousClock.now
        var row = client
        var waiting: [String: [(id: String, value: String)]] = [:]
        while true {
            let (isOver, isShifted) = state.withLock { ($0.isOver, $0.isShifted) }
            if isOver { return }
            row += 1
            let name = deployments[row % deployments.count]
            let place = row % usual.bodies.count
            guard let answer = connection?.post("/v2/models/\(name)/infer", (isShifted ? shifted : usual).bodies[place]) else {
                note("no answer")
                connection = CLIHTTP(address)
                usleep(10_000)
                continue
            }
            if answer.status == 200 { state.withLock { $0.counts.answered += 1 } } else { note("status \(answer.status)") }
            if row % 4 == 0, answer.status == 200, let id = CLIFlights.answer(answer.body)?.id {
                waiting[name, default: []].append((id, usual.labels[place]))
            }
            // The oldest of those that wait are some seconds old by then.
            if let letters = waiting[name], letters.count >= 4 * Self.batch {
                label(name, letters.prefix(Self.batch), &connection)
                waiting[name]?.removeFirst(Self.batch)
            }
            guard let pause else { continue }
            due += pause
            let early = due - ContinuousClock.now
            if early > .zero { usleep(UInt32(early / .microseconds(1))) }
        }
    }

    private func label(_ name: String, _ letters: ArraySlice<(id: String, value: String)>, _ connection: inout CLIHTTP?) {
        let items = letters.map { "{\"id\":\"\($0.id)\",\"value\":\"\($0.value)\"}" }.joined(separator: ",")
        let answer = connection?.post("/v1/deployments/\(name)/labels", "{\"labels\":[\(items)]}")
        state.withLock { state in
            if answer?.status == 200 { state.counts.labels += letters.count } else { state.counts.refusedLabels += letters.count }
        }
    }

    private func note(_ failure: String) {
        state.withLock { state in
            state.counts.failed += 1
            if state.counts.failures.count < 5 { state.counts.failures.append(failure) }
        }
    }
}
