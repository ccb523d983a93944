import Learning
import Tabular

extension EngineCore {
    /// How much each column matters to a version, or why that cannot be told; at once, whether it is known or not.
    func importance(_ name: String, _ number: UInt32) -> HistoryContent {
        let label = "\(SafeText.escape(name)) v\(number)"
        guard let entry = entries[name], let version = version(number, of: entry) else { return .failed("no such version: \(label)") }
        guard version.online == nil else { return .failed("\(version.name) was learnt label by label: no rows were held out for it") }
        guard let hash = version.artefactHash else { return .failed("\(version.name) has no model: it was refused before one was stored") }
        let order = ImportanceTask.Order(
            artefactHash: hash, dataHash: version.dataHash, seed: version.seed, holdoutRows: version.holdoutRows,
            split: version.split?.rule)
        switch importances.answer(order, order: { order }) {
        case .computing: return .importance(nil)
        case .ready(let found): return .importance(found)
        case .failed(let reason): return .failed(reason)
        }
    }
}
