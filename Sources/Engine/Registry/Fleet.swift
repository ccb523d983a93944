/// The deployments that there are, and the names of those that are not quite gone.
struct Fleet {
    /// Deployments by name.
    var entries: [String: DeploymentEntry] = [:]
    /// Removed deployments whose traffic and labels are not deleted yet: nobody can deploy under their names.
    var removals: Set<String> = []
}
