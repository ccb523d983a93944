import Dispatch
import Learning
import Monitoring
import Store
import Tabular

/// Everything that a training needs, gathered by the engine when the job is claimed.
struct TrainingTask: Sendable {
    /// The claimed job.
    var job: Int64
    /// The deployment; for `deploy` the deployment does not have a schema yet.
    var deployment: String
    /// Where the rows come from.
    var source: TrainingSource
    /// Algorithm (resolved), settings, seed, hold-out.
    var training: TrainingRequest
    /// The champion to compare with, decoded from its artefact.
    var champion: ChampionReference?
    /// The file of the deployment's import, to be written by a deploy.
    var dataDirectory: String
    /// The deployment's dictionaries: a version passes its gates in a copy of what it will be loaded with.
    var categories: Categories
    /// Rows of a drift window: what the reference's stretches are made for.
    var windowRows: Int
    /// How much worse than the champion it may be.
    var margins = GateMargins()
    /// Bytes that the data which it keeps may take on the disk; nil: as many as there are.
    var disk: Int64?
    /// Rows of their own that judge; nil: a part of the data does.
    var held: HeldRows?
}

/// The champion as the comparing gate needs it.
struct ChampionReference: Sendable {
    var number: UInt32
    var artefactHash: String
    /// The data that it learnt from.
    var dataHash: String
    /// Which rows of it judged; nil where its version does not say.
    var split: SplitBounds?
    /// Whether it learnt label by label.
    var isOnline = false
    /// What it learnt from; nil when it is not in memory.
    var profile: ReferenceProfile?
    /// What it was trained with.
    var settings: [String: String] = [:]
}

/// Where training rows come from.
enum TrainingSource: Sendable {
    /// A new deployment's file.
    case importing(path: String, options: ImportOptions)
    /// A file in the layout of a deployment's schema.
    case file(path: String, schema: Schema, from: Int64?, until: Int64?)
    /// The deployment's import and its labelled traffic.
    case traffic(LabelledTraffic)
}

/// What is needed to read a deployment's labelled traffic.
struct LabelledTraffic: Sendable {
    var schema: Schema
    var importHash: String?
    var from: Int64
    var until: Int64
    /// The deployment's dictionaries as they were when the rows were bounded.
    var categories: Categories
    /// When an upstream fault showed: rows that were answered then are not learnt from.
    var faults: [ClosedRange<Int64>] = []
    /// Rows of a drift window.
    var windowRows = DriftWindowing().rows
}

/// What a training made, before it is registered.
struct TrainedVersion: Sendable {
    var schema: Schema
    var dataHash: String
    /// Its data without the rows of a file that judges, which later trainings learn from.
    var importHash: String
    var source: String
    var outcome: TrainingOutcome
    /// Where the model and its drift reference are stored already; nothing points to them before the version is registered.
    var artefactHash: String
    var profileHash: String
    var reportHash: String
    /// What thresholds make of its held-out rows; nil where it has none.
    var decisions: DecisionTable?
    /// The champion that it was compared with.
    var championNumber: UInt32?
    var gates: [GateResult]
    var importance: [FeatureImportance]
    var notes: [String]
    /// Median time from prediction to label in the traffic that was learnt from, milliseconds.
    var labelDelay: Int64?
    /// When the training itself ended, UTC milliseconds; gates come after it.
    var trainedAt: Int64
    /// Seconds of each stage.
    var stageSeconds: [String: Double]
}

/// How long each stage of a work took, one after the other.
struct StageTimes {
    private var last = ContinuousClock.now
    /// By the name of the stage.
    private(set) var seconds: [String: Double] = [:]

    /// The stage that ends now; the next one begins.
    mutating func end(_ stage: String) {
        let now = ContinuousClock.now
        seconds[stage] = (now - last) / .seconds(1)
        last = now
    }
}

/// The work of one training job, run on a training thread: read, train, profile, gate.
///
/// It changes nothing that anybody sees: imports and artefacts are stored under the hash of their content, and nothing points to them yet.
struct TrainingPipeline {
    let task: TrainingTask
    let stores: EngineStores
    let clock: EngineClock
    let hooks: TrainingHooks
    /// What trials of a search do between their steps: they may have another share of the machine.
    let breatheSearching: @Sendable () -> Void
    /// Where a search keeps its trials, which outlive the checkpoints of its winner's training.
    let searchCheckpoints: TrainingCheckpoints?
    let log: (String) -> Void

