/// What an alert is about: at most one is open for each deployment and kind.
///
/// Stored and sent by its words. Words that this release does not know are kept: such an alert is shown and can be acknowledged, and nothing
/// here resolves it.
public enum AlertKind: RawRepresentable, Codable, Sendable, Hashable, CaseIterable {
    /// Features moved away from what the champion was trained on.
    case drift
    /// Features moved away from the traffic just before.
    case changing
    /// A feature is missing far more often than in training.
    case missing
    /// A column says the same for longer than it ever did in training.
    case stuck
    /// Far more rows come again than in training.
    case repeats
    /// Answers are worse than at promotion, where their truth has come.
    case quality
    /// Requests fail by the engine's fault.
    case errors
    /// Answers take longer than the budget.
    case latency
    /// A training made nothing.
    case training
    /// A version did not pass its gates.
    case gate
    /// The champion does not load.
    case champion
    /// Learning label by label stands still.
    case online
    /// A live learner is worse than the champion or a constant: the champion answers.
    case live
    /// Most labels are refused for their value.
    case labels
    /// A column's dictionary of categories fills.
    case categories
    /// There is no good backup of late, or the newest one does not restore.
    case backup
    /// A challenger failed or was slow, and was cut.
    case arm
    /// A challenger gets another part of the traffic than was asked for.
    case split
    /// Attempts without the right to what was asked for are refused, many in a minute.
    case access
    /// The certificate that listeners show is near its end, or a newer one cannot be used.
    case certificate
    /// Something that grows has come near its limit, or will in a few days.
    case limits
    /// Of another release.
    case other(String)

    /// Those that this release raises.
    public static let allCases: [AlertKind] = [
        .drift, .changing, .missing, .stuck, .repeats, .quality, .errors, .latency, .training, .gate, .champion, .online, .live, .labels,
        .categories, .backup, .arm, .split, .access, .certificate,
        .limits,
    ]

    /// The kind with those words.
    public init(rawValue: String) { self = Self.allCases.first { $0.rawValue == rawValue } ?? .other(rawValue) }

    /// Reads the words.
    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    /// Writes the words.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }

    /// Its words, as they are stored and shown.
    public var rawValue: String {
        switch self {
        case .drift: "data drift"
        case .changing: "changing now"
        case .missing: "missing values"
        case .stuck: "stuck column"
        case .repeats: "repeated rows"
        case .quality: "quality"
        case .errors: "error rate"
        case .latency: "latency"
        case .training: "training failed"
        case .gate: "gate refused"
        case .champion: "champion failed"
        case .online: "online learning"
        case .live: "live learner"
        case .labels: "labels refused"
        case .categories: "categories"
        case .backup: "backup"
        case .arm: "challenger cut"
        case .split: "traffic split"
        case .access: "access refused"
        case .certificate: "certificate"
        case .limits: "limits"
        case .other(let words): words
        }
    }

    /// Whether it may have causes that logged answers tell.
    package var isExplained: Bool {
        switch self {
        case .drift, .changing, .missing, .stuck, .repeats, .quality, .errors, .latency: true
        default: false
        }
    }

