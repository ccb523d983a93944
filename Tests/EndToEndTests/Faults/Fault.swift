import Foundation

/// A fault that can be tried by itself.
enum Fault: String, CaseIterable, Sendable {
    case kill
    case disk
    case quota
    case full
    case flips
    case clock
    case short
    case descriptors
    case lease
    case queue
    case roles

    func figure(_ rig: CLIRig, seed: UInt64, scale: FaultScale) async throws -> FaultFigure {
        let started = ContinuousClock.now
        var figure =
            switch self {
            case .kill: try await KillFault.run(rig, seed: seed, rounds: scale.kills)
            case .disk: try await DiskErrorFault.run(rig, seed: seed, nth: scale.nth)
            case .quota: try await QuotaFault.run(rig)
            case .full: try await FullDiskFault.run(rig, starts: scale.fullStarts)
            case .flips: try await CorruptionFault.run(rig, seed: seed, count: scale.flips)
            case .clock: try await ClockFault.run(rig, rows: scale.clockRows)
            case .short: try await ShortWriteFault.run(rig, rounds: scale.shortRounds)
            case .descriptors: try await DescriptorFault.run(rig)
            case .lease: try await LeaseFault.run(rig)
            case .queue: try await QueueFault.run(rig)
            case .roles: try await RoleFault.run(rig)
            }
        figure.seconds = (ContinuousClock.now - started) / .seconds(1)
        return figure
    }
}
