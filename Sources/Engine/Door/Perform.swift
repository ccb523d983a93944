import Learning
import Logging
import Store
import Tabular

extension EngineCore {
    /// The one door: authorise, compare with what the operator saw, apply, journal in the same transaction, answer with a receipt.
    func perform(_ request: ActionRequest, by who: Operator) async -> Result<Receipt, ActionFailure> {
        do throws(ActionFailure) {
            try authorise(request.action, who)
            if isStopping, request.action != .stop { throw .unavailable("engine: it is stopping: start it again") }
            try checkExpectation(request)
            try checkReadable(request.action)
            let world = try world(of: request.action, request, by: who)
            if let refusal = request.action.refusal(in: world) { throw refusal }
            var receipt = try await apply(request, by: who)
            if receipt.inverse == nil { receipt.inverse = request.action.inverse(before: world, job: receipt.job) }
            publish()
            return .success(receipt)
        } catch {
            if case .notAuthorised = error { noteRefused(.role) }
            logger.info("\(request.action.verb) by \(who.journalName): \(error)")
            if isDirty { publish() }
            return .failure(error)
        }
    }

    private func authorise(_ action: Action, _ who: Operator) throws(ActionFailure) {
        guard who.role >= action.role else { throw .notAuthorised(verb: action.verb, needs: action.role, has: who.role) }
    }

    /// Nothing of a deployment changes whose own row cannot be read: the change would have to replace it.
    private func checkReadable(_ action: Action) throws(ActionFailure) {
        guard let name = action.deployment, let failure = entries[name]?.ledger.failure else { return }
        switch action {
        case .freeze, .unfreeze, .note: return
        default: throw .refused(what: "\(name) cannot be read: \(failure.text)", advice: "see `flyball doctor`")
        }
    }

    func checkExpectation(_ request: ActionRequest) throws(ActionFailure) {
        guard let expected = request.expected, let name = request.action.deployment, let entry = entries[name] else { return }
        if let champion = expected.champion, champion != entry.record.champion {
            throw .changed(what: "\(name)'s champion", expected: "v\(champion)", found: entry.record.champion.map { "v\($0)" } ?? "none")
        }
        if let state = expected.state, state != entry.state {
            throw .changed(what: "\(name)'s state", expected: state.rawValue, found: entry.state.rawValue)
        }
    }

    private func apply(_ request: ActionRequest, by who: Operator) async throws(ActionFailure) -> Receipt {
        switch request.action {
        case .deploy(let order): try deploy(order, request, by: who)
        case .train(let order): try train(order, request, by: who)
        case .promote(let name, let version): try await rollOut(entry(name), .promote(version), request, by: who)
        case .rollback(let name, let version): try await rollOut(entry(name), .rollback(version), request, by: who)
        case .rollbackToTime(let name, let time): try await rollOut(entry(name), .rollbackToTime(time), request, by: who)
        case .challenge(let name, let version, let plan): try await rollOut(entry(name), .challenge(version, plan), request, by: who)
        case .share(let name, let version, let share): try await rollOut(entry(name), .share(version, share), request, by: who)
        case .abort(let name, let version): try await rollOut(entry(name), .abort(version), request, by: who)
        case .publish(let name): try await publishOnline(entry(name), request, by: who)
        case .pause(let name, let fallback):
            try await rollOut(
                entry(name), .pause(try RollOutRules.answer(fallback, of: facts(try entry(name)))), request, by: who)
        case .resume(let name): try await rollOut(entry(name), .resume, request, by: who)
        case .archive(let name, let version): try await rollOut(entry(name), .archive(version), request, by: who)
        case .pin(let name, let version): try await rollOut(entry(name), .pin(version), request, by: who)
        case .unpin(let name, let version): try await rollOut(entry(name), .unpin(version), request, by: who)
        case .setThreshold(let name, let version, let value, let basis):
            try await setThreshold(entry(name), version, DecisionThreshold(value, basis), request, by: who)
        case .remove(let name): try await remove(entry(name), request, by: who)
        case .freeze(let name, let scope): try freeze(name, scope, request, by: who)
        case .unfreeze(let name, let scope): try unfreeze(name, scope, request, by: who)
        case .cancelJob(let id): try cancelJob(id, request, by: who)
        case .retryJob(let id): try retryJob(id, request, by: who)
        case .raiseJob(let id): try raiseJob(id, request, by: who)
        case .acknowledge(let id, let until, let note): try acknowledge(id, until: until, note: note, request, by: who)
        case .setPolicy(let name, let text): try setPolicy(entry(name), text, request, by: who)
        case .tune(let name, let column, let change): try tune(entry(name), column, change, request, by: who)
        case .note(let name, let text): try note(name, text, request, by: who)
        case .backup(let order): try backUp(order, request, by: who)
        case .createToken(let order): try await createToken(order, request, by: who)
        case .revokeToken(let name): await revokeToken(name, request, by: who)
        case .stop: try stop(request, by: who)
        case .upgrade(let path): try await upgrade(path, request, by: who)
        }
    }

    // MARK: Freeze, notes, policies, stop

