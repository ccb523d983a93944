import Engine
import Learning
import Monitoring
import Tabular

/// People who promote, pause, freeze and write notes, as they like, each change with a reason of its own.
struct Operators {
    private static let people = [
        Operator(name: "owner", uid: 0, role: .admin), Operator(name: "oncall", uid: 1_001, role: .operator),
        Operator(name: "guest", uid: 1_002, role: .viewer),
    ]

    private var number = 0
    private(set) var done = 0

    mutating func act(_ world: World) async throws {
        // One whose first training the disk has spoilt is ordered again.
        for name in Houses.names where world.engine.snapshot.deployment(name).map({ $0.state == .empty && $0.job == nil }) ?? true {
            _ = try await perform(.deploy(Houses.order(name, root: world.root)), by: Self.people[0], world)
        }
        guard world.random.chance(0.3) else { return }
        let who = world.random.pick(Self.people) ?? Self.people[0]
        guard let action = draw(world) else { return }
        _ = try await perform(action, by: who, world)
        // What is paused or frozen does not stay so for ever: somebody comes and looks.
        if world.random.chance(0.25) { try await tidy(world) }
    }

    private mutating func tidy(_ world: World) async throws {
        for freeze in world.engine.snapshot.frozen where freeze.row == nil {
            _ = try await perform(.unfreeze(deployment: freeze.deployment, scope: freeze.scope), by: Self.people[0], world)
        }
        for status in world.engine.snapshot.deployments where status.state == .paused {
            _ = try await perform(.resume(deployment: status.name), by: Self.people[0], world)
        }
    }

    private func draw(_ world: World) -> Action? {
        guard let status = world.random.pick(world.engine.snapshot.deployments) else { return nil }
        let name = status.name
        let version = world.random.pick(status.versions)?.number ?? 1
        let scope = world.random.pick([FreezeScope.learning, .promotion, .traffic, .all]) ?? .all
        switch Int.random(in: 0..<22, using: &world.random) {
        case 0..<4: return .promote(deployment: name, version: version)
        case 4..<6: return .rollback(deployment: name, to: nil)
        case 6..<8: return .pause(deployment: name)
        case 8..<10: return .resume(deployment: name)
        case 10, 11: return .freeze(deployment: world.random.chance(0.3) ? nil : name, scope: scope)
        case 12, 13: return world.random.pick(world.engine.snapshot.frozen).map { .unfreeze(deployment: $0.deployment, scope: $0.scope) }
        case 14: return .train(TrainOrder(deployment: name, training: TrainingRequest(algorithm: "", seed: world.random.next() % 1_000)))
        case 15: return .setPolicy(deployment: name, text: Houses.policy(name))
        case 16: return .pin(deployment: name, version: version)
        case 17: return .unpin(deployment: name, version: version)
        case 18: return .archive(deployment: name, version: version)
        case 19:
            return world.random.pick(world.engine.snapshot.jobs).map {
                world.random.chance(0.5) ? .cancelJob(id: $0.id) : .retryJob(id: $0.id)
            }
        case 20: return world.random.pick(world.engine.snapshot.alerts).map { .acknowledge(alert: $0.id, until: nil, note: nil) }
        default: return .note(deployment: name, text: "note \(number)")
        }
    }

    private mutating func perform(_ action: Action, by who: Operator, _ world: World) async throws -> Bool {
        number += 1
        let reason = "change \(number) of engine \(world.engine.bootEpoch)"
        world.note("\(who.name): \(action)")
        let outcome = await world.engine.perform(ActionRequest(action, reason: reason), by: who)
        await world.engine.settled()
        switch outcome {
        case .success:
            if who.role == .viewer { throw Violation(what: "a viewer may \(action.verb)") }
            world.told.changes[reason] = .done
            done += 1
            return true
        case .failure(let failure):
            world.told.changes[reason] = .refused
            world.note("  \(failure)")
            if case .store = failure {
                if world.disk.isWell {
                    throw Violation(what: "\(action.verb) is refused though nothing is wrong with the disk: \(failure)")
                }
                if action.mustHold { throw Violation(what: "\(action.verb) is refused by a store: \(failure)") }
            }
            return false
        }
    }

    /// A change that nobody hears the answer of; its reason.
    mutating func whisper(_ world: World) async -> String? {
        number += 1
        let reason = "change \(number) of engine \(world.engine.bootEpoch)"
        guard let action = draw(world) else { return nil }
        world.note("whispered: \(action)")
        _ = await world.engine.perform(ActionRequest(action, reason: reason), by: Self.people[0])
        await world.engine.settled()
        return reason
    }
}

extension Action {
    /// Whether it works whatever the disk does.
    var mustHold: Bool {
        switch self {
        case .rollback, .pause, .freeze: true
        default: false
        }
    }
}
