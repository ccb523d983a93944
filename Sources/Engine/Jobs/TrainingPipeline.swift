import Dispatch
import Learning
import Monitoring
import Store
import Tabular

/// Everything that a training needs, gathered by the engine when the job is claimed.
struct TrainingTask: Sendable {
    /// The claimed job.
    var job: Int64
    /// `deploy` or `train`.
    var kind: String
    /// The order; for `deploy` the deployment does not have a schema yet.
    var deployment: String
    /// Where the rows come from.
    var source: TrainingSource
    /// Algorithm (resolved), settings, seed, hold-out.
    var training: TrainingRequest
    /// The champion to compare with, decoded from its artefact.
    var champion: ChampionReference?
    /// The file of the deployment's import, to be written by a deploy.
    var dataDirectory: String
}

/// The champion as the comparing gate needs it.
struct ChampionReference: Sendable {
    var number: UInt32
    var artefact: [UInt8]
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
    var categories: CategoryTable
}

/// What a training made, before it is registered.
struct TrainedVersion: Sendable {
    var schema: Schema
    var dataHash: String
    var source: String
    var outcome: TrainingOutcome
    var profile: ReferenceProfile
    var gates: [GateResult]
    var importance: [FeatureImportance]
    var notes: [String]
    /// Median time from prediction to label in the traffic that was learnt from, milliseconds.
    var labelDelay: Int64?
    /// When the training itself ended, UTC milliseconds; gates come after it.
    var trainedAt: Int64
}

/// Why a training made nothing.
enum TrainingEnd: Error, CustomStringConvertible {
    case cancelled
    case failed(String)

    var description: String {
        switch self {
        case .cancelled: "cancelled"
        case .failed(let reason): reason
        }
    }
}

/// The work of one training job, run on a training thread: read, train, profile, gate.
///
/// It changes nothing but the data directory.
struct TrainingPipeline {
    let task: TrainingTask
    let labels: LabelStore
    let telemetry: TelemetryStore
    let clock: EngineClock
    let hooks: TrainingHooks
    let log: (String) -> Void

    func run() throws(TrainingEnd) -> TrainedVersion {
        let data = try gather()
        try checkCancelled()
        log("\(data.rows.count) rows from \(data.description)")
        let outcome: TrainingOutcome
        do {
            outcome = try Training.run(data.rows, request: task.training, hooks: hooks)
        } catch .cancelled {
            throw .cancelled
        } catch {
            throw .failed("\(error)")
        }
        let trainedAt = clock.milliseconds()
        for note in outcome.notes { log(note) }
        log("trained \(task.training.algorithm) on \(outcome.trainRows) rows in \(Gates.number(outcome.fitSeconds)) s")
        hooks.report(
            TrainingProgress(
                stage: "gates", iteration: 0, iterations: 0, trainLoss: nil, validationLoss: nil, fraction: 0.95, secondsLeft: nil))
        let gated = try gate(outcome: outcome, schema: data.rows.schema)
        try checkCancelled()
        let reference = data.reference ?? data.rows
        let profile = ReferenceProfile.build(rows: reference, scores: try scores(of: outcome, on: reference))
        return TrainedVersion(
            schema: data.rows.schema, dataHash: data.hash, source: data.description, outcome: outcome, profile: profile, gates: gated,
            importance: try importance(outcome), notes: data.notes + outcome.notes, labelDelay: data.labelDelay, trainedAt: trainedAt)
    }

    private func checkCancelled() throws(TrainingEnd) {
        if hooks.isCancelled() { throw .cancelled }
    }

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
                try DataSnapshots.write(data, directory: task.dataDirectory)
                return GatheredData(
                    rows: data.rows, hash: data.hash,
                    description: "import \(data.hash.prefix(12)) (\(data.rows.count) rows of \(data.source))",
                    notes: data.notes)
            case .file(let path, let schema, let from, let until):
                let data = try CSVImport.read(
                    path: path, schema: schema, categories: CategoryDictionary(), from: from, until: until, isCancelled: hooks.isCancelled)
                try DataSnapshots.write(data, directory: task.dataDirectory)
                return GatheredData(
                    rows: data.rows, hash: data.hash,
                    description: "file \(data.hash.prefix(12)) (\(data.rows.count) rows of \(data.source))",
                    notes: data.notes)
            case .traffic(let traffic):
                return try TrafficGatherer(
                    deployment: task.deployment, traffic: traffic, labels: labels, telemetry: telemetry, dataDirectory: task.dataDirectory
                ).gather()
            }
        } catch let failure as TrainingEnd {
            throw failure
        } catch {
            if hooks.isCancelled() { throw .cancelled }
            throw .failed("\(error)")
        }
    }

    private func gate(outcome: TrainingOutcome, schema: Schema) throws(TrainingEnd) -> [GateResult] {
        var (results, predictor) = Gates.load(artefact: outcome.artefact, categories: CategoryDictionary())
        results.append(Gates.baseline(metrics: outcome.metrics, baseline: outcome.baselineMetrics, task: schema.target.task))
        if predictor != nil, let champion = task.champion {
            results.append(try compare(outcome: outcome, with: champion, task: schema.target.task))
        }
        predictor = nil
        for result in results { log("gate \(result.name): \(result.passed ? "passed" : "REFUSED"): \(result.detail)") }
        return results
    }

    private func compare(outcome: TrainingOutcome, with champion: ChampionReference, task kind: PredictionTask) throws(TrainingEnd)
        -> GateResult
    {
        let model: Model
        do { model = try Model.decode(champion.artefact) } catch {
            // A champion that no longer loads cannot hold up its successor.
            return GateResult(
                name: "against the champion", passed: true, detail: "v\(champion.number) does not load (\(error)): not compared")
        }
        let holdout = outcome.holdout
        let predictor = model.predictor(categories: holdout.categories)
        guard predictor.outputs == 1, predictor.width == holdout.schema.width else {
            return GateResult(
                name: "against the champion", passed: false,
                detail: "v\(champion.number) has another layout: train on the deployment's schema")
        }
        return Gates.champion(
            candidate: outcome.holdoutScores, champion: Self.score(predictor, holdout), targets: holdout.targets, task: kind,
            version: champion.number)
    }

    private func scores(of outcome: TrainingOutcome, on rows: LabelledRows) throws(TrainingEnd) -> [Double] {
        do { return Self.score(try Model.decode(outcome.artefact).predictor(categories: rows.categories), rows) } catch {
            throw .failed("\(error)")
        }
    }

    private func importance(_ outcome: TrainingOutcome) throws(TrainingEnd) -> [FeatureImportance] {
        do {
            return try Model.decode(outcome.artefact).importance().prefix(20).map {
                FeatureImportance(feature: $0.feature, value: $0.value)
            }
        } catch {
            throw .failed("\(error)")
        }
    }

    /// First scores of all rows.
    static func score(_ predictor: any Predictor, _ rows: LabelledRows) -> [Double] {
        let count = rows.count
        let outputs = predictor.outputs
        var all = [Double](repeating: 0, count: count * outputs)
        all.withUnsafeMutableBufferPointer { target in
            rows.features.withUnsafeBufferPointer { source in
                guard let target = target.baseAddress, let source = source.baseAddress else { return }
                predictor.predict(rows: source, count: count, into: target)
            }
        }
        return outputs == 1 ? all : (0..<count).map { all[$0 * outputs] }
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
}
