import Engine
import Store

/// A disk that sometimes refuses what is written to it.
struct Disk {
    /// Steps that the present fault lasts; 0: none.
    private var left = 0
    /// Whether a store may still refuse because of a fault that is over: it is asked again, seldomer each time.
    private var recovering = 0

    /// Whether nobody may be refused for the disk's sake.
    var isWell: Bool { left == 0 && recovering == 0 }

    /// Faults come and go.
    mutating func turn(_ world: World) async {
        if left > 0 {
            left -= 1
            if left == 0 { await mend(world) }
            return
        }
        recovering = max(0, recovering - 1)
        guard world.random.chance(0.02) else { return }
        world.faults += 1
        left = Int.random(in: 1...6, using: &world.random)
        let fault = world.random.pick([DiskFault.full, .writeError, .syncError]) ?? .full
        let stores = world.random.chance(0.4) ? Engine.StoreName.allCases : [world.random.pick(Engine.StoreName.allCases) ?? .control]
        let spared = Int.random(in: 0...5, using: &world.random)
        for store in stores { world.engine.inject(fault, into: store, after: spared) }
        if stores.contains(.telemetry) { world.clients.logHasHoles(world.engine.bootEpoch) }
        world.note("\(fault) in \(stores.map(\.rawValue)) after \(spared) writes for \(left) steps")
    }

    /// The disk takes everything again.
    mutating func mend(_ world: World) async {
        for store in Engine.StoreName.allCases { world.engine.inject(nil, into: store) }
        world.note("the disk is well")
        left = 0
        recovering = 2
    }
}
