import Engine
import Foundation
import Store

/// Has a backup tried in a process of its own: whatever a damaged one does there, serving goes on.
enum DrillProcess {
    /// Largest answer, bytes.
    private static let answerBytes = 8 << 20

    static func run(directory: String, number: Int) async throws(BackupFailure) -> DrillReport {
        try await onThread("flyball.drill") { Result { () throws(BackupFailure) in try wait(directory, number) } }.get()
    }

    private static func wait(_ directory: String, _ number: Int) throws(BackupFailure) -> DrillReport {
        func failure(_ reason: String) -> BackupFailure {
            .unusable(file: directory, reason: reason, remedy: "try it by hand: flyball backup verify")
        }
        let told: CapturedProcess
        do {
            told = try CapturedProcess.run(["backup", "verify", directory, "--backup", "\(number)", "--json"], limit: answerBytes)
        } catch { throw failure("\(error)") }
        guard let document = try? JSONDecoder().decode(DrillDocument.self, from: told.output) else {
            throw failure("the drill gave no answer: \(told.ending.description)")
        }
        return DrillReport(
            directory: document.directory, number: document.backup, madeAt: 0, bytes: document.bytes, rows: document.rows,
            journal: document.journal, champions: document.champions, failure: document.failure)
    }
}
