import Engine
import Foundation
import Learning
import Store
import Testing

/// What holds after every step, whatever is asked in whatever order: ten thousand sequences, each repeatable from its seed.
@Suite("Roll-outs: random sequences")
struct RollOutPropertyTests {
    static let sequences = 10_000
    static let steps = 24

    @Test(
        "one champion at most, and it is loaded; last-known-good was not withdrawn since it answered; every invariant holds after every step"
    )
    func invariants() {
        var flaws: [String] = []
        var kinds: Set<VersionState> = []
        var refused = 0
        for seed in 0..<Self.sequences {
            var random = SeededNumbers(state: UInt64(seed))
            var model = RollOutModel()
            for step in 0..<Self.steps {
                model.disturb(&random)
                let event = model.event(&random)
                let who = random.below(4) == 0 ? RollOutModel.policy : RollOutModel.person
                let before = model.state
                let made = model.apply(event, by: who, reason: random.below(5) == 0 ? nil : "tried")
                if made == nil {
                    refused += 1
                    if model.state != before { flaws.append("\(seed).\(step) \(event): refused, and yet changed") }
                    continue
                }
                let state = model.state
                flaws += state.checkInvariants().map { "\(seed).\(step) \(event): \($0)" }
                if state.versions.count(where: { $0.state == .champion }) > 1 { flaws.append("\(seed).\(step): two champions") }
                if let champion = state.champion, !model.loaded.contains(champion) {
                    flaws.append("\(seed).\(step): v\(champion) not loaded")
                }
                if let good = state.lastKnownGood, model.withdrawn.contains(good) {
                    flaws.append("\(seed).\(step): v\(good) was withdrawn")
                }
                if Set(state.versions.map(\.number)).subtracting(model.numbers) != [] {
                    flaws.append("\(seed).\(step): a number from nowhere")
                }
                if case .register = event, made?.version.map({ before.nextNumber == $0 }) != true {
                    flaws.append("\(seed).\(step): a number twice")
                }
                kinds.formUnion(state.versions.map(\.state))
            }
            if flaws.count > 20 { break }
        }
        #expect(flaws.isEmpty, "\(flaws.prefix(5))")
        // The sequences come everywhere: a state that none of them reaches would be tested by nobody.
        #expect(kinds == Set(VersionState.allCases))
        #expect(refused > Self.sequences)
    }

    @Test(
        "policies promote at most as often as max_per_day allows in any twenty-four hours, publications included, and never what was withdrawn"
    )
    func promotionsPerDay() {
        var flaws: [String] = []
        for seed in 0..<1_000 {
            var random = SeededNumbers(state: UInt64(seed) &+ 77)
            var model = RollOutModel()
            for _ in 0..<60 {
                model.clock += Int64(random.below(8_000_000))
                let withdrawn = model.withdrawn
                let event: RollOutEvent =
                    random.below(2) == 0
                    ? .register(CandidateFacts(answersAtOnce: true, comparedWith: model.state.champion)) : model.event(&random)
                if let step = model.apply(event, by: RollOutModel.policy), case .promote(let number) = event, withdrawn.contains(number) {
                    flaws.append("\(seed): a policy promoted v\(step.version ?? 0)")
                }
                for time in model.automatic
                where model.automatic.count(where: { $0 > time - 86_400_000 && $0 <= time }) > RollOutModel.perDay {
                    flaws.append("\(seed): too many until \(time)")
                }
            }
        }
        #expect(flaws.isEmpty, "\(flaws.prefix(5))")
    }

    @Test("an inverse gives the former state: who answers, whether it answers, what is pinned, and what a roll back returns to")
    func inverses() {
        var flaws: [String] = []
        var undone = 0
        for seed in 0..<4_000 {
            var random = SeededNumbers(state: UInt64(seed) &+ 5_000_000)
            var model = RollOutModel()
            for step in 0..<Self.steps {
                model.clock += Int64(random.below(100_000))
                let event = model.event(&random)
                let before = model.state
                guard model.apply(event) != nil, let action = event.action, let inverse = before.inverse(of: action) else { continue }
                // Of an earlier version only the word is known, and the word may stand for another one by now, or for none.
                if case .pause(_, .lastKnownGood) = inverse, before.pausedAnswer?.version != model.state.lastKnownGood { continue }
                undone += 1
                var undo = model
                undo.clock += 1
                guard let back = RollOutEvent(inverse, model.state), undo.apply(back, reason: "undo") != nil else {
                    flaws.append("\(seed).\(step) \(event): \(inverse) is refused")
                    continue
                }
                let after = undo.state
                if after.champion != before.champion || after.state != before.state {
                    flaws.append("\(seed).\(step) \(event): another answers")
                }
                if after.pausedAnswer != before.pausedAnswer {
                    flaws.append("\(seed).\(step) \(event): requests get something else")
                }
                if after.versions.filter(\.isPinned).map(\.number) != before.versions.filter(\.isPinned).map(\.number) {
                    flaws.append("\(seed).\(step) \(event): other pins")
                }
                // Whoever named a version further back than last-known-good has made that one the newest that served.
                if !event.namesFurther(than: before.lastKnownGood, in: before), after.lastKnownGood != before.lastKnownGood {
                    flaws.append("\(seed).\(step) \(event): \(before.lastKnownGood ?? 0) became \(after.lastKnownGood ?? 0)")
                }
            }
            if flaws.count > 20 { break }
        }
        #expect(flaws.isEmpty, "\(flaws.prefix(5))")
        #expect(undone > 4_000)
    }