    /// What to do about it: steps in order of safety.
    public var runbook: String {
        switch self {
        case .drift:
            "1. Look at Deployment: which feature drifted, and since when? A deploy or an upstream change just before it is the likely cause. "
                + "2. If the new population is real, train on labelled traffic (t); the policy may already be doing so. "
                + "3. If it is a fault, freeze learning (F) and tell the owner of the source."
        case .changing:
            "1. Something began to move: compare since when with the last deploys, here and upstream. A unit, a source or a client mix that "
                + "changed inside of what training knows shows here only. 2. Nothing is learnt from it by itself. 3. If it is a fault, freeze "
                + "learning (F) and tell the owner of the source; if it is the world, it ends by itself when it has become usual."
        case .missing:
            "1. An upstream source has stopped filling the feature: tell its owner. 2. Learning from such rows is blocked meanwhile. "
                + "3. If scores have moved too far to be useful, pause (P); rolling back (R) does not help, every version reads the same rows."
        case .stuck:
            "1. A sensor or a source that hangs sends its last value: ask its owner what the column should say. 2. Answers go on with the old "
                + "value: where they depend on it, pause (P) or let callers fall back; rolling back (R) does not help, every version reads the same rows. "
                + "3. If it may say the same for so long, mute it (m on Drift), and train on rows that have it."
        case .repeats:
            "1. A client that sends its requests again, or a source that delivers twice: look at Predictions for the same row, and tell its owner. "
                + "2. Every repeat counts in drift, quality and training as a row of its own: freeze learning (F) until it is over. "
                + "3. If callers retry because of us, look at latency and errors."
        case .quality:
            "1. Is it the labels? A source whose labels changed their meaning looks like this: look at a few of them on Predictions. "
                + "2. If it began with a promotion, roll back (R). 3. If the world has changed, train on labelled traffic (t); with "
                + "on_quality_drop the policy does so."
        case .errors:
            "1. Read log/engine.log and the last journal rows. 2. If it began with a promotion, roll back (R). "
                + "3. Else pause (P) and let callers fall back."
        case .latency:
            "1. System shows CPU, queues and training. 2. Cancel or postpone trainings. 3. If it began with a promotion, roll back (R)."
        case .training: "1. Jobs shows the log and the error. 2. Correct the data or settings. 3. Retry the job (r)."
        case .gate:
            "1. Versions shows which gate refused and by how much. 2. The champion still answers: nothing is urgent. "
                + "3. Look at the data that it learnt from."
        case .champion:
            "1. The champion's artefact does not load. 2. Roll back (R) to the last good version. 3. Restore the store from a backup."
        case .online:
            "1. The champion still answers; it only learns no more. 2. Roll back (R) or train (t): learning begins anew from the version that "
                + "then answers. 3. If it diverged, train with a lower rate."
        case .live:
            "1. The champion answers at rest: nothing is urgent. Are the labels right? Look at the latest ones on Predictions; a source whose labels "
                + "changed their meaning, or somebody who sends wrong ones, looks like this. 2. Wrong labels: freeze learning (F), correct "
                + "them, and apply the policy anew: learning begins again from the champion. 3. Right ones: the learner answers again by "
                + "itself when it is better than the champion and than a constant; answer = \"versions\" in the policy keeps it from answering."
        case .labels:
            "1. The truth comes in words that name no class: Deployment counts them by reason. 2. Correct the client, or map its words to the "
                + "classes that the model's metadata lists. 3. Refused labels are not kept: send them again, or quality is judged on too few."
        case .categories:
            "1. System shows the column and how many of its values came as other. 2. A client that sends ids, times or free text in a category "
                + "is the usual cause: tell its owner; no other column and no version suffers. 3. If the texts are real, train on rows that "
                + "have them (t, or flyball train --data): what a training used keeps its code. The others go with their rows, as the "
                + "retention says."
        case .backup:
            "1. System says why: a target that is full, gone or read-only is the usual cause. 2. Mend it, then back up by hand (:backup, or flyball backup "
                + "DIR) and try it: flyball backup verify DIR. 3. Until then what is in no backup hangs on this one disk: nothing is urgent for answers."
        case .arm:
            "1. The champion answers alone: nothing is urgent. 2. Versions and the log say what the challenger did; its failures were answered by "
                + "the champion. 3. Mend it and give it a part again, or let it go (archive). The alert ends when another version "
                + "gets a part or is promoted."
        case .split:
            "1. Do not trust the comparison of these two: who came to which is not by chance. 2. Look for clients that name a version or that "
                + "fail before they are answered. 3. Abort the challenger and begin anew when the cause is gone."
        case .access:
            "1. System shows by which reason, and when each token was last used. A token that has expired or lacks a scope is the usual cause: "
                + "make another one (flyball token create) and hand it out. 2. A client that nobody knows tries its luck: nothing was answered; "
                + "find it by its address in front of this machine. 3. A token that may have leaked: revoke it (flyball token revoke NAME)."
        case .certificate:
            "1. Requests are answered with the certificate that is in force, until it ends; then clients refuse it. 2. Put a new pair in place of "
                + "the files that flyball.toml names: the key first, then the certificate. It is taken within seconds, without a restart. "
                + "3. If a new pair is not taken, this alert and System say why: a key of another certificate, a file that cannot be read, one that has "
                + "expired already."
        case .limits:
            "1. System lists what grows, how fast, when it is full and what happens then; answers go on in any case. 2. Make room: archive versions "
                + "(their models go), remove what nobody needs from store/aside, move backups elsewhere, give the disk more. 3. Or raise the "
                + "limit under [limits] in flyball.toml, or keep less: telemetry.max_age, labels_age. It ends by itself."
        case .other: "Look at Deployment and Journal for what changed."
        }
    }
}
