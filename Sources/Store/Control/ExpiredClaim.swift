/// A worker's claim on a job that was not prolonged in time.
public struct ExpiredClaim: Sendable, Hashable {
    /// The job's number.
    public var job: Int64
    /// Which of its claims.
    public var fence: Int64
    /// When it was over, milliseconds.
    public var leaseUntil: Int64

    /// The claim of that fence on that job, which was over at that time, milliseconds.
    public init(job: Int64, fence: Int64, leaseUntil: Int64) {
        self.job = job
        self.fence = fence
        self.leaseUntil = leaseUntil
    }
}
