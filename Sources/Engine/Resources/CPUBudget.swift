/// What a thread owes the machine: processor time beyond what it may have, to be waited for.
///
/// Between two looks it may have `cores · elapsed` of processor time. What it took beyond that is owed; what it left is kept for a moment only, so
/// that a work which waited for a disk does not run without bound afterwards. A thread that the kernel gives less than it may have owes nothing and
/// never waits.
package struct CPUBudget: Equatable {
    /// What a thread says of itself.
    package struct Reading: Equatable {
        /// Which thread it is.
        package var thread: UInt64
        /// Its processor time, nanoseconds.
        package var worked: UInt64
        /// The steady clock, nanoseconds.
        package var time: UInt64

        package init(thread: UInt64, worked: UInt64, time: UInt64) {
            self.thread = thread
            self.worked = worked
            self.time = time
        }
    }

    /// What may be kept of processor time that was not used: that of so many nanoseconds.
    package static let keptNanoseconds = 50_000_000.0
    /// A wait that is not worth a call, nanoseconds: it is owed on.
    package static let leastPause = 1_000_000.0

    private var last: Reading?
    private var owed = 0.0
    /// Processor time in all, nanoseconds.
    package private(set) var worked = 0.0

    package init() {}

    /// Takes a reading; returns how long the thread has to wait, nanoseconds, 0 when it may go on.
    ///
    /// - Parameters:
    ///   - threads: on which it works, all as busy as itself.
    ///   - cores: processors that it may use now.
    package mutating func take(_ reading: Reading, threads: Int, cores: Double) -> Double {
        defer { last = reading }
        guard let last, last.thread == reading.thread, reading.worked >= last.worked, reading.time >= last.time, cores > 0 else {
            owed = 0
            return 0
        }
        let used = Double(reading.worked - last.worked) * Double(max(1, threads))
        worked += used
        owed = max(-Self.keptNanoseconds * cores, owed + used - Double(reading.time - last.time) * cores)
        let pause = owed / cores
        return pause >= Self.leastPause ? pause : 0
    }
}
