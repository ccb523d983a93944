import Engine
import Tabular

/// Who asks for predictions and tells their truth: late, twice, in another order, or never.
struct Clients {
    /// A label on its way.
    private struct Letter {
        var deployment: String
        var id: String
        var value: String
        var due: Int64
        var isCorrection = false
        /// Whether it was sent before.
        var isRepeated = false
    }

    private var letters: [Letter] = []
    /// By how much the population of a deployment has moved.
    private var shifts: [String: Double] = [:]
    /// Labels that a store refused, which are not there until they are taken.
    private var refused: Set<String> = []
    /// Since when rows may be missing in the log, by the boot epoch.
    private var holes: Set<UInt32> = []
    private(set) var answered = 0

    // MARK: Asking

    mutating func ask(_ world: World) {
        for name in Houses.names {
            guard let status = world.engine.snapshot.deployment(name), let schema = status.schema,
                let categories = world.plane.categories(name)
            else { continue }
            if world.random.chance(0.004) {
                shifts[name] = (shifts[name] ?? 0) == 0 ? (world.random.chance(0.5) ? 2 : -2) : 0
                world.note("\(name) moves by \(shifts[name] ?? 0)")
            }
            for _ in 0..<Int.random(in: 2...16, using: &world.random) {
                let row = Houses.row(shift: shifts[name] ?? 0, &world.random)
                var values = row.numbers[...]
                let coded = schema.features.map { feature in
                    feature.kind == .categorical ? Double(categories[feature.name].intern(row.category)) : values.removeFirst()
                }
                guard let answer = world.plane.predict(name, row: coded) else { continue }
                answered += 1
                write(
                    Letter(deployment: name, id: answer.id, value: row.isYes ? "yes" : "no", due: world.clock.clock.milliseconds()),
                    &world.random)
            }
        }
    }

    /// Posts the truth of an answer: most of it within hours, some never, some twice, some wrong and put right later.
    private mutating func write(_ letter: Letter, _ random: inout SimulationRandom) {
        if random.chance(0.1) { return }
        var letter = letter
        letter.due += Int64(Double.random(in: 0...1, using: &random) * Double(random.chance(0.05) ? 30 * World.step : 4 * World.step))
        letters.append(letter)
        if random.chance(0.05) {
            letter.due += 2 * World.step
            letters.append(letter)
        }
        if random.chance(0.01) {
            letter.due += World.step
            letter.value = letter.value == "yes" ? "no" : "yes"
            letter.isCorrection = random.chance(0.5)
            letters.append(letter)
        }
    }

    // MARK: Labelling

    mutating func label(_ world: World) async throws {
        let now = world.clock.clock.milliseconds()
        var due = letters.filter { $0.due <= now }
        letters.removeAll { $0.due <= now }
        due.shuffle(using: &world.random)
        for name in Houses.names {
            let batch = due.filter { $0.deployment == name }
            guard !batch.isEmpty else { continue }
            let labels = batch.map { IncomingLabel(id: $0.id, value: $0.value, correct: $0.isCorrection) }
            switch await world.engine.acceptLabels(labels, deployment: name) {
            case .success(let results):
                guard results.count == batch.count else { throw Violation(what: "\(results.count) results of \(batch.count) labels") }
                for (letter, result) in zip(batch, results) { try take(letter, result, world) }
            case .failure(.store):
                if world.disk.isWell { throw Violation(what: "labels are refused though nothing is wrong with the disk") }
                // They are sent again.
                for letter in batch {
                    if world.told.labels[name]?[letter.id] == nil { refused.insert(letter.id) }
                    var later = letter
                    later.due = now + World.step
                    letters.append(later)
                }
            case .failure(let failure): throw Violation(what: "labels of \(name): \(failure)")
            }
        }
        await world.engine.settled()
    }

    private mutating func take(_ letter: Letter, _ result: LabelResult, _ world: World) throws {
        let former = world.told.labels[letter.deployment]?[letter.id]
        func check(_ isRight: Bool) throws {
            if !isRight { throw Violation(what: "label \(letter) is \(result), and \(former ?? "nothing") was taken before") }
        }
        switch result {
        case .accepted, .pending:
            try check(former == nil || world.told.pending.contains(letter.id))
            if result == .pending { world.told.pending.insert(letter.id) }
            refused.remove(letter.id)
            world.told.labels[letter.deployment, default: [:]][letter.id] = letter.value
        case .duplicate: try check(former == letter.value)
        case .conflict: try check(former != nil && former != letter.value && !letter.isCorrection)
        case .corrected:
            try check(former != nil && former != letter.value && letter.isCorrection)
            world.told.labels[letter.deployment, default: [:]][letter.id] = letter.value
        case .unknown:
            // Only of a prediction that an end of the engine took with it before it was logged, or that the log had no room for.
            let epoch = RowID(letter.id)?.base.epoch ?? 0
            let mayBeGone = epoch < world.engine.bootEpoch || holes.contains(epoch)
            try check(mayBeGone && (former == nil || world.told.pending.contains(letter.id)))
        case .invalid: try check(false)
        }
    }

    /// The log has refused rows since the engine's start.
    mutating func logHasHoles(_ epoch: UInt32) { holes.insert(epoch) }

    /// Nobody hears of answers that were under way: their labels come all the same, to the next engine.
    mutating func forgetWhatIsLost(_ world: World, _ end: World.End) { holes.insert(world.engine.bootEpoch) }
}
