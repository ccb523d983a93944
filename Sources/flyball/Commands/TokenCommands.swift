import ArgumentParser
import Engine
import Foundation
import Tabular

/// The verbs `token …`.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Make, list and revoke the tokens that clients show over HTTP.",
        subcommands: [TokenCreateCommand.self, TokenListCommand.self, TokenRevokeCommand.self])
}

/// The verb `token create`.
struct TokenCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a token, and print it once.",
        discussion: """
            The engine keeps a hash of it only: whoever loses it makes another one. Clients send it as `Authorization: Bearer TOKEN`. \
            The scope admin allows everything, and the verbs under POST /v1/deployments/NAME/.

            flyball token create scorer --scopes infer
            flyball token create loader --scopes infer,labels --deployments flight-delay,churn --expires 90d --rate 200
            flyball token create ci --scopes admin --reason "promotes from the pipeline"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "What it is called: the journal names it so.") var name: String
    @Option(help: ArgumentHelp("What it allows: \(TokenScope.allCases.map(\.rawValue).joined(separator: ", ")).", valueName: "list"))
    var scopes: String
    @Option(help: ArgumentHelp("The deployments that it is for; all when left out.", valueName: "list")) var deployments: String?
    @Option(help: ArgumentHelp("After how long it is worth nothing; never when left out.", valueName: "duration"))
    var expires: DurationArgument?
    @Option(help: ArgumentHelp("Requests a second at most; as many as there are when left out.", valueName: "number")) var rate: Int?
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        var wanted: [TokenScope] = []
        for word in Given.words(scopes) {
            guard let scope = TokenScope(rawValue: word) else {
                let all = TokenScope.allCases.map(\.rawValue)
                let nearest = Names.nearest(to: word, in: all).map { ": did you mean \($0)?" } ?? ""
                throw CommandFailure.usage("no scope: \(SafeText.escape(word))\(nearest) (\(all.joined(separator: ", ")))")
            }
            wanted.append(scope)
        }
        let now = EngineClock.system.milliseconds()
        let (end, isTooFar) = now.addingReportingOverflow(expires?.milliseconds ?? 0)
        if isTooFar { throw CommandFailure.usage("--expires is too long: leave it out for a token that does not expire") }
        let secret = TokenSecret.make()
        let order = TokenOrder(
            name: name, hash: TokenSecret.hash(secret), scopes: wanted, deployments: deployments.map(Given.words),
            expiresAt: expires == nil ? nil : end, perSecond: rate)
        try await Session.with(place, .changing) { session in
            let receipt = try await session.perform(.createToken(order), reason: why.reason)
            if json.isJSON { return try Output.json(Made(name: name, token: secret, expiresAt: order.expiresAt, receipt)) }
            Output.remark("\(SafeText.escape(receipt.summary)); it is shown this once")
            try Output.line(secret)
        }
    }

    /// As `token create --json` prints it.
    private struct Made: Encodable {
        var name: String
        var token: String
        var expiresAt: String?
        var journalRow: Int64?

        init(name: String, token: String, expiresAt: Int64?, _ receipt: Receipt) {
            self.name = name
            self.token = token
            self.expiresAt = expiresAt.map { TimeText.rfc3339($0) }
            journalRow = receipt.journalSequence
        }
    }
}

/// The verb `token list`.
struct TokenListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the tokens: what each allows, and when it was last used.",
        discussion: """
            flyball token list
            flyball token list --json
            """)

    @OptionGroup var place: WorkspaceOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .reading) { session in
            let tokens = try await session.ask(.tokens, \.asTokens)
            if json.isJSON { return try Output.json(tokens.map { TokenDocument($0) }) }
            if tokens.isEmpty { return Output.remark("no token yet: `flyball token create` makes one") }
            var table = TextTable(["TOKEN", "SCOPES", "DEPLOYMENTS", "RATE", "EXPIRES", "LAST USED", "MADE BY"], rightAligned: [3])
            for token in tokens {
                table.add([
                    token.name, token.scopes.map(\.rawValue).joined(separator: ","), token.deployments?.joined(separator: ",") ?? "all",
                    token.perSecond.map { "\($0)/s" } ?? "-", token.expiresAt.map { TimeText.rfc3339($0) } ?? "never",
                    token.lastUsed.map { TimeText.rfc3339($0) } ?? "never", SafeText.escape(token.createdBy),
                ])
            }
            try table.print()
        }
    }
}

/// A token as `token list --json` prints it.
struct TokenDocument: Encodable {
    var name: String
    var scopes: [TokenScope]
    var deployments: [String]?
    var requestsPerSecond: Int?
    var createdAt: String
    var createdBy: String
    var expiresAt: String?
    var lastUsed: String?
    var requests: Int64

    init(_ token: TokenStatus) {
        name = token.name
        scopes = token.scopes
        deployments = token.deployments
        requestsPerSecond = token.perSecond
        createdAt = TimeText.rfc3339(token.createdAt)
        createdBy = token.createdBy
        expiresAt = token.expiresAt.map { TimeText.rfc3339($0) }
        lastUsed = token.lastUsed.map { TimeText.rfc3339($0) }
        requests = token.requests
    }
}

/// The verb `token revoke`.
struct TokenRevokeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Let a token be worth nothing from the next request on.",
        discussion: """
            Works on a full or failing disk too.

            flyball token revoke loader --reason "it stood in a log"
            """)

    @OptionGroup var place: WorkspaceOption
    @Argument(help: "The token's name.") var name: String
    @OptionGroup var why: ReasonOption
    @OptionGroup var json: JSONOption

    func run() async throws {
        try await Session.with(place, .changing) { session in
            try await session.order(.revokeToken(name: name), reason: why.reason, json: json)
        }
    }
}
