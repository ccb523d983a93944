import Store
import Tabular

/// Looks at a program that shall take an engine's place: its version, or why it cannot.
public typealias SuccessorInspection = @Sendable (_ path: String) async -> Result<String, ActionFailure>

extension EngineCore {
    /// Begins to hand over to another program: it is looked at first, and an order that is not in the journal is not carried out.
    func upgrade(_ path: String, _ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        guard let inspect = configuration.successor else { throw .unavailable("upgrade: this engine cannot be replaced: stop it instead") }
        let version = try await inspect(path).get()
        // Somebody may have stopped it while the other program was looked at.
        guard !isStopping else { throw .unavailable("engine: it is stopping: start it again") }
        let change = Change(
            verb: request.action.facts.verb, deployment: nil,
            summary: "handed over from flyball \(configuration.productVersion) to \(version)", reason: request.reason,
            details: ["program": path, "version": version, "former": configuration.productVersion])
        let (row, nanoseconds) = try commit(change, by: who) { _ in }
        stopping.successor = path
        beginStopping()
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    /// Stops in a moment: the answer leaves first, so that whoever asked hears of it before the socket closes.
    func beginStopping() {
        isStopping = true
        Task {
            try? await Task.sleep(for: .milliseconds(150))
            await self.shutdown()
        }
    }
}