    private func freeze(_ name: String?, _ scope: FreezeScope, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt
    {
        let place = name ?? "all deployments"
        let frozen = Freeze(deployment: name, scope: scope, by: who.journalName, since: now())
        let change = Change(
            verb: request.action.facts.verb, deployment: name, summary: "froze \(scope.words) of \(place)", reason: request.reason,
            details: [JournalledFreezes.scopeKey: scope.rawValue])
        let kept = KeptChange(freezes: (freezes + [frozen]).filter { $0.row == nil })
        let (row, nanoseconds) = commitEssential(change, by: who, leaving: kept) { try $0.setFreeze(frozen.record) }
        freezes.append(frozen)
        followFreezes(of: name)
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    private func unfreeze(_ name: String?, _ scope: FreezeScope, _ request: ActionRequest, by who: Operator) throws(ActionFailure)
        -> Receipt
    {
        let place = name ?? "all deployments"
        // `unfreeze all` lifts whatever stands there.
        let lifted = freezes.filter { $0.deployment == name && (scope == .all || $0.scope == scope) }
        // Only a person's word takes a record away that cannot be read; the journal keeps what is known of it.
        let unreadable = lifted.filter { $0.row != nil }
        let change = Change(
            verb: request.action.facts.verb, deployment: name,
            summary: "unfroze \(lifted.map(\.scope.words).joined(separator: ", ")) of \(place)",
            reason: request.reason,
            details: [JournalledFreezes.scopeKey: lifted.map(\.scope.rawValue).joined(separator: " ")].merging(
                unreadable.isEmpty ? [:] : ["unreadable": unreadable.map(\.by).joined(separator: "; ")]
            ) { $1 })
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            for freeze in lifted {
                if let row = freeze.row {
                    try transaction.clearFreeze(row: row)
                } else {
                    try transaction.clearFreeze(deployment: freeze.deployment, scope: freeze.scope.rawValue)
                }
            }
        }
        freezes.removeAll { lifted.contains($0) }
        followFreezes(of: name)
        for row in unreadable.compactMap(\.row) {
            damage.mend(table: "freeze", key: "\(row)")
            stores.control.release(table: "freeze", key: "\(row)")
        }
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    /// What was learnt by now is what a learner that is held answers with, also after a start.
    private func followFreezes(of name: String?) {
        for entry in fleet.inOrder where (name == nil || entry.name == name) && entry.memory.online != nil { followAnswers(entry) }
    }

    private func note(_ name: String?, _ text: String, _ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let words = text.trimmingPrefix { $0.isWhitespace }
        guard !words.isEmpty, text.utf8.count <= 4_000 else {
            throw .invalid(what: "note: it is empty or longer than 4,000 bytes", advice: "write what happened in a sentence")
        }
        let change = Change(verb: request.action.facts.verb, deployment: name, summary: String(words), reason: request.reason)
        let (row, nanoseconds) = try commit(change, by: who) { _ in }
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    private func setPolicy(_ entry: DeploymentEntry, _ text: String, _ request: ActionRequest, by who: Operator) throws(ActionFailure)
        -> Receipt
    {
        let policy: Policy
        do { policy = try Policy.parse(text, deployment: entry.name) } catch {
            throw .invalid(what: "policy of \(entry.name)", advice: "\(error)")
        }
        try check(policy, entry.record.schema?.target.task)
        let former = entry.ledger.policy?.text ?? entry.policy.text
        // Said anew of a live learner that was stopped it says that the learner may answer again.
        guard policy != entry.policy || entry.ledger.policy != nil || entry.memory.online?.stopped != nil else {
            throw .refused(what: "the policy of \(entry.name) is already so", advice: "nothing to do")
        }
        let change = Change(
            verb: request.action.facts.verb, deployment: entry.name,
            summary: "policy of \(entry.name): \(policy.automation.rawValue)"
                + (policy.triggers.isEmpty ? "" : ", retrain \(policy.triggers.joined(separator: ", "))"),
            reason: request.reason, details: ["policy": policy.text, "former": former])
        let (row, nanoseconds) = try commit(change, by: who) { try $0.setPolicy(entry.name, policy.text) }
        entry.policy = policy
        entry.ledger.policy = nil
        damage.mend(table: "policy", key: entry.name)
        entry.blocked = nil
        followAnswers(entry, isRenewed: true)
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    private func stop(_ request: ActionRequest, by who: Operator) throws(ActionFailure) -> Receipt {
        let change = Change(verb: .stop, deployment: nil, summary: "stopped the engine", reason: request.reason)
        let (row, nanoseconds) = commitEssential(change, by: who, leaving: KeptChange()) { _ in }
        beginStopping()
        return receipt(change, row: row, nanoseconds: nanoseconds)
    }

    // MARK: Receipts

    func receipt(
        _ change: Change, row: JournalRow?, nanoseconds: UInt64, job: Int64? = nil, version: UInt32? = nil, swap: UInt64? = nil,
        inverse: Action? = nil
    ) -> Receipt {
        isDirty = true
        return Receipt(
            journalSequence: row?.sequence, summary: change.summary, job: job, deployment: change.deployment, version: version,
            commitNanoseconds: nanoseconds, swapNanoseconds: swap, at: row?.entry.time ?? now(), inverse: inverse)
    }
}
