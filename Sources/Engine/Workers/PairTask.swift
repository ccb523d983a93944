import Learning
import Store
import Tabular

/// Scores two versions anew on rows that neither has learnt.
///
/// Those are the newest labelled rows of traffic that were answered when both were there, without copies of what either learnt; where there are
/// too few of them, the later version's held-out rows that the earlier one never learnt, or the other way round.
struct PairTask: Sendable {
    typealias Worker = OnDemandWorker<Key, Order, PairedComparison>

    /// Two versions, by their models.
    struct Key: Hashable, Sendable {
        var deployment: String
        var first: UInt32
        var second: UInt32
        var artefacts: [String]
    }

    /// A version, as far as this needs to know it.
    struct Side: Sendable {
        var reference: ChampionReference
        var holdoutRows: Int
        /// UTC milliseconds.
        var createdAt: Int64

        var name: String { "v\(reference.number)" }
    }

    struct Order: Sendable {
        var deployment: String
        var first: Side
        var second: Side
        /// From when both were there.
        var traffic: LabelledTraffic
    }

    /// Labels of traffic that are looked at, the newest ones.
    static let labelLimit = 20_000

    let data: KeptData
    let stores: EngineStores

    func compare(_ order: Order, _ hooks: TrainingHooks) -> Worker.Answer {
        do {
            let models = (
                try data.model(order.first.reference.artefactHash, stores.control),
                try data.model(order.second.reference.artefactHash, stores.control)
            )
            var lacks: [String] = []
            for rows in [labelled(order, hooks), heldOut(order, by: order.later), heldOut(order, by: order.earlier)] {
                switch rows {
                case .failure(let lack): lacks.append(lack.text)
                case .success(let rows):
                    return .ready(score(order, models, rows))
                }
            }
            let text = "no rows to compare them on: \(lacks.joined(separator: "; ")): label traffic that comes from now on"
            return .ready(PairedComparison(first: order.first.reference.number, second: order.second.reference.number, lack: text))
        } catch { return .failed("\(error)") }
    }

    // MARK: Rows

    private struct Lack: Error {
        var text: String
    }

    private struct Found {
        var rows: LabelledRows
        var groups: RowGroups?
        var source: String
    }

    private func labelled(_ order: Order, _ hooks: TrainingHooks) -> Result<Found, Lack> {
        let gatherer = TrafficGatherer(
            deployment: order.deployment, traffic: order.traffic, labels: stores.labels, telemetry: stores.telemetry,
            dataDirectory: data.directory, memory: data.memory, isCancelled: hooks.isCancelled)
        let since = "labelled rows of traffic since \(order.later.name) was made"
        do {
            guard let newest = try gatherer.newest(Self.labelLimit) else { return .failure(Lack(text: "there are no \(since)")) }
            let rule = order.later.reference.split?.rule ?? newest.standardRule(share: TrainingRequest.standardHoldout)
            var places = Array(0..<newest.count)
            if rule.tellsCopiesApart != true {
                // A copy of a row that was learnt is no news, whoever sends it.
                let known = learnt(order.first).union(learnt(order.second))
                let contents = newest.contents
                places.removeAll { known.contains(contents[$0]) }
            }
            let rows = newest.selecting(places)
            let groups = newest.copies(among: places, by: rule)
            if let shortage = Gates.shortage(rows.targets, groups, rows.schema.target.task) {
                return .failure(Lack(text: "there are \(rows.count) \(since), and \(shortage)"))
            }
            return .success(Found(rows: rows, groups: groups, source: "\(rows.count) \(since)"))
        } catch { return .failure(Lack(text: "labelled traffic cannot be read: \(error)")) }
    }

    /// Empty where its data is not kept: what was answered after it was made cannot have been in it.
    private func learnt(_ side: Side) -> Set<UInt64> {
        guard let rows = try? data.rows(side.reference.dataHash) else { return [] }
        let rule = side.reference.split?.rule ?? rows.earlierRule(share: TrainingRequest.standardHoldout)
        return Set(rows.selecting(rows.divided(by: rule).learning).contents)
    }

    private func heldOut(_ order: Order, by owner: Side) -> Result<Found, Lack> {
        guard !owner.reference.isOnline else { return .failure(Lack(text: "no rows were held out for \(owner.name)")) }
        let other = owner.reference.number == order.first.reference.number ? order.second : order.first
        do throws(KeptData.Unreadable) {
            let held = try data.heldOut(of: owner.reference.dataHash, by: owner.reference.split?.rule, rows: owner.holdoutRows)
            let rival = Rival(reference: other.reference, dataDirectory: data.directory)
            let places: [Int]
            switch rival.fairRows(held.division, held.rows) {
            case .failure(let reason): return .failure(Lack(text: reason.text))
            case .success(let fair): places = fair
            }
            let (rows, groups) = (held.rows.selecting(places), held.groups?.selecting(places))
            let found = "of the \(held.rows.count) held-out rows of \(owner.name) \(other.name) never learnt \(rows.count)"
            if let shortage = Gates.shortage(rows.targets, groups, rows.schema.target.task) {
                return .failure(Lack(text: "\(found), and \(shortage)"))
            }
            let source = "\(rows.count) held-out rows of \(owner.name) that \(other.name) never learnt"
            return .success(Found(rows: rows, groups: groups, source: source))
        } catch { return .failure(Lack(text: "\(owner.name): \(error.text)")) }
    }

    // MARK: Scores

    private func score(_ order: Order, _ models: (Model, Model), _ found: Found) -> PairedComparison {
        var result = PairedComparison(first: order.first.reference.number, second: order.second.reference.number)
        do throws(LearningFailure) {
            let settings = (order.later.reference.settings, order.earlier.reference.settings)
            result.figures = Evaluation.paired(
                first: try models.0.scores(of: found.rows), second: try models.1.scores(of: found.rows), targets: found.rows.targets,
                task: found.rows.schema.target.task, groups: found.groups,
                judgement: Judgement(found.rows, settings: settings.0, other: settings.1))
        } catch {
            result.lack = "they do not answer the same rows: \(error)"
            return result
        }
        result.rows = found.rows.count
        result.source = found.source
        if result.figures.isEmpty { result.lack = "no figure can be computed on \(found.source)" }
        return result
    }
}

extension PairTask.Order {
    var later: PairTask.Side { first.reference.number > second.reference.number ? first : second }
    var earlier: PairTask.Side { first.reference.number > second.reference.number ? second : first }
}
