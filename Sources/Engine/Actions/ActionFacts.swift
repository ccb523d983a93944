/// How much an action can do, which decides how the console asks.
public enum Consequence: Int, Codable, Sendable, Comparable {
    /// Small and reversible: done at once, with an undo offer.
    case small = 1
    /// Changes what answers: asked for with a preview.
    case serious = 2
    /// Touches everything: the name is typed.
    case grave = 3

    /// Orders by weight.
    public static func < (a: Consequence, b: Consequence) -> Bool { a.rawValue < b.rawValue }
}

extension Action {
    /// The verb as the journal and the command line write it.
    public var verb: String {
        switch self {
        case .deploy: "deploy"
        case .train: "train"
        case .promote: "promote"
        case .rollback: "rollback"
        case .publish: "publish"
        case .pause: "pause"
        case .resume: "resume"
        case .freeze: "freeze"
        case .unfreeze: "unfreeze"
        case .cancelJob: "job cancel"
        case .retryJob: "job retry"
        case .raiseJob: "job raise"
        case .acknowledge: "ack"
        case .setPolicy: "policy apply"
        case .note: "note"
        case .stop: "stop"
        }
    }

    /// The deployment that the action names, if it names one.
    public var deployment: String? {
        switch self {
        case .deploy(let order): order.name
        case .train(let order): order.deployment
        case .promote(let name, _), .rollback(let name, _), .publish(let name), .pause(let name), .resume(let name),
            .setPolicy(let name, _):
            name
        case .freeze(let name, _), .unfreeze(let name, _), .note(let name, _): name
        case .cancelJob, .retryJob, .raiseJob, .acknowledge, .stop: nil
        }
    }

    /// The least role that may ask for it.
    public var role: Role {
        switch self {
        case .setPolicy, .stop, .deploy: .admin
        // A path names a file on the engine's machine: only who owns the workspace may make the engine read it.
        case .train(let order) where order.path != nil: .admin
        default: .operator
        }
    }

    /// How the console asks before doing it.
    public var consequence: Consequence {
        switch self {
        case .promote, .rollback, .publish, .pause, .resume: .serious
        case .stop: .grave
        case .freeze(nil, _): .serious
        default: .small
        }
    }

    /// Whether it must work on a full or failing disk.
    public var isEssential: Bool {
        switch self {
        case .rollback, .pause, .freeze: true
        default: false
        }
    }
}
