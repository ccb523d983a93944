import Engine
import Tabular

/// The token of a connection's last request, so that the next one with the same header costs a comparison.
struct Admission {
    /// The header's bytes.
    private var header = ""
    /// The routing generation in which it was looked up: every change of the tokens is one.
    private var generation: UInt64?
    private var grant: AccessGrant?

    /// The token that a header names; nil for none of ours.
    mutating func grant(_ header: String, in table: RoutingTable) -> AccessGrant? {
        if generation == table.generation, header == self.header { return grant }
        self.header = header
        generation = table.generation
        grant = AccessTable.bearer(header).flatMap { table.access.grant($0) }
        return grant
    }
}

/// What an address asks of whoever calls it.
struct AccessRule: Equatable {
    /// What a token must allow; nil: nobody needs one, anywhere.
    var need: AccessNeed?
    /// Whether this machine's own users may ask without one.
    var isOpenHere: Bool
}

extension Endpoint {
    /// The one table: who may call what.
    var rule: AccessRule {
        func open(_ scope: TokenScope?, _ name: String?) -> AccessRule {
            AccessRule(need: AccessNeed(scope, name.map { .deployment($0) } ?? .everything), isOpenHere: true)
        }
        return switch self {
        case .live, .ready: AccessRule(need: nil, isOpenHere: true)
        case .server, .unknown: AccessRule(need: AccessNeed(nil, .anywhere), isOpenHere: true)
        case .model(let name, _), .modelReady(let name, _), .modelConfiguration(let name, _): open(nil, name)
        case .repositoryIndex: open(nil, nil)
        case .infer(let name, _): open(.infer, name)
        case .labels(let name): open(.labels, name)
        case .explain(let name): open(.explain, name)
        case .statistics(let name, _): open(.metrics, name)
        case .status, .metrics: open(.metrics, nil)
        case .verb(_, let name): AccessRule(need: AccessNeed(.admin, name.map { .deployment($0) } ?? .everything), isOpenHere: false)
        }
    }
}

/// Whether a request may be answered.
enum AccessDecision {
    /// It may, and needed no token.
    case open
    /// It may, by the token of that name.
    case token(String)
    /// It may not.
    case refused(AccessRefusal)
    /// Nobody knows yet what a token is worth.
    case starting
}

extension ServingLoop {
    /// Whether a request may be answered; one that may not is counted.
    ///
    /// On a listener that other machines can reach, and where the workspace says so, everything but health needs a token. A token that is sent is
    /// looked at wherever it is sent: one that is worth nothing is said to be.
    ///
    /// - Parameters:
    ///   - header: what the request's `Authorization` says.
    ///   - isBearer: whether that is a bearer's token; who keeps the header keeps this with it.
    ///   - isLoopback: whether only this machine can reach the listener.
    ///   - admission: what the last header was worth.
    func decide(
        _ rule: AccessRule, _ header: String, isBearer: Bool, isLoopback: Bool, _ admission: inout Admission
    ) -> AccessDecision {
        guard let need = rule.need else { return .open }
        guard isBearer else { return rule.isOpenHere && !table.access.requiresTokens && isLoopback ? .open : refused(.missing) }
        // Before the first table nobody knows what a token is worth.
        guard table.generation > 0 else { return .starting }
        guard let grant = admission.grant(header, in: table) else { return refused(.unknown) }
        if let refusal = grant.refusal(need, milliseconds: clock.milliseconds(), nanoseconds: clock.nanoseconds()) {
            return refused(refusal)
        }
        return .token(grant.token.name)
    }

    private func refused(_ refusal: AccessRefusal) -> AccessDecision {
        refuse(refusal.reason)
        return .refused(refusal)
    }
}

extension Connection {
    /// The answer to a request that nobody has a right to; nil where it may be answered.
    func authorize(_ header: String) -> Answer? {
        let rule = memory.target.rule
        let isLoopback = loop.address.isLoopback
        switch loop.serving.decide(rule, header, isBearer: memory.isBearer, isLoopback: isLoopback, &memory.admission) {
        case .open: return nil
        case .token(let name):
            request.token = name
            return nil
        case .starting: return .error(503, "starting: tokens are not known yet: try again in 1 s", retryAfterSeconds: 1)
        case .refused(let refusal):
            var answer = Answer.error(refusal.status, refusal.text)
            answer.challenge = refusal.challenge
            if case .rate(_, _, let seconds) = refusal { answer.retryAfterSeconds = seconds }
            return answer
        }
    }
}
