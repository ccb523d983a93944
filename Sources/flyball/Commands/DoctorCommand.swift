import ArgumentParser
import Tabular

/// The verb `doctor`.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check terminal, machine and workspace, and say what to do about each fault.",
        discussion: """
            Reads every store whole, row by row, also beside a running engine: with gigabytes of traffic that takes a while. Exit status 1 when \
            something does not work.

            flyball doctor
            flyball --workspace /var/lib/flyball doctor --json
            """)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        let findings = TerminalChecks.run() + WorkspaceChecks.run(path: place.path) + SystemChecks.run()
        if json.isJSON {
            try Output.json(findings)
        } else {
            for finding in findings {
                let verdict = finding.verdict.rawValue + String(repeating: " ", count: 6 - finding.verdict.rawValue.count)
                try Output.line(verdict + finding.check + ": " + finding.found + (finding.advice.map { ": " + $0 } ?? ""))
            }
        }
        let faults = findings.count { $0.verdict == .fail }
        if faults > 0 { throw CommandFailure("\(faults == 1 ? "one thing does" : "\(faults) things do") not work: see above") }
    }
}
