/// Work that makes way for serving, by what it is for.
public enum JobClass: String, Codable, Sendable, CaseIterable {
    /// Trainings of versions, with their gates.
    case training
    /// Trials of a search for settings.
    case search
    /// Learning label by label.
    case online
    /// What somebody looks at: importances, comparisons of versions.
    case analysis
    /// Backups.
    case backup
}

/// What one class of work may take.
public struct ResourceBounds: Sendable, Equatable {
    /// Share of the machine's processors, 0…1.
    public var cpu = 1.0
    /// Bytes of memory; nil: nothing of it takes much.
    public var memory: Int?
    /// Bytes of files of one job; nil: no bound of its own.
    public var disk: Int64?

    /// Makes bounds; by default there are none.
    public init(cpu: Double = 1, memory: Int? = nil, disk: Int64? = nil) {
        self.cpu = cpu
        self.memory = memory
        self.disk = disk
    }
}

/// What every class of work may take, as `flyball.toml` says.
public struct ResourcePlan: Sendable, Equatable {
    /// Threads that one training may use.
    public var trainingThreads = 1
    private var bounds: [JobClass: ResourceBounds]

    /// - Parameter memory: bytes that a training may take when nobody says otherwise.
    public init(memory: Int) { bounds = [.training: ResourceBounds(memory: memory)] }

    /// What a class may take; a search and an analysis have a training's memory, a search its room on the disk, unless they are given their own.
    public subscript(_ job: JobClass) -> ResourceBounds {
        get {
            var own = bounds[job] ?? ResourceBounds()
            let training = bounds[.training]
            if job == .search || job == .analysis { own.memory = own.memory ?? training?.memory }
            if job == .search { own.disk = own.disk ?? training?.disk }
            return own
        }
        set { bounds[job] = newValue }
    }

    /// Bytes of memory that it may take, about.
    public func memory(_ job: JobClass) -> Int { self[job].memory ?? .max }

    /// Threads that its work runs on.
    public func threads(_ job: JobClass) -> Int { job == .training || job == .search ? trainingThreads : 1 }
}
