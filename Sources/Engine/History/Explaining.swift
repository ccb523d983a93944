import Learning
import Store
import Tabular

/// What explains the scores of one version, kept while it is asked for.
struct CachedExplainer: Sendable {
    var version: UInt32
    var explainer: ModelExplainer
}

extension EngineCore {
    /// Why rows get their scores, by a version's own model: raw rows in the deployment's codes, row-major.
    ///
    /// The model is read and bound once for as long as the same version is asked for. Never on an event loop: a row takes up to milliseconds.
    func explain(_ rows: [Double], deployment: String, version: UInt32) async -> Result<[Explanation], ActionFailure> {
        do throws(ActionFailure) {
            let explainer = try await explainer(deployment, version)
            let width = explainer.schema.width
            guard width > 0, rows.count.isMultiple(of: width) else {
                throw .invalid(what: "rows of \(deployment): \(rows.count) values", advice: "a row has \(width)")
            }
            return await onQueue(reading) {
                var found: [Explanation] = []
                for start in stride(from: 0, to: rows.count, by: width) {
                    do throws(LearningFailure) { found.append(try explainer.explain(Array(rows[start..<(start + width)]))) } catch {
                        return .failure(.unavailable("\(deployment) v\(version) cannot be explained: \(error)"))
                    }
                }
                return .success(found)
            }
        } catch { return .failure(error) }
    }

    private func explainer(_ name: String, _ number: UInt32) async throws(ActionFailure) -> ModelExplainer {
        let entry = try entry(name)
        if let cached = entry.explainer, cached.version == number { return cached.explainer }
        guard let hash = version(number, of: entry)?.artefactHash else {
            throw .notFound(kind: "version", name: "\(name) v\(number)", nearest: entry.versions.newestName)
        }
        let control = stores.control
        let categories = entry.categories
        let made: Result<ModelExplainer, ActionFailure> = await onQueue(reading) {
            do {
                let model = try Model.decode(try control.read { try $0.artefact(hash) })
                return .success(try model.explainer(categories: categories))
            } catch { return .failure(.store("\(name) v\(number) does not load: \(error)")) }
        }
        let explainer = try made.get()
        entry.explainer = CachedExplainer(version: number, explainer: explainer)
        return explainer
    }
}
