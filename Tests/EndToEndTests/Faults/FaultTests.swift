import Foundation
import Testing

/// Faults of the machine under the real program: each a little in the slow suite, all of them at length by `make faults`.
@Suite("Faults", .serialized)
struct FaultTests {
    private static let environment = ProcessInfo.processInfo.environment

    @Test("what is promised holds under a fault", .enabled(if: environment["FLYBALL_SLOW"] == "1"), arguments: Fault.allCases)
    func each(_ fault: Fault) async throws {
        try await CLIRig.run { rig in
            let figure = try await fault.figure(rig, seed: Self.seed, scale: .small)
            #expect(figure.wrong.isEmpty, "\(Comment(rawValue: figure.complaint)) (FAULTS_SEED=\(Self.seed))")
        }
    }

    /// `make faults`: all that are not left out by FAULTS_ONLY, with a table at the end.
    @Test("what is promised holds under every fault", .enabled(if: environment["FLYBALL_FAULTS"] != nil))
    func all() async throws {
        var table = FaultTable(seed: Self.seed)
        let wanted = Self.environment["FAULTS_ONLY"].map { Set($0.split(separator: " ").map(String.init)) }
        print("faults: seed \(Self.seed)")
        // The one that waits for minutes does so beside the others.
        let faults = Fault.allCases.filter { wanted?.contains($0.rawValue) ?? true }
        async let waiting: FaultFigure? = faults.contains(.lease) ? Self.figure(.lease) : nil
        for fault in faults where fault != .lease { table.figures.append(try await Self.figure(fault)) }
        if let figure = try await waiting { table.figures.append(figure) }
        print("\n" + table.markdown)
        if let path = Self.environment["FLYBALL_FAULTS"], path.hasPrefix("/") {
            try table.markdown.write(toFile: path, atomically: true, encoding: .utf8)
        }
        for figure in table.figures { #expect(figure.wrong.isEmpty, "\(Comment(rawValue: figure.complaint))") }
    }

    /// The figure of a fault in a directory of its own; one that cannot be tried to its end is wrong.
    private static func figure(_ fault: Fault) async throws -> FaultFigure {
        var found: FaultFigure?
        do {
            try await CLIRig.run { rig in
                let figure = try await fault.figure(rig, seed: seed, scale: .full)
                found = figure
            }
        } catch {
            var figure = FaultFigure("\(fault)")
            figure.wrong = ["\(error)"]
            found = figure
        }
        let figure = found ?? FaultFigure("\(fault)")
        print("faults: \(fault): \(Int(figure.seconds.rounded())) s: \(figure.verdict): \(figure.tried)")
        return figure
    }

    /// FAULTS_SEED, or one that nobody has chosen.
    private static let seed: UInt64 = environment["FAULTS_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...999_999)
}