    @Test("every state that is stored can be read back: what the sequences end in goes through a control store unchanged")
    func stored() throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "flyball-rollouts-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let store = try ControlStore(directory: directory)
        var kinds: Set<VersionState> = []
        for seed in 0..<60 {
            var random = SeededNumbers(state: UInt64(seed) &+ 9)
            var model = RollOutModel()
            for _ in 0..<60 {
                model.disturb(&random)
                model.apply(model.event(&random))
            }
            let name = "d\(seed)"
            let state = model.state
            try store.write { transaction in
                try transaction.insert(
                    DeploymentRecord(
                        name: name, createdAt: 0, schema: nil, state: state.state.rawValue, champion: state.champion,
                        lastKnownGood: state.lastKnownGood, dataHash: nil, payload: "{}"))
                for version in state.versions {
                    try transaction.insert(try Self.summary(version).record(deployment: name, profileHash: nil, reportHash: nil))
                }
            }
            let (record, versions, next) = try store.read { reader in
                (try reader.deployment(name), try reader.versions(of: name), try reader.nextVersionNumber(of: name))
            }
            #expect(record?.champion == state.champion)
            #expect(record?.lastKnownGood == state.lastKnownGood)
            #expect(record.flatMap { DeploymentState(rawValue: $0.state) } == state.state)
            #expect(versions.damaged.isEmpty)
            #expect(try versions.records.map { RollOutVersion(try VersionSummary($0)) } == state.versions)
            #expect(next <= state.nextNumber)
            kinds.formUnion(state.versions.map(\.state))
        }
        #expect(kinds == Set(VersionState.allCases))
    }

    private static func summary(_ version: RollOutVersion) -> VersionSummary {
        let gates = version.refusal.map { _ in [GateResult(name: "metric", passed: false, detail: "worse")] } ?? []
        return VersionSummary(
            number: version.number, state: .candidate, algorithm: "logistic", createdAt: 0, metrics: [], blessed: version.isBlessed,
            gates: gates, dataHash: "d", artefactHash: nil, createdBy: "ana", source: "", settings: [:], seed: 0, trainRows: 1,
            holdoutRows: 1, fitSeconds: 0, importance: []
        ).following(version)
    }
}

extension RollOutEvent {
    /// The action that asks for it; nil where no single one does.
    var action: Action? {
        switch self {
        case .register: nil
        case .promote(let number): .promote(deployment: "d", version: number)
        case .rollback(let number): .rollback(deployment: "d", to: number)
        case .rollbackToTime(let time): .rollbackToTime(deployment: "d", time: time)
        case .pause(let answer): .pause(deployment: "d", fallback: answer?.fallback ?? .unavailable)
        case .resume: .resume(deployment: "d")
        case .archive(let number): .archive(deployment: "d", version: number)
        case .pin(let number): .pin(deployment: "d", version: number)
        case .unpin(let number): .unpin(deployment: "d", version: number)
        case .challenge(let number, let plan): .challenge(deployment: "d", version: number, plan: plan)
        case .share(let number, let share): .share(deployment: "d", version: number, share: share)
        case .abort(let number): .abort(deployment: "d", version: number)
        }
    }

    init?(_ action: Action, _ state: RollOutState) {
        switch action {
        case .promote(_, let number): self = .promote(number)
        case .rollback(_, let number): self = .rollback(number)
        case .pause(_, let fallback): self = .pause(RollOutModel.answer(fallback, state))
        case .resume: self = .resume
        case .pin(_, let number): self = .pin(number)
        case .unpin(_, let number): self = .unpin(number)
        case .challenge(_, let number, let plan): self = .challenge(number, plan)
        case .share(_, let number, let share): self = .share(number, share)
        case .abort(_, let number): self = .abort(number)
        default: return nil
        }
    }

    /// Whether it is a roll back to another version than last-known-good.
    func namesFurther(than good: UInt32?, in state: RollOutState) -> Bool {
        switch self {
        case .rollback(let number?): number != good
        case .rollbackToTime(let time):
            state.versions.first { $0.served.contains { $0.from <= time && time < $0.until ?? .max } }?.number != good
        case .rollback(nil), .register, .promote, .pause, .resume, .archive, .pin, .unpin, .challenge, .share, .abort: false
        }
    }
}
