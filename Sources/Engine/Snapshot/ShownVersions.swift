extension DeploymentStatus {
    /// The newest versions that a snapshot holds beside those with a role.
    static let newestVersions = 5

    /// The versions that a snapshot holds of all that are kept, newest first: the newest few, and those that a role names.
    ///
    /// Complexity: O(roles · log n).
    ///
    /// - Parameters:
    ///   - all: ascending by number.
    ///   - roles: numbers of the champion, of what a roll back returns to, of what waits for a person.
    static func shown(of all: [VersionSummary], roles: [UInt32?]) -> [VersionSummary] {
        let newest = all.suffix(newestVersions)
        let oldest = newest.first?.number ?? 0
        let named = Set(roles.compactMap(\.self)).filter { $0 < oldest }.sorted()
        let found = named.compactMap { number in
            let index = all.firstIndex(from: number)
            return index < all.count && all[index].number == number ? all[index] : nil
        }
        return (found + newest).reversed()
    }

    /// The version of that number, if it is one of those here.
    public func version(_ number: UInt32?) -> VersionSummary? { number.flatMap { wanted in versions.first { $0.number == wanted } } }

    /// Whether every version that is kept is here.
    public var holdsAllVersions: Bool { versions.count >= versionCount }

    /// Adds versions that came in pages, newest first; of one that is here already the state that is here stays.
    ///
    /// Complexity: O(versions).
    public mutating func add(_ others: [VersionSummary]) {
        guard !others.isEmpty else { return }
        var merged: [VersionSummary] = []
        merged.reserveCapacity(versions.count + others.count)
        var rest = others[...]
        for version in versions {
            while let next = rest.first, next.number > version.number { merged.append(rest.removeFirst()) }
            if rest.first?.number == version.number { rest.removeFirst() }
            merged.append(version)
        }
        versions = merged + rest
    }
}

extension [VersionSummary] {
    /// In versions ascending by number, the index of the first one that is not older than a number; the count when all are.
    ///
    /// Complexity: O(log n).
    func firstIndex(from number: UInt32) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle].number < number { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension Snapshot {
    /// Adds versions of a deployment that came in pages, so that previews and refusals know of them.
    public mutating func add(_ versions: [VersionSummary], to name: String) {
        guard let index = deployments.firstIndex(where: { $0.name == name }) else { return }
        deployments[index].add(versions)
    }
}