    func run() throws(TrainingEnd) -> TrainedVersion {
        var stages = StageTimes()
        let data = try withHeldRows(try gather())
        stages.end("reading")
        try checkCancelled()
        log("\(data.rows.count) rows from \(data.description)")
        for line in data.understanding?.lines ?? [] { log(line) }
        for note in data.notes { log(note) }
        let (found, outcome) = try learn(data.rows, rule(for: data))
        let trainedAt = clock.milliseconds()
        stages.end("training")
        if let found { log(found.note) }
        for note in outcome.notes { log(note) }
        if let remark = Self.remark(on: outcome) { log(remark) }
        log("trained \(task.training.algorithm) on \(outcome.trainRows) rows in \(Gates.number(outcome.fitSeconds)) s")
        hooks.report(
            TrainingProgress(
                stage: "gates", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: Self.gatesFraction,
                secondsLeft: nil))
        let loaded = Gates.load(artefact: outcome.artefact, categories: task.categories.copy())
        guard let model = loaded.model else { throw .failed(loaded.results.last?.detail ?? "what was learnt cannot be read") }
        let gated = try gate(loaded, outcome: outcome, rows: data.rows, champion: loadChampion())
        let profile = try reference(data.reference ?? data.rows, model)
        stages.end("gates and reference")
        let report = VersionReport(outcome, trials: found?.trials, understanding: data.understanding)
        let (artefactHash, profileHash, reportHash) = try store(outcome.artefact, profile, report)
        return TrainedVersion(
            schema: data.rows.schema, dataHash: data.hash, importHash: data.importHash ?? data.hash, source: data.description,
            outcome: outcome, artefactHash: artefactHash, profileHash: profileHash, reportHash: reportHash,
            decisions: report.decisions?.table, championNumber: task.champion?.number, gates: gated,
            importance: model.importance().prefix(20).map { FeatureImportance(feature: $0.feature, value: $0.value) },
            notes: data.notes + (found.map { [$0.note] } ?? []) + outcome.notes, labelDelay: data.labelDelay, trainedAt: trainedAt,
            stageSeconds: stages.seconds)
    }

    /// What the version's traffic will be compared with: the rows' profile, and how much their healthy stretches differ.
    private func reference(_ rows: LabelledRows, _ model: Model) throws(TrainingEnd) -> ReferenceProfile {
        var profile = try ReferenceProfile.build(rows: rows, scores: try scores(of: model, on: rows), pulse: checkCancelled)
        var inherited = task.champion?.profile?.calendarColumns ?? [:]
        if let group = rows.schema.groupColumn { inherited[group] = "says which rows belong together" }
        profile.stretches = try StretchTable.learn(
            rows, profile: profile, windowRows: task.windowRows, inherited: inherited, pulse: checkCancelled)
        for (name, reason) in profile.calendarColumns.sorted(by: { $0.key < $1.key }) {
            log("column \(name) \(reason): its drift is shown, never alarmed")
        }
        return profile
    }

    /// Searches settings where that is asked for, then trains with the best ones like with any that somebody gave.
    private func learn(
        _ rows: LabelledRows, _ rule: SplitRule
    ) throws(TrainingEnd) -> (found: SearchOutcome?, outcome: TrainingOutcome) {
        var request = task.training
        request.split = rule
        do {
            var searching = hooks.reporting(within: 0...Self.searchShare)
            searching.checkpoints = searchCheckpoints
            searching.breathe = breatheSearching
            let found = try Search.run(rows, request: request, hooks: searching, log: log)
            request.settings = found?.settings ?? request.settings
            request.search = nil
            let rest = found == nil ? hooks : hooks.reporting(within: Self.searchShare...Self.gatesFraction)
            return (found, try Training.run(rows, request: request, hooks: rest))
        } catch .cancelled {
            throw .cancelled
        } catch {
            throw .failed("\(error)")
        }
    }

    /// Share of a job's progress that a search takes.
    private static let searchShare = 0.85
    /// Where a job's progress stands when its gates begin.
    private static let gatesFraction = 0.95

    /// Stored here, on the training thread: writing a large model never holds up the engine.
    private func store(
        _ artefact: [UInt8], _ profile: ReferenceProfile, _ report: VersionReport
    ) throws(TrainingEnd) -> (artefact: String, profile: String, report: String) {
        do {
            let control = stores.control
            return (
                try control.storeArtefact(artefact), try control.storeArtefact(profile.encoded()),
                try control.storeArtefact(Array(try report.stored().utf8))
            )
        } catch { throw .failed("\(error)") }
    }

