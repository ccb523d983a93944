import Learning
import Store
import Tabular

extension EngineCore {
    /// Two versions on the same rows, or why that cannot be told; at once, whether it is known or not.
    func pair(_ name: String, _ first: UInt32, _ second: UInt32) -> HistoryContent {
        guard let entry = entries[name] else { return .failed("no such deployment: \(SafeText.escape(name))") }
        do throws(Unpaired) {
            let sides = (try side(first, of: entry), try side(second, of: entry))
            let key = PairTask.Key(
                deployment: name, first: first, second: second,
                artefacts: [sides.0.reference.artefactHash, sides.1.reference.artefactHash])
            let answer = try pairs.answer(key) { () throws(Unpaired) in try self.order(sides.0, sides.1, of: entry) }
            return switch answer {
            case .computing: .pair(nil)
            case .ready(let found): .pair(found)
            case .failed(let reason): .failed(reason)
            }
        } catch { return .failed(error.text) }
    }

    /// Why two versions cannot be set side by side.
    private struct Unpaired: Error {
        var text: String
    }

    private func side(_ number: UInt32, of entry: DeploymentEntry) throws(Unpaired) -> PairTask.Side {
        guard let version = version(number, of: entry) else {
            throw Unpaired(text: "no such version: \(SafeText.escape(entry.name)) v\(number)")
        }
        guard let hash = version.artefactHash else {
            throw Unpaired(text: "\(version.name) has no model: it is archived, or was refused before one was stored")
        }
        return PairTask.Side(
            reference: ChampionReference(version, artefactHash: hash), holdoutRows: version.holdoutRows, createdAt: version.createdAt)
    }

    private func order(_ first: PairTask.Side, _ second: PairTask.Side, of entry: DeploymentEntry) throws(Unpaired) -> PairTask.Order {
        guard let schema = entry.record.schema else { throw Unpaired(text: "\(entry.name): it has no schema yet") }
        let current = now()
        do throws(StoreFailure) {
            let traffic = LabelledTraffic(
                schema: schema, importHash: nil, from: max(first.createdAt, second.createdAt), until: current + 1,
                categories: entry.categories.copy(), faults: try faults(entry.name, until: current))
            return PairTask.Order(deployment: entry.name, first: first, second: second, traffic: traffic)
        } catch { throw Unpaired(text: "\(error)") }
    }
}

extension ChampionReference {
    init(_ version: VersionSummary, artefactHash: String) {
        self.init(
            number: version.number, artefactHash: artefactHash, dataHash: version.dataHash, split: version.split,
            isOnline: version.online != nil, settings: version.settings)
    }
}
