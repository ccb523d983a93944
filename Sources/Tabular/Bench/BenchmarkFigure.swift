/// One measured figure of `flyball bench`, next to the peer or floor it was measured against in the same run.
public struct BenchmarkFigure: Codable, Sendable {
    /// What was measured.
    public var name: String
    /// The figure, in `unit`.
    public var value: Double
    /// The unit, such as `MB/s`, `rows/s`, `s` or `ns`.
    public var unit: String
    /// The named peer or floor on the same data in the same run.
    public var against: String
    /// Our figure over the peer's, oriented so that larger is better for us; nil without a peer.
    public var ratio: Double?

    /// Makes a figure.
    public init(name: String, value: Double, unit: String, against: String, ratio: Double? = nil) {
        self.name = name
        self.value = value
        self.unit = unit
        self.against = against
        self.ratio = ratio
    }
}
