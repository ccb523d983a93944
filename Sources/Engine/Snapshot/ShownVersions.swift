extension DeploymentStatus {
    /// The newest versions that a snapshot holds beside those with a role.
    static let newestVersions = 5

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

extension Snapshot {
    /// Adds versions of a deployment that came in pages, so that previews and refusals know of them.
    public mutating func add(_ versions: [VersionSummary], to name: String) {
        guard let index = deployments.firstIndex(where: { $0.name == name }) else { return }
        deployments[index].add(versions)
    }
}
