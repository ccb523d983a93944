import Foundation

/// What the System screen shows, and what reads it.
struct SystemWatch {
    private var probe = SystemProbe()
    /// When the next backup is due, and how those there are stand.
    var backup = BackupWatch()
    /// What grows.
    var growth = GrowthWatch()
    /// As it is published.
    var status = SystemStatus()

    /// Asks the kernel.
    mutating func read(directory: String, nanoseconds: UInt64) {
        let reading = probe.read(directory: directory, nanoseconds: nanoseconds)
        status.threads = reading.threads
        status.residentBytes = reading.resident
        status.cpuCores = reading.cores
        status.processors = reading.processors
        status.diskFreeBytes = reading.free
    }
}

/// What the kernel says about this process and its disk.
struct SystemProbe {
    private var lastCPUNanoseconds: UInt64 = 0
    private var lastNanoseconds: UInt64 = 0

    /// Threads, resident bytes, cores in use since the last call, processors, and free bytes on the file system of `directory`.
    mutating func read(directory: String, nanoseconds: UInt64) -> (
        threads: Int, resident: Int64, cores: Double, processors: Int, free: Int64
    ) {
        var usage = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &usage)
        let cpu = UInt64(usage.tv_sec) * 1_000_000_000 + UInt64(usage.tv_nsec)
        let elapsed = nanoseconds &- lastNanoseconds
        let cores = lastNanoseconds == 0 || elapsed == 0 ? 0 : Double(cpu &- lastCPUNanoseconds) / Double(elapsed)
        lastCPUNanoseconds = cpu
        lastNanoseconds = nanoseconds
        let status = Self.processStatus()
        return (status.threads, status.resident, cores, ProcessInfo.processInfo.activeProcessorCount, Self.freeBytes(directory))
    }

    /// Free bytes on the file system of `path`; 0 when it cannot be asked.
    static func freeBytes(_ path: String) -> Int64 {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return 0 }
        return Int64(clamping: UInt64(information.f_bavail) &* UInt64(information.f_frsize))
    }

    /// `Threads:` and `VmRSS:` of /proc/self/status.
    private static func processStatus() -> (threads: Int, resident: Int64) {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return (0, 0) }
        var threads = 0
        var resident: Int64 = 0
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2 else { continue }
            if words[0] == "Threads:" { threads = Int(words[1]) ?? 0 }
            if words[0] == "VmRSS:" { resident = (Int64(words[1]) ?? 0) << 10 }
        }
        return (threads, resident)
    }
}
