/// How much an action can do, which decides how the console asks.
public enum Consequence: Int, Codable, Sendable, Comparable {
    /// Small and reversible: done at once, with an undo offer.
    case small = 1
    /// Changes what answers, or cannot be taken back: asked for with a preview.
    case serious = 2
    /// Touches everything: the name is typed.
    case grave = 3

    /// Orders by weight.
    public static func < (a: Consequence, b: Consequence) -> Bool { a.rawValue < b.rawValue }
}

/// What is true of an action wherever it is asked for.
///
/// The table below has no default: an action that is not in it does not compile.
public struct ActionFacts: Sendable, Equatable {
    /// What the journal writes.
    public var verb: JournalVerb
    /// The least role that may ask for it.
    public var role: Role
    /// How the console asks before doing it.
    public var consequence: Consequence
    /// Whether it must work on a full or failing disk.
    public var isEssential: Bool
    /// The deployment that it names, if it names one.
    public var deployment: String?

    init(_ verb: JournalVerb, _ role: Role, _ consequence: Consequence, essential: Bool = false, of deployment: String? = nil) {
        self.verb = verb
        self.role = role
        self.consequence = consequence
        isEssential = essential
        self.deployment = deployment
    }
}

extension Action {
    /// The one table.
    public var facts: ActionFacts {
        switch self {
        case .deploy(let order): ActionFacts(.deploy, .admin, .small, of: order.name)
        // Whoever names a file of the engine's machine reads it.
        case .train(let order): ActionFacts(.train, order.path == nil ? .operator : .admin, .small, of: order.deployment)
        case .promote(let name, _): ActionFacts(.promote, .operator, .serious, of: name)
        case .rollback(let name, _): ActionFacts(.rollback, .operator, .serious, essential: true, of: name)
        case .rollbackToTime(let name, _): ActionFacts(.rollback, .operator, .serious, essential: true, of: name)
        case .challenge(let name, _, let plan):
            ActionFacts(plan.kind.verb, .operator, plan.kind == .shadow ? .small : .serious, of: name)
        case .share(let name, _, _): ActionFacts(.share, .operator, .serious, of: name)
        case .abort(let name, _): ActionFacts(.abort, .operator, .serious, essential: true, of: name)
        case .publish(let name): ActionFacts(.publish, .operator, .serious, of: name)
        case .pause(let name, _): ActionFacts(.pause, .operator, .serious, essential: true, of: name)
        case .resume(let name): ActionFacts(.resume, .operator, .serious, of: name)
        case .archive(let name, _): ActionFacts(.archive, .admin, .serious, of: name)
        case .pin(let name, _): ActionFacts(.pin, .operator, .small, of: name)
        case .unpin(let name, _): ActionFacts(.unpin, .operator, .small, of: name)
        case .setThreshold(let name, _, _, _): ActionFacts(.threshold, .operator, .serious, of: name)
        case .remove(let name): ActionFacts(.remove, .admin, .grave, of: name)
        case .freeze(let name, _): ActionFacts(.freeze, .operator, name == nil ? .serious : .small, essential: true, of: name)
        case .unfreeze(let name, _): ActionFacts(.unfreeze, .operator, .small, of: name)
        case .cancelJob: ActionFacts(.jobCancel, .operator, .small)
        case .retryJob: ActionFacts(.jobRetry, .operator, .small)
        case .raiseJob: ActionFacts(.jobRaise, .operator, .small)
        case .acknowledge: ActionFacts(.acknowledge, .operator, .small)
        case .setPolicy(let name, _): ActionFacts(.policyApply, .admin, .small, of: name)
        case .tune(let name, _, .mute): ActionFacts(.mute, .operator, .small, of: name)
        case .tune(let name, _, .unmute): ActionFacts(.unmute, .operator, .small, of: name)
        case .tune(let name, _, .floor): ActionFacts(.driftFloor, .operator, .small, of: name)
        case .note(let name, _): ActionFacts(.note, .operator, .small, of: name)
        // Whoever names a directory of the engine's machine writes there. A disk that fails is the best time for one.
        case .backup(let order): ActionFacts(.backup, order.target == nil ? .operator : .admin, .small, essential: true)
        case .createToken: ActionFacts(.tokenCreate, .admin, .small)
        case .revokeToken: ActionFacts(.tokenRevoke, .admin, .serious, essential: true)
        case .stop: ActionFacts(.stop, .admin, .grave)
        case .upgrade: ActionFacts(.upgrade, .admin, .grave)
        }
    }

    /// The verb as the journal and the command line write it.
    public var verb: String { facts.verb.rawValue }
    /// The deployment that the action names, if it names one.
    public var deployment: String? { facts.deployment }
    /// The least role that may ask for it.
    public var role: Role { facts.role }
    /// How the console asks before doing it.
    public var consequence: Consequence { facts.consequence }
    /// Whether it must work on a full or failing disk.
    public var isEssential: Bool { facts.isEssential }
}

extension ArmPlan.Kind {
    /// What the journal writes when a version gets such a part.
    var verb: JournalVerb {
        switch self {
        case .canary: .canary
        case .ab: .ab
        case .shadow: .shadow
        }
    }
}
