import Tabular

/// The settings that a search varies, with where it looks for each.
package struct SearchSpace: Sendable {
    /// Draws after which a small space counts as exhausted.
    private static let attempts = 50

    private let dimensions: [(spec: ParameterSpec, range: SearchRange)]
    /// What the first trial takes.
    let start: [String: String]

    /// Every setting of the algorithm that has a range and is not given.
    ///
    /// - Throws: `.nothingToSearch`; `.badSetting` and `.unknownSetting` for a start that cannot be.
    package init(_ type: any Estimator.Type, given: [String: String], start: [String: String]) throws(LearningFailure) {
        let searchable = type.parameters.compactMap { spec in spec.search.map { (spec: spec, range: $0) } }
        guard !searchable.isEmpty else { throw .nothingToSearch(algorithm: type.name, isGiven: false) }
        dimensions = searchable.filter { given[$0.spec.name] == nil }
        guard !dimensions.isEmpty else { throw .nothingToSearch(algorithm: type.name, isGiven: true) }
        let names = Set(searchable.map(\.spec.name))
        let texts = try Settings(start, for: searchable.map(\.spec)).texts
        self.start = texts.filter { names.contains($0.key) && given[$0.key] == nil }
    }

    /// The start, then settings at random, no two alike; fewer than wanted where there are no more.
    ///
    /// Random search finds as good settings as a grid with far fewer trials, since few settings matter (Bergstra and Bengio 2012).
    package func settings(count: Int, seed: UInt64) -> [[String: String]] {
        var random = SplitMix64(state: SplitMix64.mixed(seed ^ 0x5EA2_C4ED))
        var found = [start]
        var seen: Set = [start]
        while found.count < count {
            guard let next = fresh(&random, seen) else { break }
            seen.insert(next)
            found.append(next)
        }
        return found
    }

    private func fresh(_ random: inout SplitMix64, _ seen: Set<[String: String]>) -> [String: String]? {
        for _ in 0..<Self.attempts {
            var settings: [String: String] = [:]
            for (spec, range) in dimensions { settings[spec.name] = range.draw(spec.kind, &random) }
            if !seen.contains(settings) { return settings }
        }
        return nil
    }
}
