/// The deployments that there are, and the names of those that are not quite gone.
struct Fleet {
    /// Deployments by name.
    var entries: [String: DeploymentEntry] = [:]
    /// Removed deployments whose traffic and labels are not deleted yet: nobody can deploy under their names.
    var removals: Set<String> = []

    /// Deployments by name: what is done for all of them is done in the same order each time.
    ///
    /// Complexity: O(n log n); asked for a few times a second.
    var inOrder: [DeploymentEntry] { entries.values.sorted { $0.name < $1.name } }
}
