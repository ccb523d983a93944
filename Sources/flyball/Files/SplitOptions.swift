import ArgumentParser
import Foundation
import Learning
import Tabular

/// Which rows judge a version, for every command that trains one.
struct SplitOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Which rows judge: the latest (time), by a hash of their features (hash; stratified: of each class the same share), all rows of some units (group), or all in turn (cv). Later versions follow it.",
            valueName: "split")
    ) var split: SplitRule.Choice?
    @Option(
        help: ArgumentHelp(
            "The column whose rows belong together, such as a customer: they are learnt or judge together. A new deployment does not learn from it.",
            valueName: "column")
    ) var group: String?
    @Option(
        help: ArgumentHelp(
            "Parts that judge in turn with --split cv, \(SplitRule.foldRange.lowerBound) to \(SplitRule.foldRange.upperBound); without it \(SplitRule.standardFolds).",
            valueName: "n")
    ) var folds: Int?
    @Option(help: ArgumentHelp("A file whose rows judge, and are not learnt.", valueName: "file"), completion: .file())
    var holdout: String?
    @Option(help: ArgumentHelp("Share of the rows that judge; without it 0.2.", valueName: "share")) var holdoutShare: Double?

    func validate() throws {
        if let holdoutShare, !(holdoutShare > 0 && holdoutShare < 1) {
            throw ValidationError("--holdout-share is a share between 0 and 1, such as 0.2")
        }
        if let folds, !SplitRule.foldRange.contains(folds) {
            throw ValidationError("--folds is \(SplitRule.foldRange.lowerBound) to \(SplitRule.foldRange.upperBound)")
        }
        if folds != nil, split != .cv { throw ValidationError("--folds are those of a cross-validation: ask for it with --split cv") }
        if holdout != nil, split != nil || holdoutShare != nil {
            throw ValidationError("--holdout names the rows that judge: leave --split and --holdout-share out")
        }
        if split == .cv, holdoutShare != nil { throw ValidationError("with --split cv all rows judge: leave --holdout-share out") }
        if split == .group, group == nil { throw ValidationError("--split group needs a column: name it with --group") }
        if let split, [.hash, .stratified].contains(split), group != nil {
            throw ValidationError("--split \(split.rawValue) would part the rows of one unit: with --group use group, time or cv")
        }
    }

    /// The rule that is asked for; nil: the standard one, or the one that the deployment's versions follow.
    ///
    /// - Parameters:
    ///   - unit: the column of the units as the data calls it.
    ///   - isTimed: whether the rows have times.
    func rule(unit: String?, isTimed: Bool) throws(CommandFailure) -> SplitRule? {
        if split == .time, !isTimed { throw CommandFailure.usage("--split time needs a column of times: a deployment gets it with --time") }
        return SplitRule(
            split, unit: unit, isTimed: isTimed, isFile: holdout != nil, folds: folds,
            share: holdoutShare ?? TrainingRequest.standardHoldout)
    }

    /// The file as the engine reads it: an absolute path.
    func holdoutFile(_ dialect: DialectOptions, outlives: Bool) throws -> String? {
        try holdout.map { try dialect.reference([$0], outlives: outlives) }
    }
}
