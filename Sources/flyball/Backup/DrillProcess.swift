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
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw failure(String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let child: ChildProcess
        do {
            child = try ChildProcess.start(
                arguments: ["backup", "verify", directory, "--backup", "\(number)", "--json"], standardOutput: ends[1], standardError: nil)
        } catch {
            close(ends[1])
            throw failure("\(error)")
        }
        close(ends[1])
        var answer = Data()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while answer.count < answerBytes {
            let count = read(ends[0], &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            answer += buffer[0..<count]
        }
        let ending = child.wait()
        guard let document = try? JSONDecoder().decode(DrillDocument.self, from: answer) else {
            throw failure("the drill gave no answer: \(ending.description)")
        }
        return DrillReport(
            directory: document.directory, number: document.backup, madeAt: 0, bytes: document.bytes, rows: document.rows,
            journal: document.journal, champions: document.champions, failure: document.failure)
    }
}
