import Learning
import Store
import Tabular

/// Figures out how much each column matters to a version.
struct ImportanceTask: Sendable {
    typealias Worker = OnDemandWorker<Order, Order, GlobalImportance>

    /// A version's model and the rows that it was judged on.
    struct Order: Sendable, Hashable {
        var artefactHash: String
        var dataHash: String
        var seed: UInt64
        var holdoutRows: Int
        var split: SplitRule?
    }

    /// Columns of an answer, the most important ones.
    static let columns = 50

    let data: KeptData
    let control: ControlStore

    func find(_ order: Order, _ hooks: TrainingHooks) -> Worker.Answer {
        do throws(KeptData.Unreadable) {
            let holdout = try data.heldOut(of: order.dataHash, by: order.split, rows: order.holdoutRows).rows
            let model = try data.model(order.artefactHash, control)
            do throws(LearningFailure) {
                var found = try model.globalImportance(holdout, seed: order.seed, hooks: hooks)
                found.entries = Array(found.entries.prefix(Self.columns))
                return .ready(found)
            } catch { return .failed("\(error)") }
        } catch { return .failed(error.text) }
    }
}
