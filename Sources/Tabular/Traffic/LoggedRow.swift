/// The logged row of a prediction.
public struct LoggedRow: Sendable, Equatable {
    /// When it was answered, UTC milliseconds.
    public var time: Int64
    /// Raw values in the order of the schema that it was answered by.
    public var features: [Double]
    /// The version that answered it.
    public var version: UInt32
    /// Labels that the learner which answered it had learnt since that version; nil where the version answered at rest.
    public var learnt: UInt32?
    /// What was answered, one value an output.
    public var scores: [Double]
    /// What versions that did not answer it gave the row, by version.
    public var beside: [UInt32: [Double]] = [:]

    /// Makes a row.
    public init(time: Int64, features: [Double], version: UInt32, learnt: UInt32?, scores: [Double]) {
        self.time = time
        self.features = features
        self.version = version
        self.learnt = learnt
        self.scores = scores
    }

    /// The row at a position of a block.
    public init(_ block: TrafficBlock, at index: Int) {
        time = block.times[index]
        features = Array(block.features[(index * block.width)..<((index + 1) * block.width)])
        version = block.versions[index]
        learnt = block.learnt(index)
        scores = Array(block.scores[(index * block.outputs)..<((index + 1) * block.outputs)])
        for further in block.further {
            guard let place = further.rows.firstIndex(of: UInt32(truncatingIfNeeded: index)) else { continue }
            beside[further.version] = Array(further.scores[(place * block.outputs)..<((place + 1) * block.outputs)])
        }
    }
}
