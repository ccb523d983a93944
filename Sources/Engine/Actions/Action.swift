public import Learning
public import Tabular

/// Every change that anybody can make: the one door of the engine takes these and nothing else.
///
/// A key, a command, HTTP and a policy all build one of these values and hand it to `Engine.perform`.
public enum Action: Codable, Sendable, Equatable {
    /// Create a deployment: import the data, infer the schema, train v1, gate it, make it champion.
    case deploy(DeployOrder)
    /// Train a new version of a deployment.
    case train(TrainOrder)
    /// Make a version the champion.
    case promote(deployment: String, version: UInt32)
    /// Return to last-known-good, or to the named former champion; the departing version is marked withdrawn.
    case rollback(deployment: String, to: UInt32?)
    /// Return to what answered at a time, UTC milliseconds; the departing version is marked withdrawn.
    case rollbackToTime(deployment: String, time: Int64)
    /// Give a version a part of the traffic beside the champion, or another part than it had.
    case challenge(deployment: String, version: UInt32, plan: ArmPlan)
    /// Give a challenger more or less of the traffic, 0…1.
    case share(deployment: String, version: UInt32, share: Double)
    /// Take a challenger out (nil: all of them): the champion answers alone.
    case abort(deployment: String, version: UInt32?)
    /// Make what a deployment has learnt online so far a version, and the champion if it passes its gates.
    case publish(deployment: String)
    /// Stop a deployment from answering by its versions' part in the traffic: requests get the fallback. On a paused one: another fallback.
    case pause(deployment: String, fallback: Fallback = .unavailable)
    /// Let a paused deployment answer again.
    case resume(deployment: String)
    /// Stop everything automatic, in one deployment or (nil) in all.
    case freeze(deployment: String?, scope: FreezeScope)
    /// Lift a freeze.
    case unfreeze(deployment: String?, scope: FreezeScope)
    /// Ask a job to stop (within 2 s).
    case cancelJob(id: Int64)
    /// Queue a failed, cancelled or parked job again.
    case retryJob(id: Int64)
    /// Move a queued job to the front.
    case raiseJob(id: Int64)
    /// Acknowledge an alert until a time (nil: until it resolves), with a note.
    case acknowledge(alert: Int64, until: Int64?, note: String?)
    /// Replace a deployment's policy with this TOML text.
    case setPolicy(deployment: String, text: String)
    /// Give up a version's model and data; its line stays in the list, its number is never used again.
    case archive(deployment: String, version: UInt32)
    /// Keep a version, whatever the retention of the deployment's policy says.
    case pin(deployment: String, version: UInt32)
    /// Let the retention have a pinned version again.
    case unpin(deployment: String, version: UInt32)
    /// Let a version of two classes call a row positive from another score on, and what that was chosen by.
    case setThreshold(deployment: String, version: UInt32, value: Double, basis: ThresholdBasis)
    /// Take a deployment away with its versions, policy, traffic and labels; the journal stays.
    case remove(deployment: String)
    /// Say of a column that it is no alarm for now, or from which effect on it is one.
    case tune(deployment: String, column: String, change: TuningChange)
    /// Write a remark into the journal.
    case note(deployment: String?, text: String)
    /// Make a backup of the whole workspace.
    case backup(BackupOrder)
    /// Let whoever has a token ask over HTTP for what it allows.
    case createToken(TokenOrder)
    /// Let a token be worth nothing from now on.
    case revokeToken(name: String)
    /// Shut the engine down in order.
    case stop
    /// Have another program take the engine's place, by its path on the engine's machine, without refusing a connection.
    case upgrade(path: String)
}

/// What a freeze stops.
public enum FreezeScope: String, Codable, Sendable, CaseIterable {
    /// No automatic training.
    case learning
    /// No automatic promotion.
    case promotion
    /// No change of what answers, by anyone but a roll back or a pause.
    case traffic
    /// No deletion of logged traffic by its age; of the whole log only.
    case retention
    /// Learning, promotion and traffic.
    case all

    /// In a sentence: `learning`, and `everything` for all three.
    public var words: String { self == .all ? "everything" : rawValue }
}

/// The order behind `flyball deploy`.
public struct DeployOrder: Codable, Sendable, Equatable {
    /// The new deployment's name.
    public var name: String
    /// The data file on the engine's machine.
    ///
    /// Only the command line and the workspace's owner can name files; HTTP cannot.
    public var path: String
    /// How to read it.
    public var options: ImportOptions
    /// Algorithm, settings, seed and hold-out share.
    public var training: TrainingRequest
    /// The first policy, TOML; nil: the default (`advise`).
    public var policy: String?
    /// A file whose rows judge, in the layout of the first; nil: a part of the rows does.
    public var holdout: String?

    /// Makes an order.
    public init(name: String, path: String, options: ImportOptions, training: TrainingRequest, policy: String? = nil) {
        self.name = name
        self.path = path
        self.options = options
        self.training = training
        self.policy = policy
    }
}

/// The order behind `flyball train`.
public struct TrainOrder: Codable, Sendable, Equatable {
    /// The deployment.
    public var deployment: String
    /// A data file to learn from; nil: the deployment's labelled traffic and its import.
    public var path: String?
    /// Rows of the file from this time on, UTC milliseconds.
    public var from: Int64?
    /// Rows of the file before this time, UTC milliseconds.
    public var until: Int64?
    /// Only labelled traffic that is younger than this, milliseconds; nil: the policy's window.
    public var window: Int64?
    /// Algorithm (empty: the champion's), settings, seed and hold-out share.
    public var training: TrainingRequest
    /// Whether to promote when the gates bless it: set by policies in `auto`.
    public var promoteWhenBlessed: Bool
    /// Why a policy ordered it; nil: a person did.
    public var trigger: PolicyTrigger?
    /// A file whose rows judge; nil: a part of the rows does, or what `heldIn` says.
    public var holdout: String?
    /// The data of a version, the last rows of which came from a file of their own and judge this one too; the engine finds it.
    public var heldIn: String?

    /// Makes an order.
    public init(
        deployment: String, path: String? = nil, from: Int64? = nil, until: Int64? = nil, window: Int64? = nil,
        training: TrainingRequest, promoteWhenBlessed: Bool = false, trigger: PolicyTrigger? = nil
    ) {
        self.deployment = deployment
        self.path = path
        self.from = from
        self.until = until
        self.window = window
        self.training = training
        self.promoteWhenBlessed = promoteWhenBlessed
        self.trigger = trigger
    }
}

/// What the operator saw when deciding.
///
/// If it is no longer so, nothing happens and the answer says what changed.
public struct ExpectedState: Codable, Sendable, Equatable {
    /// The champion that was shown; nil: not compared.
    public var champion: UInt32?
    /// The deployment's state that was shown; nil: not compared.
    public var state: DeploymentState?

    /// Makes an expectation.
    public init(champion: UInt32? = nil, state: DeploymentState? = nil) {
        self.champion = champion
        self.state = state
    }
}

/// An action with what the operator saw and why it is asked for.
public struct ActionRequest: Codable, Sendable, Equatable {
    /// The change.
    public var action: Action
    /// The state it was decided on; nil: any.
    public var expected: ExpectedState?
    /// The operator's words for the journal.
    public var reason: String?

    /// Makes a request.
    public init(_ action: Action, expected: ExpectedState? = nil, reason: String? = nil) {
        self.action = action
        self.expected = expected
        self.reason = reason
    }
}