    /// Asked between all pieces of work: a worker that asks is alive, and keeps its claim.
    func checkCancelled() throws(TrainingEnd) {
        if hooks.isCancelled() { throw .cancelled }
    }

    var keeper: DataKeeper { DataKeeper(directory: task.dataDirectory, disk: task.disk) }

    private func gather() throws(TrainingEnd) -> GatheredData {
        do {
            switch task.source {
            case .importing(let path, let options):
                let data = try CSVImport.read(path: path, options: options, isCancelled: hooks.isCancelled) { read, total in
                    hooks.report(
                        TrainingProgress(
                            stage: "reading", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil,
                            fraction: total > 0 ? 0.2 * Double(read) / Double(total) : 0, secondsLeft: nil))
                }
                try keeper.keep(data)
                return GatheredData(
                    rows: data.rows, hash: data.hash,
                    description: "import \(data.hash.prefix(12)) (\(data.rows.count) rows of \(data.source))",
                    notes: data.notes, understanding: data.understanding)
            case .file(let path, let schema, let from, let until):
                let data = try CSVImport.read(
                    path: path, schema: schema, from: from, until: until, isCancelled: hooks.isCancelled)
                try keeper.keep(data)
                return GatheredData(
                    rows: data.rows, hash: data.hash,
                    description: "file \(data.hash.prefix(12)) (\(data.rows.count) rows of \(data.source))",
                    notes: data.notes, understanding: data.understanding)
            case .traffic(let traffic):
                return try TrafficGatherer(
                    deployment: task.deployment, traffic: traffic, labels: stores.labels, telemetry: stores.telemetry,
                    dataDirectory: task.dataDirectory, memory: task.training.memoryBudget, disk: task.disk, isCancelled: hooks.isCancelled
                ).gather()
            }
        } catch let failure as TrainingEnd {
            throw failure
        } catch {
            if hooks.isCancelled() { throw .cancelled }
            throw .failed("\(error)")
        }
    }

    // MARK: Gates

    /// The champion, read for the comparison.
    enum Champion: Sendable {
        case none
        case broken(number: UInt32, reason: String)
        case ready(number: UInt32, model: Model, profile: ReferenceProfile?)
    }

    private func loadChampion() -> Champion {
        guard let reference = task.champion else { return .none }
        do {
            let bytes = try stores.control.read { try $0.artefact(reference.artefactHash) }
            return .ready(number: reference.number, model: try Model.decode(bytes), profile: reference.profile)
        } catch { return .broken(number: reference.number, reason: "\(error)") }
    }

    func rival() -> Rival { Rival(reference: task.champion, dataDirectory: task.dataDirectory) }

    /// First scores of some rows.
    private func scores(of model: Model, on rows: LabelledRows) throws(TrainingEnd) -> [Double] {
        let all = try Self.allScores(of: model, on: rows, pulse: checkCancelled)
        let outputs = rows.count == 0 ? 1 : all.count / rows.count
        return outputs == 1 ? all : (0..<rows.count).map { all[$0 * outputs] }
    }

    /// All scores of some rows, row-major, in pieces between which a cancel is noticed.
    static func allScores(
        of model: Model, on rows: LabelledRows, pulse: () throws(TrainingEnd) -> Void
    ) throws(TrainingEnd) -> [Double] {
        let predictor = model.predictor(categories: rows.categories)
        var all: [Double] = []
        all.reserveCapacity(rows.count * predictor.outputs)
        for start in stride(from: 0, to: rows.count, by: 16_384) {
            try pulse()
            all += score(predictor, rows, from: start, count: min(16_384, rows.count - start))
        }
        return all
    }

    private static func score(_ predictor: any Predictor, _ rows: LabelledRows, from start: Int, count: Int) -> [Double] {
        var all = [Double](repeating: 0, count: count * predictor.outputs)
        all.withUnsafeMutableBufferPointer { target in
            rows.features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                predictor.predict(rows: source + start * rows.schema.width, count: count, into: target)
            }
        }
        return all
    }
}

/// Rows to learn from, with what they are.
struct GatheredData {
    var rows: LabelledRows
    /// What drift will be measured against, when it is not all of `rows`.
    var reference: LabelledRows?
    var hash: String
    var description: String
    var notes: [String]
    var labelDelay: Int64?
    /// What an import took each column for; nil for traffic.
    var understanding: Understanding?
    /// How many of the rows, the last ones, came from a file that judges; nil: none.
    var held: Int?
    /// The data without these; nil where there are none.
    var importHash: String?
}
