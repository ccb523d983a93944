import Learning
import Tabular

/// Rows of a file of their own that judge a version.
enum HeldRows: Sendable {
    /// The file, in the layout of the rows to learn from.
    case file(path: String)
    /// The last rows of an earlier version's data.
    case data(hash: String, rows: Int)
}

extension TrainingPipeline {
    /// Figures of fewer rows decide nothing; the data of so many rows is small.
    private static let fewRows = 400
    private static let smallData = 2_000

    /// The data with the rows behind it that judge, kept as what the version was made of.
    func withHeldRows(_ data: GatheredData) throws(TrainingEnd) -> GatheredData {
        guard let held = task.held else { return data }
        do {
            let (rows, words) = try read(held, schema: data.rows.schema)
            let all = data.rows.followed(by: rows).withOwnCategories()
            let made = ImportedData(rows: all, source: data.description, notes: data.notes)
            try keeper.keep(made)
            var result = data
            result.rows = all
            result.reference = data.reference ?? data.rows
            result.held = all.count - data.rows.count
            result.importHash = data.hash
            result.hash = made.hash
            result.description += ", judged by \(result.held ?? 0) rows of \(words)"
            return result
        } catch let end as TrainingEnd {
            throw end
        } catch {
            if hooks.isCancelled() { throw .cancelled }
            throw .failed("the rows that judge: \(error)")
        }
    }

    private func read(_ held: HeldRows, schema: Schema) throws -> (rows: LabelledRows, words: String) {
        switch held {
        case .file(let path):
            let data = try CSVImport.read(path: path, schema: schema, from: nil, until: nil, isCancelled: hooks.isCancelled)
            return (data.rows, SafeText.escape(data.source))
        case .data(let hash, let count):
            let rows: LabelledRows
            do { rows = try DataSnapshots.read(hash: hash, directory: task.dataDirectory).rows } catch {
                throw TrainingEnd.failed("the hold-out file's rows are not kept any more (\(error)): give --holdout, or another --split")
            }
            let first = max(0, rows.count - max(0, count))
            return (rows.selecting(Array(first..<rows.count)), "the hold-out file")
        }
    }

    /// The rule that divides the data: the order's, else the standard one, by which rows that agree in all features are taken for one or for
    /// several by all versions alike.
    func rule(for data: GatheredData) -> SplitRule {
        let share = task.training.holdout
        var rule = task.training.split ?? data.rows.standardRule(share: share)
        if task.training.split == nil { rule.isOrdered = share == TrainingRequest.standardHoldout ? nil : true }
        rule.tellsCopiesApart = rule.tellsCopiesApart ?? task.champion?.split?.rule.tellsCopiesApart
        if let held = data.held {
            rule.kind = .file
            rule.heldRows = held
            rule.isOrdered = true
        }
        return rule
    }

    /// Where few rows judge, and nobody asked for that.
    static func remark(on outcome: TrainingOutcome) -> String? {
        guard let division = outcome.division, division.folds == nil, division.bounds.rule.isOrdered != true,
            outcome.trainRows + outcome.holdoutRows < smallData, outcome.holdoutRows < fewRows
        else { return nil }
        return "only \(outcome.holdoutRows) rows judge it: with --split cv all \(outcome.trainRows + outcome.holdoutRows) judge in turn"
    }
}
