import Monitoring
import Store
import Tabular

extension EngineCore {
    /// What is needed to learn a version's labels once more.
    func onlineReplay(_ name: String, _ number: UInt32) throws(ActionFailure) -> OnlineReplay {
        let entry = try entry(name)
        guard let version = version(number, of: entry) else {
            throw .notFound(kind: "version", name: "\(name) v\(number)", nearest: entry.versions.newestName)
        }
        guard let origin = version.online else {
            throw .refused(what: "\(name) v\(number) was not learnt online", advice: "train it once more")
        }
        guard let base = self.version(origin.base, of: entry)?.artefactHash else {
            throw .refused(
                what: "\(name) v\(number) went on from v\(origin.base), which is not kept any more",
                advice: "raise keep in the section [online] of its policy to keep more versions")
        }
        return OnlineReplay(
            deployment: name, origin: origin, baseHash: base, categories: entry.categories,
            faults: try storable { () throws(StoreFailure) in try faults(name, until: now()) }, stores: stores)
    }
}
