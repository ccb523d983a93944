import Dispatch
import Learning
import Monitoring
import Store
import Tabular

/// Reads versions from the store and proves that they answer as they did when they were made, on threads of its own: a large model never
/// holds up the engine.
final class VersionLoader: Sendable {
    /// What is to be loaded.
    struct Order: Sendable {
        var deployment: String
        var number: UInt32
        var categories: Categories
    }

    private let control: ControlStore
    private let queue = DispatchQueue(label: "flyball.load", qos: .userInitiated, attributes: .concurrent)

    init(control: ControlStore) { self.control = control }

    /// Checksum, decoding, golden rows, drift reference.
    func load(_ order: Order) async -> Result<LoadedVersion, ActionFailure> {
        await onQueue(queue) { Result { () throws(ActionFailure) in try self.read(order) } }
    }

    /// The same for many at once, in the order given.
    func load(_ orders: [Order]) async -> [Result<LoadedVersion, ActionFailure>] {
        await onQueue(queue) {
            let results = ResultSlots<LoadedVersion, ActionFailure>(count: orders.count)
            DispatchQueue.concurrentPerform(iterations: orders.count) { index in
                results.set(index, Result { () throws(ActionFailure) in try self.read(orders[index]) })
            }
            return results.all
        }
    }

    /// Reads a version anew, and has it answer its golden rows; how many these are.
    func prove(_ order: Order) async -> Result<Int, ActionFailure> {
        await onQueue(queue) {
            Result { () throws(ActionFailure) in
                let name = "\(order.deployment) v\(order.number)"
                let artefact: [UInt8]
                do throws(StoreFailure) {
                    artefact = try self.control.read { reader in
                        guard let hash = try reader.places(of: order.deployment, number: order.number)?.artefact else {
                            throw StoreFailure.notFound(name)
                        }
                        return try reader.artefact(hash)
                    }
                } catch { throw .store("\(error)") }
                let loaded = Gates.load(artefact: artefact, categories: order.categories)
                guard loaded.predictor != nil, let model = loaded.model else {
                    throw .refused(what: loaded.results.last?.detail ?? "it does not load", advice: "nothing of it can be relied upon")
                }
                return model.goldenCount
            }
        }
    }

    /// Whether what is stored of a version's model is not what was stored, or is gone; false when that cannot be told now.
    func isDamaged(_ deployment: String, _ number: UInt32) async -> Bool {
        await onQueue(queue) {
            do throws(StoreFailure) {
                try self.control.read { reader in
                    guard let places = try reader.places(of: deployment, number: number) else { return }
                    for hash in [places.artefact, places.profile].compactMap(\.self) { _ = try reader.artefact(hash) }
                }
                return false
            } catch {
                switch error {
                case .corrupt, .notFound: return true
                default: return false
                }
            }
        }
    }

    private func read(_ order: Order) throws(ActionFailure) -> LoadedVersion {
        let name = "\(order.deployment) v\(order.number)"
        let artefact: [UInt8]
        let profile: [UInt8]
        do {
            (artefact, profile) = try control.read { reader in
                guard let places = try reader.places(of: order.deployment, number: order.number), let hash = places.artefact,
                    let profileHash = places.profile
                else { throw StoreFailure.notFound(name) }
                return (try reader.artefact(hash), try reader.artefact(profileHash))
            }
        } catch { throw .store("\(name) does not load: \(error)") }
        let loaded = Gates.load(artefact: artefact, categories: order.categories)
        guard let predictor = loaded.predictor else {
            throw .refused(what: "\(name) does not load: \(loaded.results.last?.detail ?? "")", advice: "the champion stays")
        }
        let reference: ReferenceProfile
        do throws(RecordFailure) { reference = try ReferenceProfile(artefact: profile) } catch {
            throw .refused(what: "\(name): its drift reference cannot be read: \(error)", advice: "train a new version")
        }
        return LoadedVersion(
            number: order.number, predictor: predictor, profile: reference.bind(order.categories), reference: reference)
    }
}
