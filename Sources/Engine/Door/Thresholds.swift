import Learning
import Monitoring
import Store

extension EngineCore {
    /// Lets a version call rows positive from another score on: kept with the version, its journal row in the same transaction, then swapped on
    /// every event loop like a route.
    func setThreshold(
        _ entry: DeploymentEntry, _ number: UInt32, _ wanted: DecisionThreshold, _ request: ActionRequest, by who: Operator
    ) async throws(ActionFailure) -> Receipt {
        let name = entry.name
        guard var version = version(number, of: entry) else {
            throw .refused(what: "\(name) v\(number) cannot be read", advice: "see `flyball doctor`")
        }
        let former = version.threshold ?? DecisionThreshold(DecisionThreshold.standard, .standard)
        // What nobody chose is not kept: the version is as it was made.
        version.threshold = wanted.basis == .standard && wanted.value == DecisionThreshold.standard ? nil : wanted
        let final = version
        var details = ["version": version.name, "value": "\(wanted.value)", "basis": wanted.basis.words, "was": "\(former.value)"]
        // What has no JSON could not have been stored either.
        details[JournalledPast.thresholdKey] = try? encodeJSON(wanted)
        let change = Change(
            verb: request.action.facts.verb, deployment: name,
            summary: "\(version.name) of \(name) calls from \(wanted.words); \(Figures.short(former.value)) before", reason: request.reason,
            details: details)
        let (row, nanoseconds) = try commit(change, by: who) { transaction in
            guard let stored = try transaction.version(of: name, number: number) else { throw StoreFailure.notFound("\(name) v\(number)") }
            try transaction.update(try final.record(deployment: name, profileHash: stored.profileHash, reportHash: stored.reportHash))
        }
        entry.write { facts in
            facts.versions.add([final])
            facts.versions.trim(roles: facts.roles)
        }
        var swap: UInt64?
        if entry.loaded[number] != nil {
            swap = await installRouting(of: name)
            lastSwapNanoseconds = swap
        }
        return receipt(change, row: row, nanoseconds: nanoseconds, version: number, swap: swap)
    }
}
