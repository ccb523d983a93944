/// The most that a model may have, so that no file can exhaust the machine.
public struct OnnxLimits: Sendable, Equatable {
    /// Bytes of the file.
    public var bytes = 256 << 20
    /// Nodes of the graph.
    public var nodes = 100_000
    /// Values of any name.
    public var values = 400_000
    /// Inputs and outputs of one node.
    public var ports = 4_096
    /// Dimensions of a tensor.
    public var dimensions = Shape.mostDimensions
    /// Elements of a tensor.
    public var elements = 1 << 26
    /// Bytes that the values of one evaluation may take together.
    public var memory = 1 << 30
    /// Trees' nodes in all.
    public var treeNodes = 50_000_000
    /// Steps from a tree's root to a leaf.
    public var treeDepth = 4_096

    /// The limits that files are read with.
    public init() {}
}
