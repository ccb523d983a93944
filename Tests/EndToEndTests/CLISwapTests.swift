import Foundation
import Synchronization
import Testing

/// One answer under traffic.
private struct Seen: Sendable {
    var row: Int
    var status: Int
    var version: String
    var score: Double
}

@Suite("Swaps under traffic", .serialized)
struct CLISwapTests {
    private static let rows = 400
    private static let clients = 4
    /// Requests a second, all clients together.
    private static let rate = 500

    @Test("twenty promotions and roll backs under 500 requests a second drop nothing and mix nothing")
    func twenty() async throws { try await Self.swaps(20) }

    @Test("a hundred do not either", .enabled(if: ProcessInfo.processInfo.environment["FLYBALL_SLOW"] == "1"))
    func hundred() async throws { try await Self.swaps(100) }

    private static func swaps(_ count: Int) async throws {
        try await CLIRig.run { rig in
            try await rig.deploy(algorithm: "boosted-trees")
            try await rig.done(
                "train", "flight-delay", "--data", CLIRig.flights, "--until", "2013-06-01", "--algorithm", "logistic", "--wait")
            // The golden answers come by another way: batch scoring, version by version.
            var golden: [String: [Double]] = [:]
            for version in ["1", "2"] { golden[version] = try await scores(rig, version: "v" + version) }
            let server = try await rig.serve()
            let flights = try CLIFlights(rows: 0..<rows)
            let address = server.address
            let isOver = Mutex(false)
            let seen = Mutex<[Seen]>([])
            async let traffic: Void = cliThreads(clients) { client in
                drive(client, flights, address: address, seen: seen) { isOver.withLock { $0 } }
            }
            for swap in 0..<count {
                if swap % 2 == 0 {
                    try await rig.done("promote", "flight-delay", "v2", "--reason", "swap \(swap)")
                } else {
                    try await rig.done("rollback", "flight-delay", "--reason", "swap \(swap)")
                }
            }
            isOver.withLock { $0 = true }
            await traffic
            try judge(seen.withLock { $0 }, golden)
            #expect(try await rig.object("journal", "verify")["intact"] as? Bool == true)
        }
    }

    private static func scores(_ rig: CLIRig, version: String) async throws -> [Double] {
        let lines = try await rig.done("predict", "flight-delay", "--data", CLIRig.flights, "--version", version).split(separator: "\n")
        return lines.dropFirst().prefix(rows).map { line in
            Double(line.split(separator: ",", omittingEmptySubsequences: false).dropLast().last ?? "") ?? .nan
        }
    }

    /// Sends at an even pace until it is over; the pace does not wait for answers that are late.
    private static func drive(_ client: Int, _ flights: CLIFlights, address: String, seen: borrowing Mutex<[Seen]>, isOver: () -> Bool) {
        guard let connection = CLIHTTP(address) else {
            seen.withLock { $0.append(Seen(row: 0, status: 0, version: "", score: .nan)) }
            return
        }
        let pause = Duration.seconds(1) * clients / rate
        var due = ContinuousClock.now
        var row = client
        while !isOver() {
            let answer = connection.post("/v2/models/flight-delay/infer", flights.bodies[row])
            let decoded = answer.flatMap { CLIFlights.answer($0.body) }
            seen.withLock {
                $0.append(Seen(row: row, status: answer?.status ?? 0, version: decoded?.modelVersion ?? "", score: decoded?.score ?? .nan))
            }
            if answer == nil { return }
            row = (row + clients) % rows
            due += pause
            let early = due - ContinuousClock.now
            if early > .zero { usleep(UInt32(early / .microseconds(1))) }
        }
    }

    private static func judge(_ seen: [Seen], _ golden: [String: [Double]]) throws {
        #expect(seen.allSatisfy { $0.status == 200 }, "\(seen.filter { $0.status != 200 }.prefix(3))")
        let wrong = seen.filter { golden[$0.version]?[$0.row] != $0.score }
        #expect(wrong.isEmpty, "\(wrong.count) of \(seen.count), such as \(wrong.prefix(3))")
        #expect(Set(seen.map(\.version)) == ["1", "2"])
    }
}
