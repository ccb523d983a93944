import Logging
import Store
import Tabular

/// Bearer tokens: made and revoked through the one door, in force on every event loop when the receipt is given.
extension EngineCore {
    func createToken(_ order: TokenOrder, _ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        for name in order.deployments ?? [] where entries[name] == nil { throw Action.noDeployment(name, among: entries.keys) }
        let current = now()
        if let end = order.expiresAt, end <= current {
            throw .invalid(what: "an end at \(TimeText.rfc3339(end))", advice: "give one that is still to come")
        }
        let token = AccessToken(
            name: order.name, hash: order.hash.lowercased(), scopes: TokenScope.allCases.filter(order.scopes.contains),
            deployments: order.deployments, createdAt: current, createdBy: who.journalName, expiresAt: order.expiresAt,
            perSecond: order.perSecond)
        if plane.access.tokens.contains(where: { $0.hash == token.hash }) {
            throw .refused(what: "another token has the same secret", advice: "make a new one")
        }
        // The journal names it and what it allows: nothing that would let somebody in.
        let change = Change(
            verb: .tokenCreate, deployment: nil, summary: "made the token \(token.name): \(token.words)", reason: request.reason,
            details: ["token": token.name, "scopes": token.scopes.map(\.rawValue).joined(separator: " ")].merging(
                token.deployments.map { ["deployments": $0.joined(separator: " ")] } ?? [:]
            ) { $1 })
        let record = try storable { () throws(StoreFailure) in TokenRecord(name: token.name, payload: try token.stored()) }
        let (row, nanoseconds) = try commit(change, by: who) { try $0.put(record) }
        plane.access.add(token)
        let swap = await installAccess()
        return receipt(change, row: row, nanoseconds: nanoseconds, swap: swap)
    }

    /// Holds on a full or failing disk too: what has leaked is worth nothing from now on.
    func revokeToken(_ name: String, _ request: ActionRequest, by who: Operator) async -> Receipt {
        let change = Change(
            verb: .tokenRevoke, deployment: nil, summary: "revoked the token \(name)", reason: request.reason, details: ["token": name])
        let kept = KeptChange(revoked: [name])
        let (row, nanoseconds) = commitEssential(change, by: who, leaving: kept) { try $0.deleteToken(name) }
        plane.access.remove([name])
        damage.mend(table: "token", key: name)
        stores.control.release(table: "token", key: name)
        let swap = await installAccess()
        return receipt(change, row: row, nanoseconds: nanoseconds, swap: swap)
    }

    /// One that cannot be read lets nobody in.
    func restore(_ stored: Salvage<TokenRecord>) {
        var tokens: [AccessToken] = []
        var damaged = stored.damaged
        for record in stored.records {
            do throws(RecordFailure) { tokens.append(try AccessToken(record)) } catch { damaged.append(DamagedRecord(record, error)) }
        }
        note(damaged)
        plane.access.requiresTokens = workspace.configuration.serving.requiresTokens
        plane.access.labelAccounts = LabelAccounts(workspace.configuration)
        plane.access.restore(tokens)
    }

    /// Stores when tokens were last used; once a minute at most.
    func noteTokenUses() {
        let used = plane.access.used()
        guard !used.isEmpty, journal.unwritten.isEmpty else { return }
        do {
            try stores.control.write { transaction in
                for token in used { try transaction.put(TokenRecord(name: token.name, payload: try token.stored())) }
            }
            plane.access.noted(used)
        } catch {
            noteControlFailure(error)
            logger.error("control store: \(error)")
        }
    }

    /// An attempt that somebody had no right to; over HTTP the event loops count.
    func noteRefused(_ reason: AccessRefusal.Reason) { plane.access.watch.count(reason, at: now()) }
}

extension JournalEntry {
    /// The token that it tells the end of.
    var revokedToken: String? {
        known == .tokenRevoke ? (try? decodeJSON([String: String].self, details))?["token"] : nil
    }
}

extension AccessToken {
    init(_ record: TokenRecord) throws(RecordFailure) {
        let token = try AccessToken(stored: record.payload)
        guard token.name == record.name else { throw .unreadable("its payload is of \(SafeText.escape(token.name))") }
        guard TokenSecret.bytes(hash: token.hash) != nil else { throw .unreadable("its hash is none") }
        self = token
    }
}
