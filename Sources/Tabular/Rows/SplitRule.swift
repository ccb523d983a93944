/// How rows are divided into those that versions learn from and those that judge them: the same for all versions of a deployment.
public struct SplitRule: Codable, Sendable, Hashable {
    /// What decides on which side a row stands.
    public enum Kind: String, Codable, Sendable, CaseIterable {
        /// Its time: the latest rows judge.
        case time
        /// A hash of its features: of each class (or of all rows of a regression) those with the smallest ones judge.
        case stratified
        /// Its place among the rows, shuffled: what earlier releases did without times.
        case shuffled
        /// A hash of its features against a fixed bound, whatever its class and the other rows.
        case hash
        /// A hash of its unit, the value of one column, against a fixed bound: all rows of a unit stand on one side.
        case group
        /// The file that it came from: the last rows are those of a file of its own, and judge.
        case file
    }

    /// Folds that a cross-validation may have.
    public static let foldRange = 2...20
    /// Folds of a cross-validation where nobody says otherwise.
    public static let standardFolds = 10

    /// What decides.
    public var kind: Kind
    /// Share of the rows that judge, within 0...1.
    public var share: Double
    /// Whether rows that agree in all features are rows of their own: nil: yes where few columns of few values make them by chance.
    public var tellsCopiesApart: Bool?
    /// The column whose rows of one value, a unit, stand on one side; nil: each row is a unit.
    ///
    /// Where something else than the unit decides (a time, a file), rows of a unit that judges are not learnt.
    public var group: String?
    /// By `file`: how many rows at the end judge.
    public var heldRows: Int?
    /// Parts that judge in turn, each by what learnt the others, before all rows are learnt; nil: no cross-validation.
    ///
    /// By time each part is judged by what learnt the rows before it.
    public var folds: Int?
    /// Whether somebody ordered this rule, so that later versions of the deployment follow it; nil: it is the data's standard one.
    public var isOrdered: Bool?

    /// Makes a rule.
    public init(kind: Kind, share: Double, tellsCopiesApart: Bool? = nil, group: String? = nil, folds: Int? = nil) {
        self.group = group
        self.folds = folds
        self.kind = kind
        self.share = share.isNaN ? 0 : min(max(share, 0), 1)
        self.tellsCopiesApart = tellsCopiesApart
    }
}

/// What a division leaves for later ones: which rows were learnt.
public struct SplitBounds: Codable, Sendable, Equatable {
    /// The rule that made it.
    public var rule: SplitRule
    /// The latest time of a row that was learnt, UTC milliseconds; nil without times.
    public var learntUntil: Int64?
    /// By class: rows up to this position judge, those above it were learnt; negative where none judge.
    ///
    /// One for a regression; nil by other rules.
    public var judged: [Double]?
}

extension SplitRule {
    /// What a position belongs to: the column of the units, or nil for the row's own content.
    var unit: String? { kind == .group ? group : nil }

    /// Which rows judge, as a part of a sentence: `the latest 20 % judge`.
    public var words: String {
        let part = "\(Self.percent(share)) %"
        let units = group.map { SafeText.escape($0) }
        if let folds {
            switch (kind, units) {
            case (.time, let units):
                return "\(folds) parts judge in turn, each by what learnt the rows before it" + (units.map { ", without its \($0)" } ?? "")
            default:
                let others = "\(folds) parts judge in turn, each by what learnt the others"
                return others + (units.map { ", all rows of one \($0) in one part" } ?? "")
            }
        }
        switch kind {
        case .time: return "the latest \(part) judge" + (units.map { ", and no \($0) of theirs is learnt" } ?? "")
        case .stratified: return "by a hash of its features, \(part) of each class judge"
        case .shuffled: return "\(part) of each class judge, at random"
        case .hash: return "by a hash of its features, about \(part) judge"
        case .group: return "by a hash of \(units ?? "the unit"), all rows of about \(part) of them judge"
        case .file:
            return "the \(heldRows ?? 0) rows of a file of their own judge" + (units.map { ", and no \($0) of theirs is learnt" } ?? "")
        }
    }

    private static func percent(_ share: Double) -> String {
        let tenths = (share * 1_000).rounded() / 10
        return tenths == tenths.rounded() ? "\(Int(tenths))" : "\(tenths)"
    }

    /// Why the rule makes no sense; nil when it does.
    ///
    /// What a record or a request holds may be anything.
    public var fault: String? {
        if !(share > 0 && share < 1) { return "a hold-out share of \(share): choose between 0 and 1, such as 0.2" }
        if let folds, !Self.foldRange.contains(folds) {
            return "\(folds) folds: choose \(Self.foldRange.lowerBound) to \(Self.foldRange.upperBound)"
        }
        if let group, group.isEmpty || group.utf8.count > 1_000 { return "a unit's column without a name: name one" }
        if kind == .group, group == nil { return "units without a column: name it with --group" }
        if folds != nil, kind == .file { return "folds beside a file that judges: leave one of them out" }
        if let heldRows, heldRows < 0 { return "\(heldRows) rows that judge" }
        if group != nil, [.stratified, .hash, .shuffled].contains(kind) {
            return "rows of one unit would judge and be learnt: divide by group or by time"
        }
        return nil
    }
}

extension SplitRule {
    /// What people choose from.
    public enum Choice: String, Sendable, CaseIterable {
        case time, hash, stratified, group, cv
    }

    /// The rule that somebody chose; nil where nothing was chosen.
    ///
    /// - Parameters:
    ///   - unit: the column whose rows belong together.
    ///   - isTimed: whether the rows have times.
    ///   - isFile: whether a file of its own judges.
    ///   - folds: of a cross-validation; nil: the standard number.
    public init?(_ choice: Choice?, unit: String?, isTimed: Bool, isFile: Bool = false, folds: Int? = nil, share: Double) {
        guard choice != nil || unit != nil || isFile else { return nil }
        let standard: Kind = isTimed ? .time : unit != nil ? .group : .stratified
        let kind: Kind =
            switch choice {
            case .time: .time
            case .hash: .hash
            case .stratified: .stratified
            case .group: .group
            case .cv: standard
            case nil: isFile ? .file : standard
            }
        self.init(kind: kind, share: share, group: unit, folds: choice == .cv ? folds ?? Self.standardFolds : nil)
        isOrdered = true
    }
}
