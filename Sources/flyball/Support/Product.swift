/// The product's name and version.
enum Product {
    /// Written into each version's lineage and shown by `flyball --version`.
    static let version = "0.1.0"
}
