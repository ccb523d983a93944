/// What can happen to the versions of a deployment.
package enum RollOutEvent: Sendable, Equatable {
    /// A candidate becomes a version: gated, it waits, answers or is refused.
    case register(CandidateFacts)
    /// A version becomes the champion.
    case promote(UInt32)
    /// Return to last-known-good, or to a named former champion.
    case rollback(UInt32?)
    /// Return to what answered at a time, UTC milliseconds.
    case rollbackToTime(Int64)
    /// A version gets a part of the traffic beside the champion, or another part than it had.
    case challenge(UInt32, ArmPlan)
    /// A challenger's part is another.
    case share(UInt32, Double)
    /// A challenger is taken out; nil: all are.
    case abort(UInt32?)
    /// Stop answering by the champion; nil: with 503.
    case pause(PausedAnswer?)
    /// Answer again.
    case resume
    /// A version's model goes; its line stays.
    case archive(UInt32)
    /// Keep a version, whatever the retention says.
    case pin(UInt32)
    /// Let the retention have it again.
    case unpin(UInt32)
}

/// What the machine needs to know of a candidate.
package struct CandidateFacts: Sendable, Equatable {
    /// The gate that refused it, with what it said; nil when all passed.
    package var refusal: String?
    /// What its gates could not tell: it waits for a person; nil when they told all.
    package var doubt: String?
    /// Whether it answers at once when nothing speaks against it: its predictor is at hand, and nothing else has to be read.
    package var answersAtOnce: Bool
    /// The champion that it was compared with, if it answers at once.
    package var comparedWith: UInt32?
    /// What is new in it, for the journal.
    package var words: String?

    /// Makes the facts.
    package init(refusal: String? = nil, doubt: String? = nil, answersAtOnce: Bool, comparedWith: UInt32? = nil, words: String? = nil) {
        self.refusal = refusal
        self.doubt = doubt
        self.answersAtOnce = answersAtOnce
        self.comparedWith = comparedWith
        self.words = words
    }
}

/// Who asks, why, when, and under which rules.
package struct RollOutAsk: Sendable {
    /// Who asks.
    package var who: Operator
    /// Why, in their words.
    package var reason: String?
    /// Now, UTC milliseconds.
    package var now: Int64
    /// Freezes in force, anywhere.
    package var freezes: [Freeze] = []
    /// How far the deployment goes by itself.
    package var automation = Automation.advise
    /// Automatic promotions a day.
    package var promotionsPerDay = Policy.standardPromotionsPerDay

    /// Makes an ask.
    package init(
        who: Operator, reason: String? = nil, now: Int64, freezes: [Freeze] = [], automation: Automation = .advise,
        promotionsPerDay: Int = Policy.standardPromotionsPerDay
    ) {
        self.who = who
        self.reason = reason
        self.now = now
        self.freezes = freezes
        self.automation = automation
        self.promotionsPerDay = promotionsPerDay
    }
}

/// What became of a candidate at its registration.
package enum CandidateVerdict: Sendable, Equatable {
    /// A gate refused it: which, and why.
    case refused(String)
    /// It passed and waits; why, where something held it back.
    case waits(String?)
    /// It answers, instead of the former champion.
    case promoted(former: UInt32?)
}

/// What the engine does once a step is stored.
package enum RollOutEffect: Sendable, Equatable {
    /// The routing changes: every event loop answers by the new state.
    case route
    /// Another version answers: its monitoring begins, anew or (what was learnt online) in the windows of the former one.
    case follow(isContinued: Bool)
    /// Online learning begins anew from this version; a policy leaves it alone for a while when a person has just returned to it.
    case learn(from: UInt32, isQuiet: Bool)
    /// A version's model, drift reference and report are deleted where no other version has the same.
    case erase(UInt32)
}

/// One step of the machine: the next state, its journal row, and what is to be done once both are stored.
package struct RollOutStep: Sendable, Equatable {
    /// The state from now on.
    package var next: RollOutState
    /// One sentence for the journal.
    package var summary: String
    /// More for the journal.
    package var details: [String: String] = [:]
    /// The version that it is about.
    package var version: UInt32?
    /// The version that must be in memory before it is stored: it answers from then on.
    package var answering: UInt32?
    /// The version that must be in memory before it is stored: it gets a part of the traffic.
    package var loading: UInt32?
    /// Of a registration.
    package var verdict: CandidateVerdict?
    /// In this order.
    package var effects: [RollOutEffect] = []
}
