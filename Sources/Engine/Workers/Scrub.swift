import Store
import Synchronization

/// Reads what lies in the stores and is seldom asked for, a little each minute, so that damage is found before somebody needs what is damaged.
///
/// It goes round and round: 10 GiB of traffic, a million labels and some hundred models take a few days.
final class Scrub: Sendable {
    /// What one step reads: models, labels, blocks of traffic.
    private static let limits = (artefacts: 1, labels: 2_000, blocks: 16)

    private struct Places {
        var artefact = ""
        var label = Int64.min
        var block = Int64.min
    }

    private let stores: EngineStores
    private let places = Mutex(Places())

    init(stores: EngineStores) { self.stores = stores }

    /// The next part of each store; what is damaged in it.
    ///
    /// Blocks; a store that cannot be read now is passed over.
    func step() -> [DamagedRecord] {
        let from = places.withLock { $0 }
        let artefacts = try? stores.control.checkArtefacts(after: from.artefact, limit: Self.limits.artefacts)
        let labels = try? stores.labels.check(after: from.label, limit: Self.limits.labels)
        let blocks = try? stores.telemetry.check(after: from.block, limit: Self.limits.blocks)
        places.withLock { places in
            if let artefacts { places.artefact = artefacts.next ?? "" }
            if let labels { places.label = labels.next ?? .min }
            if let blocks { places.block = blocks.next ?? .min }
        }
        return (artefacts?.damaged ?? []) + (labels?.damaged ?? []) + (blocks?.damaged ?? [])
    }
}
