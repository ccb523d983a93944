import Foundation
import Store

/// Measures what grows in a workspace: asks the stores, adds up files.
struct SizeProbe: Sendable {
    /// The deployment under whose name sizes are stored as series, which none can be called.
    private static let owner = "(workspace)"
    /// Files of one directory that are added up at most: a directory that somebody has filled with others holds nothing up.
    private static let fileLimit = 100_000

    let stores: EngineStores
    let workspace: Workspace

    /// Sizes now; what cannot be asked is left out.
    ///
    /// Blocks. Complexity: O(files + artefacts + ended jobs).
    func read() -> GrowthWatch.Reading {
        var reading = GrowthWatch.Reading()
        func note(_ thing: GrowingThing, _ size: Int64?) { reading.sizes[thing] = size }
        note(.labels, try? stores.labels.usedBytes())
        note(.traffic, try? stores.telemetry.usedBytes())
        note(.early, try? stores.telemetry.earlyRows())
        let control = try? stores.control.sizes()
        note(.artefacts, control?.artefactBytes)
        note(.jobs, control?.endedJobs)
        note(.alerts, control?.resolvedAlerts)
        note(.journal, control?.journalRows)
        note(.data, Self.bytes(workspace.dataDirectory))
        note(.checkpoints, Self.bytes(workspace.checkpointDirectory))
        note(.log, Self.bytes(workspace.logDirectory))
        note(.segments, Self.bytes(workspace.storeDirectory + "/journal"))
        note(.aside, Self.bytes(workspace.storeDirectory + "/aside"))
        if let disk = Self.disk(workspace.directory) {
            note(.disk, disk.used)
            reading.limits[.disk] = disk.total
        }
        reading.limits[.traffic] = workspace.configuration.retention.maxBytes
        return reading
    }

    /// What earlier engines have measured since a time.
    ///
    /// Blocks.
    func history(from: Int64, until: Int64) -> [GrowingThing: [GrowthLine.Point]] {
        var history: [GrowingThing: [GrowthLine.Point]] = [:]
        for thing in GrowingThing.allCases {
            for resolution in [SeriesRow.hour, SeriesRow.minute] {
                let rows = try? stores.telemetry.series(
                    deployment: Self.owner, metric: GrowthWatch.metric(thing), resolution: resolution, from: from, until: until)
                history[thing, default: []] += (rows ?? []).map { GrowthLine.Point(time: $0.time, size: $0.mean) }
            }
        }
        return history
    }

    /// Stores measurements.
    func store(_ points: [(thing: GrowingThing, size: Double)], at now: Int64) throws(StoreFailure) {
        let rows = points.map { point in
            SeriesRow(
                deployment: Self.owner, metric: GrowthWatch.metric(point.thing), resolution: SeriesRow.minute, time: now - now % 60_000,
                mean: point.size, low: point.size, high: point.size, n: 1)
        }
        if !rows.isEmpty { try stores.telemetry.append(series: rows) }
    }

    /// Bytes of all files below a directory; 0 where there is none.
    static func bytes(_ directory: String) -> Int64 {
        guard let paths = FileManager.default.enumerator(atPath: directory) else { return 0 }
        var (sum, count) = (Int64(0), 0)
        for case let path as String in paths {
            var status = stat()
            // What has gone meanwhile counts nothing; links are not followed.
            guard lstat(directory + "/" + path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            sum += Int64(status.st_size)
            count += 1
            if count == fileLimit { break }
        }
        return sum
    }

    /// What the file system has room for and what of that is taken; room that only root may take counts as taken.
    private static func disk(_ path: String) -> (used: Int64, total: Int64)? {
        var information = statvfs()
        guard statvfs(path, &information) == 0 else { return nil }
        let unit = UInt64(information.f_frsize)
        let total = Int64(clamping: UInt64(information.f_blocks) &* unit)
        return (total - min(total, Int64(clamping: UInt64(information.f_bavail) &* unit)), total)
    }
}
