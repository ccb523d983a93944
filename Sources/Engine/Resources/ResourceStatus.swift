/// What a class of work may take, and what it has given way.
public struct ResourceStatus: Codable, Sendable, Equatable {
    /// The class.
    public var job: JobClass
    /// Share of the machine's processors that it may use, 0…1.
    public var cpuShare: Double
    /// Processors that it may use now.
    public var cores: Double
    /// What serving leaves it of its own, 0.1…1.
    public var opening: Double
    /// Processor time that it has used since start, milliseconds.
    public var workedMilliseconds: Int64
    /// How long it has waited for serving, milliseconds.
    public var yieldedMilliseconds: Int64
    /// How long it has waited because its share was used up, milliseconds.
    public var boundedMilliseconds: Int64
    /// Why it stands still, when somebody froze it; nil else.
    public var heldBy: String?
    /// Bytes of memory that it may take; nil: nothing of it takes much.
    public var memoryBytes: Int?
    /// Bytes of files that one job may leave; nil: no bound of its own.
    public var diskBytes: Int64?

    /// Makes a status; nothing has been done.
    public init(_ job: JobClass, _ bounds: ResourceBounds, cores: Double, opening: Double) {
        self.job = job
        cpuShare = bounds.cpu
        self.cores = cores
        self.opening = opening
        workedMilliseconds = 0
        yieldedMilliseconds = 0
        boundedMilliseconds = 0
        heldBy = nil
        memoryBytes = bounds.memory
        diskBytes = bounds.disk
    }

    /// Whether it has done anything, or is bounded: else there is nothing to tell.
    public var isWorthTelling: Bool { job == .training || cpuShare < 1 || workedMilliseconds > 0 || heldBy != nil }

    /// In a sentence, of what is held back and how long it has given way.
    public var words: String {
        var words = "\(Self.percent(cpuShare)) of the machine"
        if let heldBy { return words + ", stands still: \(heldBy)" }
        if opening < 1 { words += ", now \(Self.percent(opening)) of that for serving" }
        return words
    }

    private static func percent(_ share: Double) -> String { "\(Int((min(max(share, 0), 1) * 100).rounded()))%" }
}
